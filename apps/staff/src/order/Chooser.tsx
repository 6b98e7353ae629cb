/** Chooses size, options, set dishes, weight and quantity with one tap each. The rules are in `choice`; this only draws them. */
import type { Dish, Menu, Option, OptionGroup, Selection, SetGroup } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { money } from "../ui/labels";
import { NoEntry, Sheet } from "../ui/parts";
import {
  choiceOf, excludedBy, groupCount, isRadio, MAX_NOTE, missing, optionRoom, pickRoom, quantityRoom, selection, setNote, setOption, setPick, setQuantity, setVariant, setWeight, startChoice, sumOf, toggleOption,
  type Choice, type Limits,
} from "./choice";
import { previewUnit } from "./draft";
import type { Can } from "./stock";

export interface ChooserProps {
  dish: Dish;
  menu: Menu;
  /** The line that is changed; null for a new one. */
  line: Selection | null;
  /** How many a new line begins with. */
  quantity?: number;
  limits: Limits;
  can: (dish: string) => Can;
  onDone: (selection: Selection) => void;
  onClose: () => void;
}

export function Chooser({ dish, menu, line, quantity = 1, limits, can, onDone, onClose }: ChooserProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [choice, change] = useState<Choice>(() => (line === null ? setQuantity(dish, startChoice(dish), quantity, limits) : choiceOf(dish, line)));
  const lacks = missing(dish, choice, limits);
  const made = selection(dish, choice, limits);
  const price = (n: number): string => money(n, menu.currency);
  const first = lacks[0];
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (e.key !== "Enter" || made === null || e.target instanceof HTMLButtonElement || e.target instanceof HTMLInputElement) return;
      e.preventDefault();
      onDone(made);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  const picker = { dish, choice, change, price };
  return (
    <Sheet title={`${dish.code} ${say(dish.name, lang)}`} onClose={onClose} wide>
      {dish.variants.length > 1 && (
        <div className="ogroup">
          <GroupHead name={w.take.variant} rule="" done lacking={false} />
          <div className="oopts">
            {dish.variants.map((v) => (
              <button key={v.id} type="button" aria-pressed={choice.variant === v.id} onClick={() => change((c) => setVariant(dish, c, v.id))}>
                <b>{say(v.name, lang)}</b>
                <small className="tnum">
                  {price(v.price)}
                  {dish.charge === "weight" && w.take.per500}
                </small>
              </button>
            ))}
          </div>
        </div>
      )}
      {choice.weight_g !== null && <Weight choice={choice} change={change} />}
      {dish.set_groups.map((g) => <SetPicker key={g.id} group={g} menu={menu} can={can} {...picker} />)}
      {dish.groups.map((g) => <OptionPicker key={g.id} group={g} {...picker} />)}
      <div className="ogroup ocount">
        <span className="ohead">
          <b>{w.take.quantity}</b>
          {dish.charge === "cover" && <small>{w.take.perHead}</small>}
        </span>
        <Stepper value={choice.quantity} least={1} most={quantityRoom(dish, limits)} onSet={(n) => change((c) => setQuantity(dish, c, n, limits))} />
      </div>
      <input value={choice.note} onChange={(e) => change((c) => setNote(c, e.target.value))} placeholder={w.take.note} aria-label={w.take.note} maxLength={MAX_NOTE} />
      <button type="button" className="primary big ochosen" disabled={made === null} onClick={() => made !== null && onDone(made)}>
        {made !== null ? (line === null ? w.take.addFor : w.take.saveFor)(price(previewUnit(dish, made) * made.quantity)) : first === undefined || first.kind === "none_left" ? w.take.left(limits.remaining ?? 0) : w.take.please(say(first.group.name, lang))}
      </button>
    </Sheet>
  );
}

export function Stepper({ value, least, most, onSet }: { value: number; least: number; most: number; onSet: (n: number) => void }): ReactNode {
  return (
    <span className="ostep">
      <button type="button" disabled={value <= least} onClick={() => onSet(value - 1)} aria-label="−">
        −
      </button>
      <b className="tnum">{value}</b>
      <button type="button" disabled={value >= most} onClick={() => onSet(value + 1)} aria-label="+">
        +
      </button>
    </span>
  );
}

const GRAMS = [300, 400, 500, 600, 800, 1000, 1200, 1500];

function Weight({ choice, change }: { choice: Choice; change: (step: (c: Choice) => Choice) => void }): ReactNode {
  const w = useWords();
  const grams = choice.weight_g ?? 0;
  return (
    <div className="ogroup">
      <GroupHead name={w.take.weight} rule={w.take.weightHint} done lacking={false} />
      <div className="oopts ograms">
        {GRAMS.map((g) => (
          <button key={g} type="button" aria-pressed={grams === g} onClick={() => change((c) => setWeight(c, g))}>
            <b className="tnum">{g}</b>
          </button>
        ))}
        <input inputMode="numeric" aria-label={w.take.weight} value={grams} onChange={(e) => change((c) => ({ ...c, weight_g: Number.parseInt(e.target.value || "0", 10) || 0 }))} onBlur={() => change((c) => setWeight(c, c.weight_g ?? 0))} />
      </div>
    </div>
  );
}

function GroupHead({ name, rule, done, lacking }: { name: string; rule: string; done: boolean; lacking: boolean }): ReactNode {
  const w = useWords();
  return (
    <span className="ohead">
      <b>{name}</b>
      {lacking && <span className="chip chip-bad">{w.take.required}</span>}
      <small className={done ? "muted" : ""}>{rule}</small>
    </span>
  );
}

interface PickerProps {
  dish: Dish;
  choice: Choice;
  /** By step, not by value: two taps may come before the page is drawn again. */
  change: (step: (c: Choice) => Choice) => void;
  price: (n: number) => string;
}

function OptionPicker({ group, dish, choice, change, price }: PickerProps & { group: OptionGroup }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const count = groupCount(choice, group);
  const extra = (o: Option): string => (o.price === 0 ? "" : `${o.price > 0 ? "+" : ""}${price(o.price)}`);
  return (
    <div className={`ogroup${group.kind === "avoid" ? " ogroup-avoid" : ""}`}>
      <GroupHead name={say(group.name, lang)} rule={group.min === 0 ? w.take.upTo(group.max) : w.take.between(group.min, group.max)} done={count >= group.min} lacking={count < group.min} />
      <div className="oopts">
        {group.options.map((o) => {
          const n = choice.options[o.id] ?? 0;
          const room = optionRoom(dish, choice, o);
          const blocker = excludedBy(dish, choice, o);
          const many = o.max > 1 && !isRadio(group);
          const tap = (): void => change((c) => (many ? setOption(dish, c, o.id, ((c.options[o.id] ?? 0) + 1) % (optionRoom(dish, c, o) + 1)) : toggleOption(dish, c, group, o.id)));
          return (
            <button key={o.id} type="button" className={group.kind === "avoid" ? "oavoid" : ""} aria-pressed={n > 0} disabled={n === 0 && room === 0} onClick={tap}>
              <b>
                {group.kind === "avoid" && <NoEntry />} {say(o.name, lang)}
                {n > 1 && <span className="tnum"> ×{n}</span>}
              </b>
              <small className="tnum">{blocker !== null && n === 0 ? w.take.excluded(say(blocker.name, lang)) : extra(o)}</small>
            </button>
          );
        })}
      </div>
    </div>
  );
}

function SetPicker({ group, dish, menu, choice, change, price, can }: PickerProps & { group: SetGroup; menu: Menu; can: (dish: string) => Can }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const taken = choice.set[group.id] ?? {};
  const count = sumOf(taken);
  return (
    <div className="ogroup">
      <GroupHead name={say(group.name, lang)} rule={w.take.between(group.min, group.max)} done={count >= group.min} lacking={count < group.min} />
      <div className="oopts">
        {group.choices.map((pick) => {
          const part = menu.dishes.find((d) => d.id === pick.dish);
          const n = taken[pick.dish] ?? 0;
          const gone = part === undefined || can(pick.dish).kind === "sold_out" || can(pick.dish).kind === "off_hours";
          const room = gone ? 0 : pickRoom(choice, group, pick);
          const tap = (): void => change((c) => setPick(dish, c, group.id, pick.dish, isRadio(group) ? ((c.set[group.id]?.[pick.dish] ?? 0) > 0 && group.min === 0 ? 0 : 1) : ((c.set[group.id]?.[pick.dish] ?? 0) + 1) % (pickRoom(c, group, pick) + 1)));
          return (
            <button key={pick.dish} type="button" aria-pressed={n > 0} disabled={n === 0 && room === 0} onClick={tap}>
              <b>
                {part === undefined ? pick.dish : say(part.name, lang)}
                {n > 1 && <span className="tnum"> ×{n}</span>}
              </b>
              <small className="tnum">{gone ? w.take.soldOut : pick.surcharge > 0 ? `+${price(pick.surcharge)}` : ""}</small>
            </button>
          );
        })}
      </div>
    </div>
  );
}
