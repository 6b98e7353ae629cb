/** The shares of a split check, each with who has it and whether it is paid. Several phones may pay theirs at once. */
import { Text, View } from "@tarojs/components";
import type { Id, SessionView, ShareView } from "@dandan/client";
import { due, evenName, shareState, unshared } from "@/rules/bill";
import { money } from "@/rules/money";
import { isOpen } from "@/rules/pay";
import { undoSplit } from "@/state/split";
import { useApp } from "@/state/store";
import { Btn, Icon, Tap } from "@/ui/basics";
import { guestWords, words, type Words } from "@/words";

interface Props {
  view: SessionView;
  /** the share this phone pays; null: what is not in any; undefined: not said yet */
  chosen: Id | null | undefined;
  onShare: (share: Id | null) => void;
}

const tones = { unpaid: "wait", paying: "busy", paid: "good" } as const;

export function Shares({ view, chosen, onShare }: Props) {
  const app = useApp();
  const t = words[app.lang];
  const price = (fen: number): string => money(fen, app.menu?.currency ?? "CNY");
  const { shares } = view.check;
  const rest = unshared(view.check);
  const paying = view.payments.some(isOpen);
  return (
    <View className="card shares" id="shares">
      <View className="shares__head">
        <View className="grow pay__with">{t.shares}</View>
        {paying ? null : <Btn id="undo-split" kind="quiet" onTap={() => void undoSplit()}>{t.undoSplit}</Btn>}
      </View>
      {shares.map((share, i) => {
        const state = shareState(share, view.payments);
        return (
          <Tap key={share.share} id={`share-${i}`} className={`share${share.share === chosen ? " is-on" : ""}`} disabled={state !== "unpaid"} onTap={() => onShare(share.share)}>
            <View className="share__dot">{share.share === chosen || state === "paid" ? <Icon name="check" size="s" /> : null}</View>
            <View className="grow"><View className="share__name">{shareName(share, t)}</View><Text className={`share__state share__state--${tones[state]}`}>{t.shareState[state]}</Text></View>
            <Text className="price">{price(state === "unpaid" ? share.unpaid : share.amount)}</Text>
          </Tap>
        );
      })}
      {paying ? null : (
        <Tap id="share-rest" className={`share${chosen === null ? " is-on" : ""}`} onTap={() => onShare(null)}>
          <View className="share__dot">{chosen === null ? <Icon name="check" size="s" /> : null}</View>
          <View className="grow share__name">{rest > 0 ? t.restOf : t.wholeRest}</View>
          <Text className="price">{price(due(view, { order: null, share: null }))}</Text>
        </Tap>
      )}
    </View>
  );
}

function shareName({ name }: ShareView, t: Words): string {
  const even = evenName(name);
  return even ? t.sharePart(even.part, even.of) : guestWords(name, t);
}
