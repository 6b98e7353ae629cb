/** Chooses variant, options, set dishes, weight and quantity. The rules live in `rules/choice`; this only draws them. */
import { Text, View } from "@tarojs/components";
import { useState } from "react";
import type { Dish, Menu, Option, OptionGroup, Selection, SessionView, SetGroup } from "@dandan/client";
import {
  excludedBy, isRadio, missing, optionRoom, pickRoom, quantityRoom, selection, setNote, setOption, setPick, setQuantity, setVariant,
  startChoice, stepWeight, toggleOption, MAX_NOTE, MAX_WEIGHT_G, MIN_WEIGHT_G, type Choice, type Missing,
} from "@/rules/choice";
import { choiceWords, grams, say, type Lang } from "@/rules/describe";
import { money, shortMoney } from "@/rules/money";
import { previewUnit } from "@/rules/preview";
import { availability, isOff, remainingOf, type Availability } from "@/rules/stock";
import { Btn, Field, Icon, Picture, Sheet, Stepper, Tag, Tap } from "@/ui/basics";
import { words, type Words } from "@/words";

interface Props {
  dish: Dish;
  menu: Menu;
  view: SessionView;
  lang: Lang;
  /** how many the choice starts with */
  quantity?: number;
  onAdd: (line: Selection) => void;
  onClose: () => void;
}

export function Chooser({ dish, menu, view, lang, quantity = 1, onAdd, onClose }: Props) {
  const t = words[lang];
  const [choice, change] = useState<Choice>(() => ({ ...startChoice(dish), quantity }));
  const limits = { covers: view.covers, remaining: remainingOf(dish.id, view.stock) };
  const can = availability(dish, view.stock);
  const off = isOff(can);
  const lacks = missing(dish, choice, limits);
  const line = off ? null : selection(dish, choice, limits);
  const price = (n: number): string => shortMoney(n, menu.currency);
  const step = { add: t.add, less: t.less };

  const footer = line ? (
    <Btn id="add" className="btn--wide" onTap={() => onAdd(line)}>
      <AddLabel words={t} price={money(previewUnit(dish, line) * line.quantity, menu.currency)} chosen={choiceWords(dish, line, menu, lang)} />
    </Btn>
  ) : (
    <Btn id="add" className="btn--wide" disabled onTap={() => undefined}>{off ? offWords(can.kind, t) : lacks[0] ? lackWords(lacks[0], t, lang) : ""}</Btn>
  );

  return (
    <Sheet id="chooser" title={say(dish.name, lang)} sub={dish.description ? say(dish.description, lang) : undefined} close={t.close} onClose={onClose} footer={footer}
      head={<View className="ch__hero"><Picture image={dish.image} name={dish.name.zh} whole /></View>}>
      {dish.variants.length > 1 && (
        <View className="ch__group">
          <View className="ch__head"><Text className="ch__name">{t.portion}</Text></View>
          <View className="ch__opts">
            {dish.variants.map((v) => (
              <Tap key={v.id} id={`variant-${v.id}`} className={`opt${choice.variant === v.id ? " opt--on" : ""}`} onTap={() => change((c) => setVariant(dish, c, v.id))}>
                {choice.variant === v.id && <Icon name="check" size="s" />}
                <Text>{say(v.name, lang)}</Text>
                <Text className="opt__more">{price(v.price)}{dish.charge === "weight" ? t.per500 : ""}</Text>
              </Tap>
            ))}
          </View>
        </View>
      )}
      {dish.set_groups.map((group) => <SetPicker key={group.id} group={group} {...{ dish, menu, view, choice, change, lang }} />)}
      {dish.groups.map((group) => <OptionPicker key={group.id} group={group} {...{ dish, menu, choice, change, lang }} />)}
      {choice.weight_g !== null && (
        <View className="ch__count">
          <View className="grow"><Text className="ch__name">{t.weight}</Text><View className="ch__rule">{t.byScale}</View></View>
          <Stepper id="weight" big value={choice.weight_g} min={MIN_WEIGHT_G} max={MAX_WEIGHT_G} label={grams(choice.weight_g)} words={step} onStep={(by) => change((c) => stepWeight(c, by))} />
        </View>
      )}
      <View className="ch__count">
        <Text className="ch__name">{t.quantity}{dish.charge === "cover" ? <Text className="ch__rule"> {t.perHead}</Text> : null}</Text>
        <Stepper id="quantity" big value={choice.quantity} min={1} max={quantityRoom(dish, limits)} words={step} onStep={(by) => change((c) => setQuantity(dish, c, c.quantity + by, limits))} />
      </View>
      {dish.charge === "cover" && choice.quantity < view.covers && (
        <View className="ch__all"><Btn id="whole-table" kind="soft" onTap={() => change((c) => setQuantity(dish, c, view.covers, limits))}>{t.wholeTable(view.covers)}</Btn></View>
      )}
      <View className="ch__group">
        <View className="ch__head"><Text className="ch__name">{t.note}</Text></View>
        <Field id="note" value={choice.note} hint={t.noteHint} max={MAX_NOTE} onInput={(v) => change((c) => setNote(c, v))} />
      </View>
      {dish.allergens.length > 0 && (
        <View className="ch__allergens">{t.allergens} {dish.allergens.map((a) => t.allergen[a]).join(lang === "zh" ? "、" : ", ")}{lang === "zh" ? "。" : ". "}{t.allergyHint}</View>
      )}
    </Sheet>
  );
}

function AddLabel({ words: t, price, chosen }: { words: Words; price: string; chosen: string[] }) {
  return (
    <View className="ch__add">
      <Text id="add-price">{t.addFor(price)}</Text>
      {chosen.length > 0 ? <Text className="ch__words" id="add-words">{chosen.join(" / ")}</Text> : null}
    </View>
  );
}

const offWords = (kind: Availability["kind"], t: Words): string => (kind === "paused" ? t.paused : kind === "off_hours" ? t.offHours : t.soldOut);

function lackWords(lack: Missing, t: Words, lang: Lang): string {
  switch (lack.kind) {
    case "group":
    case "set":
      return t.pleaseChoose(say(lack.group.name, lang));
    case "none_left":
      return t.noneLeft;
  }
}

/** "选 1" · "选 1–3" · "最多 2" */
function ruleWords(group: { min: number; max: number }, t: Words): string {
  if (group.min === 0) return t.chooseUpTo(group.max);
  return group.min === group.max ? t.chooseN(group.min) : t.chooseRange(group.min, group.max);
}

function GroupHead({ group, lang, t, done }: { group: OptionGroup | SetGroup; lang: Lang; t: Words; done: boolean }) {
  return (
    <View className="ch__head">
      <Text className="ch__name">{say(group.name, lang)}</Text>
      {group.min > 0 ? <Tag tone={done ? "good" : "busy"} icon={done ? "check" : undefined}>{t.required}</Tag> : <Tag>{t.optional}</Tag>}
      <Text className="ch__rule">{ruleWords(group, t)}</Text>
    </View>
  );
}

interface PickerProps {
  dish: Dish;
  menu: Menu;
  choice: Choice;
  /** by step, not by value: two taps may come before the page is drawn again */
  change: (step: (choice: Choice) => Choice) => void;
  lang: Lang;
}

function OptionPicker({ group, dish, menu, choice, change, lang }: PickerProps & { group: OptionGroup }) {
  const t = words[lang];
  const done = group.options.reduce((n, o) => n + (choice.options[o.id] ?? 0), 0) >= group.min;
  const priceOf = (o: Option): string => (o.price === 0 ? "" : `${o.price > 0 ? "+" : ""}${shortMoney(o.price, menu.currency)}`);
  return (
    <View className="ch__group" id={`group-${group.id}`}>
      <GroupHead {...{ group, lang, t, done }} />
      <View className="ch__opts">
        {group.options.map((option) => {
          const n = choice.options[option.id] ?? 0;
          const room = optionRoom(dish, choice, option);
          const blocker = excludedBy(dish, choice, option);
          const countable = option.max > 1 && !isRadio(group);
          if (countable) return (
            <View key={option.id} className={`optline${n > 0 ? " optline--on" : blocker ? " optline--off" : ""}`}>
              <View className="grow"><Text>{say(option.name, lang)}</Text> <Text className="opt__more">{priceOf(option)}</Text>{blocker && n === 0 ? <View className="opt__why">{t.conflicts(say(blocker.name, lang))}</View> : null}</View>
              <Stepper id={`option-${option.id}`} value={n} max={room} words={{ add: t.add, less: t.less }} onStep={(by) => change((c) => setOption(dish, c, option.id, (c.options[option.id] ?? 0) + by))} />
            </View>
          );
          return (
            <Tap key={option.id} id={`option-${option.id}`} className={`opt${n > 0 ? " opt--on" : ""}`} disabled={n === 0 && room === 0}
              onTap={() => change((c) => toggleOption(dish, c, group, option.id))}>
              {n > 0 && <Icon name="check" size="s" />}
              <View className="opt__col"><Text>{say(option.name, lang)}</Text>{blocker && n === 0 ? <Text className="opt__why">{t.conflicts(say(blocker.name, lang))}</Text> : null}</View>
              {priceOf(option) ? <Text className="opt__more">{priceOf(option)}</Text> : null}
            </Tap>
          );
        })}
      </View>
    </View>
  );
}

function SetPicker({ group, dish, menu, view, choice, change, lang }: PickerProps & { group: SetGroup; view: SessionView }) {
  const t = words[lang];
  const taken = choice.set[group.id] ?? {};
  const done = Object.values(taken).reduce((a, b) => a + b, 0) >= group.min;
  return (
    <View className="ch__group" id={`set-${group.id}`}>
      <GroupHead {...{ group, lang, t, done }} />
      <View className="ch__opts">
        {group.choices.map((pick) => {
          const part = menu.dishes.find((d) => d.id === pick.dish);
          const n = taken[pick.dish] ?? 0;
          const can = part ? availability(part, view.stock) : { kind: "sold_out" as const };
          const gone = isOff(can);
          const room = gone ? 0 : pickRoom(choice, group, pick);
          const name = part ? say(part.name, lang) : pick.dish;
          const more = pick.surcharge > 0 ? `+${shortMoney(pick.surcharge, menu.currency)}` : "";
          if (!isRadio(group)) return (
            <View key={pick.dish} className={`optline${n > 0 ? " optline--on" : gone ? " optline--off" : ""}`}>
              <View className="grow"><Text>{name}</Text> <Text className="opt__more">{gone ? offWords(can.kind, t) : more}</Text></View>
              <Stepper id={`pick-${group.id}-${pick.dish}`} value={n} max={room} words={{ add: t.add, less: t.less }} onStep={(by) => change((c) => setPick(dish, c, group.id, pick.dish, (c.set[group.id]?.[pick.dish] ?? 0) + by))} />
            </View>
          );
          return (
            <Tap key={pick.dish} id={`pick-${group.id}-${pick.dish}`} className={`opt${n > 0 ? " opt--on" : ""}`} disabled={n === 0 && room === 0}
              onTap={() => change((c) => setPick(dish, c, group.id, pick.dish, n > 0 && group.min === 0 ? 0 : 1))}>
              {n > 0 && <Icon name="check" size="s" />}
              <Text>{name}</Text>
              {gone || more ? <Text className="opt__more">{gone ? offWords(can.kind, t) : more}</Text> : null}
            </Tap>
          );
        })}
      </View>
    </View>
  );
}
