import { Text, View } from "@tarojs/components";
import type { CheckView } from "@dandan/client";
import { billRows, type BillRow } from "@/rules/bill";
import { money } from "@/rules/money";
import { useApp } from "@/state/store";
import { words, type Words } from "@/words";

export const hasBill = (check: CheckView): boolean => check.total > 0 || check.tenders.length > 0 || check.refunds.length > 0;

/** The check row by row: what it is for, what came, what went back, what is left (unless the page says that larger). */
export function Bill({ check, open }: { check: CheckView; open?: boolean }) {
  const app = useApp();
  const t = words[app.lang];
  const price = (amount: number): string => money(amount, app.menu?.currency ?? "CNY");
  return (
    <View>
      {billRows(check).filter((row) => !open || row.kind !== "due").map((row) => {
        const more = moreOf(row, t, price);
        return (
          <View key={"key" in row ? row.key : row.kind} className={`bill__row bill__row--${row.kind}`}>
            <View className="grow">
              <Text>{labelOf(row, t)}</Text>
              {more ? <View className="bill__more">{more}</View> : null}
            </View>
            <Text className={row.kind === "due" ? "price" : undefined}>{price(row.amount)}</Text>
          </View>
        );
      })}
    </View>
  );
}

function labelOf(row: BillRow, t: Words): string {
  switch (row.kind) {
    case "dishes":
    case "service":
    case "allowance":
    case "shortfall":
    case "discount":
      return t[row.kind];
    case "seat_fee":
      return t.seatFee;
    case "total":
      return t.billTotal;
    case "paid":
      return `${t.billPaid} · ${t.way[row.way]}`;
    case "refund":
      return `${t.refund} · ${t.way[row.way]}`;
    case "due":
      return t.billDue;
  }
}

function moreOf(row: BillRow, t: Words, price: (amount: number) => string): string {
  switch (row.kind) {
    case "paid":
      return [row.tip > 0 ? `+ ${t.tip} ${price(row.tip)}` : "", row.roundedOff > 0 ? t.roundedOff(price(row.roundedOff)) : ""].filter(Boolean).join(" · ");
    case "refund":
      return t.refundState[row.state];
    case "discount":
      return row.by && "percent" in row.by ? t.discountOff(row.by.percent) : "";
    case "shortfall":
    case "seat_fee":
    case "service":
      return row.waived ? t.waived : "";
    case "dishes":
    case "allowance":
    case "total":
    case "due":
      return "";
  }
}
