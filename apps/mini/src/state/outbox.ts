/** Sends the parcels of `rules/outbox`, strictly in order, each with its own id for every try. */
import type { CallView, Dish, Id, LineSelection, Selection, SessionView } from "@dandan/client";
import { quantityRoom, selection, startChoice } from "@/rules/choice";
import { backoffMs } from "@/rules/feed";
import { countOf, enqueue, parcelRequest, shownCart, type Parcel, type ShownLine, type Wish } from "@/rules/outbox";
import { remainingOf } from "@/rules/stock";
import { call } from "@/net/http";
import { newId } from "@/net/ids";
import { keep } from "@/net/storage";
import { get, say, set } from "./store";
import { endedBy, lookAgain, refresh, takeView } from "./table";

let running = false;
let hurry: (() => void) | null = null;

/** Adds a line to the cart. One whose id is on its way or there already is not added again. */
export function addLine(chosen: Selection, id: Id = newId()): Id {
  const line: LineSelection = { ...chosen, line: id };
  if (!cartNow().some((l) => l.line === id)) post({ kind: "add", line });
  return line.line;
}

/** One more or one fewer of a line, from what the cart is at this moment: taps come faster than pages are drawn. */
export function stepLine(line: Id, by: 1 | -1): void {
  const had = cartNow().find((l) => l.line === line);
  if (had) setLineQuantity(line, had.quantity + by);
}

/** One more or one fewer of a dish that has nothing to choose: this phone's own line grows, the last one shrinks. */
export function stepDish(dish: Dish, by: 1 | -1): void {
  const { view, guest } = get();
  if (!view) return;
  const lines = cartNow().filter((l) => l.dish === dish.id);
  const last = lines[lines.length - 1];
  const mine = lines.find((l) => l.guest === guest.id && l.note === null);
  const limits = { covers: view.covers, remaining: remainingOf(dish.id, view.stock) };
  if (by < 0) return void (last && setLineQuantity(last.line, last.quantity - 1));
  if (countOf(lines, dish.id) >= quantityRoom(dish, limits)) return;
  const fresh = selection(dish, startChoice(dish), limits);
  if (mine) setLineQuantity(mine.line, mine.quantity + 1);
  else if (fresh) addLine(fresh);
}

function cartNow(): ShownLine[] {
  const { view, outbox, menu, guest } = get();
  return view ? shownCart(view, outbox, menu, guest) : [];
}

export const setLineQuantity = (line: Id, quantity: number): void => post({ kind: "quantity", line, quantity });
export const rush = (line: Id): void => post({ kind: "rush", line });
export const callWaiter = (reason: CallView["reason"]): void => post({ kind: "call", call: newId(), reason });

/** Tries at once what waits for its next try. */
export function kickOutbox(): void {
  hurry?.();
  void pump();
}

function post(wish: Wish): void {
  const { member, outbox } = get();
  if (!member) return;
  const id = wish.kind === "call" ? wish.call : newId();
  store(enqueue(outbox, { id, store: member.store, session: member.session, tries: 0, wish }));
  void pump();
}

function store(outbox: Parcel[]): void {
  keep("outbox", outbox.length > 0 ? outbox : null);
  set({ outbox });
}

async function pump(): Promise<void> {
  if (running) return;
  running = true;
  try {
    for (let parcel = get().outbox[0]; parcel; parcel = get().outbox[0]) await send(parcel);
  } finally {
    running = false;
  }
}

async function send(parcel: Parcel): Promise<void> {
  const { member } = get();
  // What was meant for a table this phone has left is not carried to another.
  if (!member || member.session !== parcel.session) return drop(parcel.id);
  const tried = { ...parcel, tries: parcel.tries + 1 };
  store(get().outbox.map((p) => (p.id === parcel.id ? tried : p)));
  const answer = await call<SessionView | null>({ method: "POST", store: parcel.store, token: member.token, key: parcel.id, ...parcelRequest(parcel) });
  switch (answer.kind) {
    case "ok":
      if (typeof answer.data === "object" && answer.data !== null && "cart" in answer.data) takeView(answer.data);
      else if (parcel.wish.kind !== "call") void refresh();
      set({ online: true });
      return drop(parcel.id);
    case "refused":
      if (answer.problem.code === "session_closed") await lookAgain();
      // Carried over to the check the party is on now: it goes out from there.
      if (get().outbox.some((p) => p.wish === parcel.wish && p.session !== parcel.session)) return;
      drop(parcel.id);
      // Somebody else at the table has put the same line back: it is there.
      if (answer.problem.code === "line_taken" && parcel.wish.kind === "add") return void refresh();
      if (!endedBy(answer.problem)) say(answer.problem.texts, true);
      return;
    case "retry":
      set({ online: false });
      return wait(answer.afterMs ?? backoffMs(tried.tries, Math.random()));
  }
}

const drop = (id: Id): void => store(get().outbox.filter((p) => p.id !== id));

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      hurry = null;
      resolve();
    };
    const timer = setTimeout(done, ms);
    hurry = done;
  });
}
