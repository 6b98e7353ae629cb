/** The entrance: from a link or a scan to the table. No account, no phone number, one tap. */
import Taro, { useDidShow, useRouter } from "@tarojs/taro";
import { Text, View } from "@tarojs/components";
import { useRef, useState } from "react";
import { say as pick } from "@/rules/describe";
import { readLink, readScan, sameTable, type TableLink } from "@/rules/link";
import { isPartyCode } from "@/rules/place";
import { awaiting, isOpen } from "@/rules/pay";
import { get, say, useApp } from "@/state/store";
import { join, leave, resume, setGuestName, setLang, type Joined } from "@/state/table";
import { Btn, Field, Icon, Tap } from "@/ui/basics";
import { NoticeBar, useWords } from "@/ui/page";
import { both, words } from "@/words";
import "./index.css";

const onH5 = process.env.TARO_ENV === "h5";
const heads = [1, 2, 3, 4, 5, 6, 7, 8];

export default function Enter() {
  const app = useApp();
  const t = useWords();
  const { params } = useRouter();
  const [link, setLink] = useState<TableLink | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const lock = useRef(false);

  const locked = async (act: () => Promise<Joined | null>, inside: () => void): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    setTrouble("");
    const joined = await act();
    lock.current = false;
    setBusy(false);
    if (joined?.kind === "in") return inside();
    if (joined?.kind === "unreachable") setTrouble(t.unreachable);
    if (joined?.kind === "refused") setTrouble(words[get().lang].enterTrouble[joined.problem.code] ?? pick(joined.problem.texts, get().lang));
  };

  useDidShow(() => {
    const scanned = readLink({ ...launchQuery(), ...params }, DEFAULT_STORE);
    const { member } = get();
    setLink(scanned ?? (member ? { store: member.store, code: member.code } : null));
    const same = member && (!scanned || sameTable(scanned, member));
    // Back at the same table: no question is asked twice. A table that is over, or another one, starts afresh.
    if (same) void locked(async () => {
      const back = await resume();
      if (back?.kind === "in" && get().view?.state === "open" && get().ended === null) return back;
      if (back?.kind === "unreachable") return back;
      leave();
      return null;
    }, whereLeft);
  });

  const scan = async (): Promise<void> => {
    try {
      const { result } = await Taro.scanCode({ onlyFromCamera: false });
      const found = readScan(result, link?.store ?? DEFAULT_STORE);
      if (found) setLink(found);
      else say(both((w) => w.badCode), true);
    } catch {
      // The person closed the camera.
    }
  };

  const sit = (covers: number): void => {
    if (link) void locked(() => join(link, covers), toMenu);
  };

  return (
    <View className="dd enter">
      <View className="enter__lang"><Tap id="lang" className="chip chip--lang" label={t.otherFull} onTap={() => setLang(app.lang === "zh" ? "en" : "zh")}><Text>{t.other}</Text></Tap></View>
      <View className="enter__hero">
        <View className="enter__seal"><Text>单</Text><Text>单</Text></View>
        <View className="enter__title">{t.welcome}</View>
        <View className="enter__sub">{t.welcomeSub}</View>
      </View>
      <View className="enter__panel">
        {busy ? (
          <View className="enter__busy" id="joining">{t.joining}<View className="dots"><View className="dot" /><View className="dot" /><View className="dot" /></View></View>
        ) : link ? (
          <>
            {isPartyCode(link.code) ? <SitDown onSit={sit} /> : <HowMany onSit={sit} />}
            <View className="enter__label">{t.yourName}<Text className="faint"> · {t.yourNameHint}</Text></View>
            <Field id="guest-name" value={app.guest.name} hint="" max={12} onInput={setGuestName} />
          </>
        ) : onH5 ? (
          <View className="enter__none"><Icon name="scan" size="l" /><View className="enter__q">{t.scanHintH5}</View></View>
        ) : (
          <Btn id="scan" icon="scan" onTap={() => void scan()}>{t.scan}</Btn>
        )}
        {trouble ? (
          <View className="enter__trouble" id="trouble">
            <Text>{trouble}</Text>
            {app.member && <Btn id="retry" kind="soft" onTap={() => void locked(resume, whereLeft)}>{t.retry}</Btn>}
          </View>
        ) : null}
        {!onH5 && link && !busy && <Btn kind="quiet" icon="scan" onTap={() => void scan()}>{t.scan}</Btn>}
      </View>
      <NoticeBar app={app} />
    </View>
  );
}

function HowMany({ onSit }: { onSit: (covers: number) => void }) {
  const t = useWords();
  const [many, setMany] = useState(false);
  return (
    <>
      <View className="enter__q">{t.howMany}</View>
      <View className="enter__hint">{t.howManyHint}</View>
      <View className="heads">
        {(many ? Array.from({ length: 20 }, (_, i) => i + 1) : heads).map((n) => (
          <Tap key={n} id={`covers-${n}`} className="heads__one" onTap={() => onSit(n)}><Text>{n}</Text></Tap>
        ))}
        {!many && <Tap id="covers-more" className="heads__one heads__one--more" onTap={() => setMany(true)}><Text>{t.moreThan}</Text></Tap>}
      </View>
    </>
  );
}

/** A slip's code leads to a party that sits: nobody asks it how many it is, and with no heads it opens no table. */
function SitDown({ onSit }: { onSit: (covers: number) => void }) {
  const t = useWords();
  return (
    <>
      <View className="enter__q">{t.sitDown}</View>
      <View className="enter__hint">{t.sitDownHint}</View>
      <Btn id="sit-down" onTap={() => onSit(0)}>{t.start}</Btn>
    </>
  );
}

const toMenu = (): void => void Taro.redirectTo({ url: "/pages/menu/index" });

/** Where a person belongs who comes back: an unfinished payment first, then what was ordered, then the menu. */
function whereLeft(): void {
  const { view, order, pay } = get();
  if (!view) return;
  const open = view.payments.find((p) => p.ask === pay?.ask && isOpen(p));
  if (open || pay?.away || awaiting(view)) return void Taro.redirectTo({ url: "/pages/pay/index" });
  if (order || view.orders.length > 0) return void Taro.redirectTo({ url: "/pages/status/index" });
  toMenu();
}

/** WeChat and Alipay hand the scanned link to the app, not to the page. */
function launchQuery(): Record<string, string> {
  if (onH5) return {};
  const { query } = Taro.getEnterOptionsSync?.() ?? Taro.getLaunchOptionsSync();
  return (query ?? {}) as Record<string, string>;
}
