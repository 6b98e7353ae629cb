import { expect, test } from "vitest";
import { spokenAmount, spokenEn, spokenTable, spokenZh } from "./spoken";

test("amounts in Chinese, as said over the counter", () => {
  const cases: [number, string][] = [
    [5, "五分"], [10, "一角"], [15, "一角五分"], [100, "一元"], [105, "一元零五分"], [200, "两元"], [1000, "十元"], [1005, "十元零五分"], [1100, "十一元"],
    [2000, "二十元"], [3850, "三十八元五角"], [3805, "三十八元零五分"], [3855, "三十八元五角五分"], [10_000, "一百元"], [10_050, "一百元五角"], [11_000, "一百一十元"],
    [20_000, "二百元"], [100_500, "一千零五元"], [101_000, "一千零一十元"], [101_050, "一千零一十元五角"], [110_000, "一千一百元"], [1_000_001, "一万元零一分"],
    [1_000_100, "一万零一元"], [1_050_000, "一万零五百元"], [1_200_000, "一万二千元"], [10_000_000, "十万元"], [10_100_000, "十万一千元"], [100_000_000, "一百万元"],
    [100_005_000, "一百万零五十元"], [1_000_000_000, "一千万元"], [10_000_000_000, "一亿元"], [10_000_100_000, "一亿零一千元"],
  ];
  expect(cases.map(([minor]) => [minor, spokenAmount(minor, "zh")])).toEqual(cases);
});

test("amounts in English", () => {
  const cases: [number, string][] = [
    [5, "five fen"], [1000, "ten yuan"], [3850, "thirty-eight yuan and fifty fen"], [10_050, "one hundred yuan and fifty fen"], [100_500, "one thousand and five yuan"],
    [1_000_001, "ten thousand yuan and one fen"], [12_345_600, "one hundred and twenty-three thousand four hundred and fifty-six yuan"],
  ];
  expect(cases.map(([minor]) => [minor, spokenAmount(minor, "en")])).toEqual(cases);
  expect([spokenAmount(101, "en", "USD"), spokenAmount(3850, "zh", "USD")]).toEqual(["one dollar and one cent", "三十八点五美元"]);
});

/** Reads the words back: an independent way round, so that a wrong nought can't hide. */
function readZh(words: string): number {
  const digits = "零一二三四五六七八九";
  const places: Record<string, number> = { 十: 10, 百: 100, 千: 1000 };
  let [all, part, last] = [0, 0, 0];
  for (const c of words) {
    if (digits.includes(c)) last = digits.indexOf(c);
    else if (places[c] !== undefined) [part, last] = [part + (last || 1) * places[c], 0];
    else [all, part, last] = [(all + part + last) * (c === "万" ? 10_000 : 100_000_000), 0, 0];
  }
  return all + part + last;
}

test("every number to twenty thousand, and many beyond, reads back as itself", () => {
  const wrong: number[] = [];
  for (let n = 1; n <= 20_000; n++) if (readZh(spokenZh(n)) !== n) wrong.push(n);
  for (let n = 20_001; n < 99_999_999; n += 9973) if (readZh(spokenZh(n)) !== n) wrong.push(n);
  expect(wrong).toEqual([]);
  expect([spokenZh(0), spokenEn(0), spokenEn(21)]).toEqual(["零", "zero", "twenty-one"]);
});

test("tables are said as people call them", () => {
  expect(["3", "12", "A1", "快1", "兰亭"].map((t) => spokenTable(t, "zh"))).toEqual(["三号桌", "十二号桌", "A 一桌", "快1", "兰亭"]);
  expect(["3", "A12"].map((t) => spokenTable(t, "en"))).toEqual(["table three", "table A 1 2"]);
});
