/** Everything that can be done about one line: fire, serve, weigh, rush, void, give away, another price, divide, move, make again. */
import type { OrderLineView, OrderView, SessionView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useGuarded, type GuardedRequest } from "../approve/useGuarded";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { Pad, Sheet } from "../ui/parts";
import type { FloorContext } from "./FloorPage";
import { actsOf, fenOf, readyItems, voidNeedsSecond, type LineAct } from "./lines";
import { MoveLines } from "./MoveLines";
import { LineWords } from "./OrderList";
import type { Serve } from "./PartyPanel";
import { ReasonSheet } from "./ReasonSheet";

export interface LineSheetProps {
  view: SessionView;
  order: OrderView;
  line: OrderLineView;
  context: FloorContext;
  serve: Serve;
  reload: () => void;
  onClose: () => void;
}

export function LineSheet({ view, order, line, context, serve, reload, onClose }: LineSheetProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [act, setAct] = useState<LineAct | null>(null);
  const run = useLineActs(view, line, () => {
    reload();
    onClose();
  });
  const name = `${say(line.name, lang)} ×${line.quantity}`;
  const acts = actsOf(line, order, view.mode, context.role);
  const tap = (a: LineAct): void => {
    if (a === "fire") return run.send("fire", `/sessions/${encodeURIComponent(view.id)}/fire`, { lines: [line.line] });
    if (a === "rush") return run.send("rush", `${run.path}/rush`, {});
    if (a === "serve") {
      serve.go(readyItems(view.orders, new Set([line.line])));
      return onClose();
    }
    setAct(a);
  };
  const back = (): void => setAct(null);
  const body = (): ReactNode => {
    switch (act) {
      case "void":
        return <Void session={view.id} line={line} name={name} run={run} onClose={back} />;
      case "comp":
        return (
          <ReasonSheet title={w.lines.whys.comp} reasons={w.table.giveReasons} go={w.lines.compGo(name)} busy={run.busy} onGo={(reason) => run.guard({ lane: run.lane, path: `${run.path}/comp`, body: { reason }, act: { act: "comp", session: view.id, line: line.line }, what: `${w.lines.acts.comp} ${name}` })} onClose={back}>
            <What line={line} name={name} context={context} />
          </ReasonSheet>
        );
      case "reprice":
        return <Reprice line={line} name={name} view={view} run={run} context={context} onClose={back} />;
      case "weigh":
        return <Weigh line={line} run={run} onClose={back} />;
      case "divide":
        return <Divide line={line} run={run} onClose={back} />;
      case "move":
        return <MoveLines view={view} context={context} first={[line.line]} onDone={onClose} />;
      case "remake":
        return <Remake line={line} name={name} run={run} onClose={back} />;
      case "fire":
      case "serve":
      case "rush":
      case null:
        return null;
    }
  };
  return (
    <>
      {act === null && (
        <Sheet title={name} onClose={onClose}>
          <What line={line} name="" context={context} />
          <div className="lineacts">
            {acts.map((a) => (
              <button key={a} type="button" className={a === "void" ? "danger-soft" : a === "serve" || a === "weigh" ? "primary" : a === "fire" ? "fire" : ""} disabled={run.busy || (a === "serve" && serve.busy)} onClick={() => tap(a)}>
                {w.lines.acts[a]}
              </button>
            ))}
          </div>
        </Sheet>
      )}
      {body()}
      {run.sheet}
    </>
  );
}

function What({ line, name, context }: { line: OrderLineView; name: string; context: FloorContext }): ReactNode {
  const w = useWords();
  return (
    <div className="voidwhat">
      {name !== "" && <b>{name}</b>} <span className={`chip state-${line.state}`}>{w.floor.states[line.state]}</span> <span className="tnum">{money(line.amount, context.currency)}</span>
      <LineWords line={line} />
    </div>
  );
}

interface Run {
  busy: boolean;
  lane: string;
  path: string;
  send: (act: LineAct, path: string, body: object) => void;
  guard: (request: GuardedRequest) => void;
  sheet: ReactNode;
}

/** Sends once; closes the sheet when the house has said yes. */
function useLineActs(view: SessionView, line: OrderLineView, done: () => void): Run {
  const w = useWords();
  const send = useSend();
  const { ask, sheet } = useGuarded();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const lane = `session:${view.id}`;
  const path = `/sessions/${encodeURIComponent(view.id)}/lines/${encodeURIComponent(line.line)}`;
  const once = async (work: () => Promise<boolean>): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const ok = await work();
    lock.current = false;
    setBusy(false);
    if (ok) done();
  };
  return {
    busy,
    lane,
    path,
    sheet,
    send: (act, to, body) =>
      void once(async () => {
        const outcome = await send(lane, to, body, undefined, `${w.lines.acts[act]} ${line.name.zh}`);
        if (outcome.ok && act === "rush") notify(w.lines.rushed, 3000, true);
        return outcome.ok;
      }),
    guard: (request) => void once(async () => (await ask(request)) !== "given_up"),
  };
}

function Void({ session, line, name, run, onClose }: { session: string; line: OrderLineView; name: string; run: Run; onClose: () => void }): ReactNode {
  const w = useWords();
  return (
    <ReasonSheet title={w.lines.whys.void} reasons={w.floor.voidReasons} go={w.floor.voidGo(name)} busy={run.busy} danger
      onGo={(reason) => run.guard({ lane: run.lane, path: `${run.path}/void`, body: { reason }, act: { act: "void", session, line: line.line }, what: `${w.lines.acts.void} ${name}` })} onClose={onClose}>
      <p className={voidNeedsSecond(line) ? "warnline" : "muted"}>{voidNeedsSecond(line) ? w.lines.voidSecond : w.lines.voidAlone}</p>
    </ReasonSheet>
  );
}

function Reprice({ line, name, view, run, context, onClose }: { line: OrderLineView; name: string; view: SessionView; run: Run; context: FloorContext; onClose: () => void }): ReactNode {
  const w = useWords();
  const [text, setText] = useState("");
  const amount = fenOf(text);
  const fits = amount !== null && amount !== line.amount;
  return (
    <ReasonSheet title={w.lines.whys.reprice} reasons={w.table.giveReasons} go={fits ? w.lines.repriceGo(money(amount, context.currency)) : w.lines.acts.reprice} busy={run.busy} ready={fits}
      onGo={(reason) => amount !== null && run.guard({ lane: run.lane, path: `${run.path}/reprice`, body: { amount, reason }, act: { act: "reprice", session: view.id, line: line.line, amount }, what: `${w.lines.acts.reprice} ${name} → ${money(amount, context.currency)}` })} onClose={onClose}>
      <What line={line} name={name} context={context} />
      <input autoFocus inputMode="decimal" value={text} onChange={(e) => setText(e.target.value)} placeholder="0.00" aria-label={w.lines.whys.reprice} className="bigfield" />
    </ReasonSheet>
  );
}

/** Grams as the scale shows them; a kilo too many is a digit too many, so the number stands large. */
function Weigh({ line, run, onClose }: { line: OrderLineView; run: Run; onClose: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [text, setText] = useState("");
  const grams = Number.parseInt(text, 10);
  const fits = Number.isFinite(grams) && grams >= 1 && grams <= 20_000;
  return (
    <Sheet title={w.lines.weighTitle(say(line.name, lang))} onClose={onClose}>
      <p className="bignumber tnum">
        {text === "" ? "—" : text} <small>g</small>
      </p>
      <p className="muted">
        {line.weight_g !== null && `${w.lines.estimate} ${line.weight_g} g · `}
        {fits && line.weight_g !== null && line.weight_g > 0 ? w.lines.weighPrice(`${((line.amount / 100) * grams / line.weight_g).toFixed(2)}`) : w.lines.weighHint}
      </p>
      <Pad onDigit={(d) => setText((t) => (t + d).replace(/^0+/, "").slice(0, 5))}
        left={<button type="button" className="small" onClick={() => setText((t) => t.slice(0, -1))} aria-label={w.take.delete}>⌫</button>}
        right={<button type="button" className="small" onClick={() => setText("")}>{w.floor.clear}</button>} />
      <button type="button" className="primary big" disabled={!fits || run.busy} onClick={() => run.send("weigh", `${run.path}/weigh`, { weight_g: grams })}>
        {run.busy ? w.sending : fits ? w.lines.weighGo(grams) : w.lines.acts.weigh}
      </button>
    </Sheet>
  );
}

function Divide({ line, run, onClose }: { line: OrderLineView; run: Run; onClose: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const into = useRef(newId());
  return (
    <Sheet title={`${say(line.name, lang)} ×${line.quantity} · ${w.lines.divideTitle}`} onClose={onClose}>
      <div className="covers">
        {Array.from({ length: Math.min(24, line.quantity - 1) }, (_, i) => i + 1).map((n) => (
          <button key={n} type="button" disabled={run.busy} aria-label={w.lines.divideGo(n)} onClick={() => run.send("divide", `${run.path}/divide`, { quantity: n, into: into.current })}>
            {n}
          </button>
        ))}
      </div>
    </Sheet>
  );
}

const CAUSES = ["wrong_dish", "wrong_options", "foreign_body", "undercooked", "cold", "dropped", "wrong_table", "taste"] as const;

/** Tells the kitchen to make it again, for every part of the line that was begun. */
function Remake({ line, name, run, onClose }: { line: OrderLineView; name: string; run: Run; onClose: () => void }): ReactNode {
  const w = useWords();
  const [cause, setCause] = useState<(typeof CAUSES)[number] | null>(null);
  const [note, setNote] = useState("");
  const items = line.items.filter((i) => i.state === "started" || i.state === "ready" || i.state === "served");
  const [item, setItem] = useState(items[0]?.key ?? null);
  const lang = useLang();
  return (
    <Sheet title={`${w.lines.whys.remake} ${name}`} onClose={onClose}>
      {items.length > 1 && (
        <div className="reasons">
          {items.map((i) => (
            <button key={i.key} type="button" className="ghost" aria-pressed={item === i.key} onClick={() => setItem(i.key)}>
              {say(i.name, lang)}
            </button>
          ))}
        </div>
      )}
      <div className="reasons">
        {CAUSES.map((c) => (
          <button key={c} type="button" className="ghost" aria-pressed={cause === c} onClick={() => setCause(c)}>
            {w.ticket.causes[c]}
          </button>
        ))}
      </div>
      <input value={note} onChange={(e) => setNote(e.target.value)} placeholder={w.take.note} aria-label={w.take.note} maxLength={60} />
      <button type="button" className="danger big" disabled={cause === null || item === null || run.busy}
        onClick={() => run.send("remake", `/kitchen/items/${encodeURIComponent(item ?? "")}/remake`, { cause, note: note.trim() === "" ? null : note.trim() })}>
        {run.busy ? w.sending : w.lines.remakeGo}
      </button>
    </Sheet>
  );
}
