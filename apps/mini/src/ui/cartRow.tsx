import { Text, View } from "@tarojs/components";
import { quantityRoom } from "@/rules/choice";
import { lineWords, say } from "@/rules/describe";
import { money } from "@/rules/money";
import { blocks } from "@/rules/order";
import type { ShownLine } from "@/rules/outbox";
import { remainingOf } from "@/rules/stock";
import { setLineQuantity, stepLine } from "@/state/outbox";
import { useApp } from "@/state/store";
import { guestWords, words } from "@/words";
import { Btn, Stepper, Tag } from "./basics";

interface Props {
  line: ShownLine;
  stepper?: boolean;
  /** price from a fresh quote, where there is one */
  amount?: number;
  problem?: ShownLine["problem"];
  fresh?: boolean;
}

/** One line of the shared cart in plain words. A line that can't be ordered stays, with its reason, until removed. */
export function CartRow({ line, stepper, amount = line.amount, problem = line.problem, fresh }: Props) {
  const app = useApp();
  const t = words[app.lang];
  const dish = app.menu?.dishes.find((d) => d.id === line.dish);
  const chosen = lineWords(line, app.menu, app.lang);
  const max = dish && app.view ? quantityRoom(dish, { covers: app.view.covers, remaining: remainingOf(dish.id, app.view.stock) }) : 99;
  const who = line.guest === app.guest.id ? t.you : t.addedBy(guestWords(line.guest_name, t));
  return (
    <View className={`line${blocks(problem) ? " line--bad" : ""}`} id={`line-${line.line}`}>
      <View className="grow">
        <View className="line__name">{say(line.name, app.lang)}{!stepper && line.quantity > 1 ? ` × ${line.quantity}` : ""}</View>
        {chosen.length > 0 && <View className="line__words">{chosen.join(" / ")}</View>}
        {line.note ? <View className="line__words">“{line.note}”</View> : null}
        <View className="line__who">
          <Text>{who}</Text>
          {fresh && <Tag tone="wait" icon="plus">{t.justAdded}</Tag>}
          {line.unsent && <Tag tone="wait" icon="clock">{t.unsent}</Tag>}
          {problem && <Tag tone={blocks(problem) ? "bad" : "wait"} icon={blocks(problem) ? "cross" : undefined}>{t.problem[problem]}</Tag>}
        </View>
      </View>
      <View className="line__side">
        <Text className="price">{money(amount, app.menu?.currency ?? "CNY")}</Text>
        {blocks(problem) ? (
          <Btn id={`remove-${line.line}`} kind="soft" className="line__remove" onTap={() => setLineQuantity(line.line, 0)}>{t.remove}</Btn>
        ) : stepper ? (
          <Stepper id={`cart-${line.line}`} value={line.quantity} max={max} words={{ add: t.add, less: t.less }} onStep={(by) => stepLine(line.line, by)} />
        ) : null}
      </View>
    </View>
  );
}
