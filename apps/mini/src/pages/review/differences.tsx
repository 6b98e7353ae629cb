import { Text, View } from "@tarojs/components";
import { useRef } from "react";
import type { Difference, PlaceOrderRequest, Problem } from "@dandan/client";
import { newId } from "@/net/ids";
import { say } from "@/rules/describe";
import { money } from "@/rules/money";
import { afterDifferences, isDead, orderRequest } from "@/rules/order";
import { total } from "@/rules/preview";
import { dismissRefusal, placeOrder } from "@/state/order";
import { useApp } from "@/state/store";
import { Btn, Sheet, Tag } from "@/ui/basics";
import { go } from "@/ui/go";
import { words } from "@/words";

/** What changed between the tap and the kitchen, line by line, old and new. Nothing is charged that was not shown here. */
export function DifferenceSheet({ request, problem }: { request: PlaceOrderRequest; problem: Problem }) {
  const app = useApp();
  const t = words[app.lang];
  const lock = useRef(false);
  const currency = app.menu?.currency ?? "CNY";
  const differences = problem.differences ?? [];
  const quote = problem.quote ?? null;
  const left = afterDifferences(request, differences, quote);

  const accept = (): void => {
    if (lock.current) return;
    lock.current = true;
    // The content changed, so it is another order: a new id.
    if (!placeOrder(orderRequest(newId(), request.menu_version, left, quote, request.note ?? ""))) lock.current = false;
  };
  const back = (): void => {
    dismissRefusal();
    go("menu");
  };
  const footer = (
    <>
      <Btn id="differs-back" kind="line" className="btn--slim" onTap={back}>{t.goBack}</Btn>
      {left.length > 0 && <Btn id="differs-accept" className="btn--wide" onTap={accept}>{t.orderAtNew(money(total(left), currency))}</Btn>}
    </>
  );
  return (
    <Sheet id="differs" title={t.differs} sub={t.differsSub} close={t.goBack} onClose={dismissRefusal} footer={footer}>
      {differences.map((d) => <DifferenceRow key={d.line} d={d} />)}
    </Sheet>
  );
}

function DifferenceRow({ d }: { d: Difference }) {
  const app = useApp();
  const t = words[app.lang];
  const currency = app.menu?.currency ?? "CNY";
  const dead = isDead(d);
  return (
    <View className="differ">
      <View className="grow">
        <View className="line__name">{say(d.name, app.lang)}</View>
        <View className="line__who">
          <Tag tone={dead ? "bad" : "wait"} icon={dead ? "cross" : undefined}>{d.left !== null && d.left > 0 ? t.leftNow(d.left) : t.problem[d.problem]}</Tag>
          {dead && <Text>{t.willRemove}</Text>}
        </View>
      </View>
      <View className="differ__prices">
        <Text className="differ__was">{t.was} {money(d.was, currency)}</Text>
        {!dead && d.now !== null ? <Text className="price">{t.now} {money(d.now, currency)}</Text> : null}
      </View>
    </View>
  );
}
