/** How the check is to be split: evenly, by who ordered, or only a part of it for now. */
import { Text, View } from "@tarojs/components";
import { useState } from "react";
import type { SessionView } from "@dandan/client";
import { evenPart, readAmount, splitChoices } from "@/rules/bill";
import { money } from "@/rules/money";
import { splitCheck, type SplitHow } from "@/state/split";
import { say, useApp } from "@/state/store";
import { Btn, Field, Icon, Sheet, Stepper, Tap } from "@/ui/basics";
import { both, words } from "@/words";

interface Props {
  view: SessionView;
  onPart: (fen: number) => void;
  onClose: () => void;
}

export function SplitSheet({ view, onPart, onClose }: Props) {
  const app = useApp();
  const t = words[app.lang];
  const price = (fen: number): string => money(fen, app.menu?.currency ?? "CNY");
  const { mostParts, byGuest } = splitChoices(view);
  const [parts, setParts] = useState(Math.min(mostParts, Math.max(2, view.covers)));
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const owed = view.check.due;
  const split = (how: SplitHow): void => {
    setBusy(true);
    void splitCheck(how).then((done) => (done ? onClose() : setBusy(false)));
  };
  const payPart = (): void => {
    const fen = readAmount(typed);
    if (fen === null || fen <= 0 || fen > owed) say(both((w) => w.badAmount), true);
    else onPart(fen);
  };
  return (
    <Sheet id="split-sheet" title={t.split} sub={`${t.billDue} ${price(owed)}`} close={t.close} onClose={onClose}>
      <View className="splits__label">{t.splitEvenly}<Text className="faint"> · {t.eachPays(price(evenPart(owed, parts)))}</Text></View>
      <View className="splits__row">
        <Stepper id="parts" value={parts} min={2} max={mostParts} big words={{ add: t.add, less: t.less }} onStep={(by) => setParts((n) => Math.min(mostParts, Math.max(2, n + by)))} />
        <Btn id="split-evenly" className="btn--wide" disabled={busy} onTap={() => split({ kind: "evenly", parts })}>{t.splitInto(parts)}</Btn>
      </View>
      {byGuest ? (
        <Tap id="split-guests" className="way" disabled={busy} onTap={() => split({ kind: "by_guest" })}>
          <View className="way__disc"><Icon name="list" /></View>
          <View className="grow"><View className="way__name">{t.splitByGuest}</View><View className="faint">{t.splitByGuestSub}</View></View>
          <Icon name="chevron" size="s" />
        </Tap>
      ) : null}
      <View className="splits__label">{t.payPart}</View>
      <View className="splits__row">
        <View className="grow"><Field id="part" value={typed} hint={t.payPartHint(price(owed))} max={10} onInput={setTyped} /></View>
        <Btn id="pay-part" kind="line" onTap={payPart}>{t.payThis}</Btn>
      </View>
    </Sheet>
  );
}
