/** The house takes no orders from phones now: why, and whom to ask. The cart is as it was. */
import { Text, View } from "@tarojs/components";
import type { Problem } from "@dandan/client";
import { say } from "@/rules/describe";
import { dismissRefusal } from "@/state/order";
import { useApp } from "@/state/store";
import { Btn, Icon, Sheet } from "@/ui/basics";
import { callForHelp, nodWords } from "@/ui/before";
import { words } from "@/words";

export function NotAcceptingSheet({ problem }: { problem: Problem }) {
  const { lang } = useApp();
  const t = words[lang];
  const footer = (
    <>
      <Btn id="stopped-ok" kind="line" className="btn--wide" onTap={dismissRefusal}>{t.gotIt}</Btn>
      <Btn id="stopped-call" className="btn--wide" icon="bell" onTap={() => { callForHelp(); dismissRefusal(); }}>{t.askWaiter}</Btn>
    </>
  );
  return (
    <Sheet id="not-accepting" title={say(problem.texts, lang)} sub={t.notOrdered} close={t.close} onClose={dismissRefusal} footer={footer}>
      {problem.why ? <View className="note"><Icon name="clock" /><Text className="grow">{nodWords(problem.why, t)}</Text></View> : null}
    </Sheet>
  );
}
