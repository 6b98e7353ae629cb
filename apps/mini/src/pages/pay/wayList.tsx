/** The ways that are up, as buttons. A channel that rests has none; a quiet line says what works instead. */
import { Text, View } from "@tarojs/components";
import { useState } from "react";
import type { Id, Way, WaysView } from "@dandan/client";
import type { ChannelWay } from "@/rules/pay";
import { anyWalletCode, offers, resting, type Offer } from "@/rules/ways";
import { callWaiter } from "@/state/outbox";
import { say, useApp } from "@/state/store";
import { host, openPage } from "@/state/wallet";
import { readPayCode } from "@/state/ways";
import { Icon, Sheet, Tap } from "@/ui/basics";
import { Qr } from "@/ui/qr";
import { both, words } from "@/words";

interface Props {
  ways: WaysView | null;
  /** the way that is being given up */
  except?: Way;
  share: Id | null;
  /** the one code for any wallet knows the amount by itself: it is shown only where the person changed nothing */
  extras: boolean;
  onWay: (way: ChannelWay) => void;
}

export function WayList({ ways, except, share, extras, onWay }: Props) {
  const t = words[useApp().lang];
  const [code, setCode] = useState<string | null>(null);
  const shown = (ways ? offers(host, ways.ways) : []).filter((o) => o.way !== except);
  const rests = ways ? resting(host, ways.ways) : [];
  const others = [...shown.map((o) => t.family[o.family]), t.cash];
  const fromServer = async (use: (url: string) => void): Promise<void> => {
    const url = await readPayCode(share);
    if (url) use(url);
    else say(both((w) => w.noAnswerYet), true);
  };
  const choose = (offer: Offer): void => (offer.how === "page" ? void fromServer(openPage) : onWay(offer.way));

  return (
    <View className="pay__ways">
      <View className="pay__with">{t.payWith}</View>
      {rests.length > 0 ? <View className="pay__rests" id="resting">{t.resting(rests.map((f) => t.family[f]).join(t.or), others.join(t.or), ways?.cut_off_since != null)}</View> : null}
      {ways === null ? <View className="faint pay__rests" id="ways-loading">{t.waysLoading}</View> : null}
      {shown.map((offer) => (
        <Tap key={offer.family} id={`way-${offer.family}`} className="way" onTap={() => choose(offer)}>
          <View className={`way__disc way__disc--${offer.family}`}><Text>{offer.family === "alipay" ? "支" : "微"}</Text></View>
          <View className="grow"><View className="way__name">{t.family[offer.family]}</View>{offer.how === "code" ? <View className="faint">{t.byCode}</View> : null}</View>
          <Icon name="chevron" size="s" />
        </Tap>
      ))}
      {ways && extras && anyWalletCode(host, ways.ways) ? (
        <Tap id="way-any" className="way" onTap={() => void fromServer(setCode)}>
          <View className="way__disc"><Icon name="scan" /></View>
          <View className="grow"><View className="way__name">{t.anyWallet}</View><View className="faint">{t.anyWalletSub}</View></View>
          <Icon name="chevron" size="s" />
        </Tap>
      ) : null}
      <Tap id="way-cash" className="way" onTap={() => { callWaiter("bill"); say(both((w) => w.callSent)); }}>
        <View className="way__disc"><Icon name="hand" /></View>
        <View className="grow"><View className="way__name">{t.payAtTill}</View><View className="faint">{t.payAtTillSub}</View></View>
        <Icon name="chevron" size="s" />
      </Tap>
      {code ? (
        <Sheet id="any-sheet" title={t.anyWallet} sub={t.anyWalletHint} close={t.close} onClose={() => setCode(null)}>
          <View className="pay__anyqr"><Qr text={code} /></View>
        </Sheet>
      ) : null}
    </View>
  );
}
