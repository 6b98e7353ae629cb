import { Text, View } from "@tarojs/components";
import type { CallView, SessionView } from "@dandan/client";
import { callWaiter } from "@/state/outbox";
import { say, useApp } from "@/state/store";
import { both, words } from "@/words";
import { Icon, Tap } from "./basics";
import type { IconName } from "./icons";

const icons: Record<CallView["reason"], IconName> = { service: "hand", water: "drop", utensils: "fork", bill: "bill" };
const reasons: CallView["reason"][] = ["service", "water", "utensils", "bill"];

/** Four things a person calls a waiter for; what was called already says so. */
export function CallPanel({ view }: { view: SessionView }) {
  const app = useApp();
  const t = words[app.lang];
  return (
    <View className="calls">
      {reasons.map((reason) => {
        const last = view.calls.filter((c) => c.reason === reason).sort((a, b) => b.at - a.at)[0];
        const unsent = app.outbox.some((p) => p.wish.kind === "call" && p.wish.reason === reason);
        const waiting = unsent || (last !== undefined && last.answered_at === null);
        const state = unsent ? t.unsent : waiting ? t.callWaiting : last ? t.callAnswered : "";
        return (
          <Tap key={reason} id={`call-${reason}`} className="calls__one" disabled={waiting} onTap={() => { callWaiter(reason); say(both((w) => w.callSent)); }}>
            <View className="calls__disc"><Icon name={icons[reason]} size="l" /></View>
            <Text className="calls__name">{t.reason[reason]}</Text>
            <Text className="calls__state">{state}</Text>
          </Tap>
        );
      })}
    </View>
  );
}
