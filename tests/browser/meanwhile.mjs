/** What the rest of the house does while somebody is watched: over HTTP, as fast as the server takes it. */
import { newId } from "./house.mjs";

/** What is still to be done for a dish in a state, until it is on the table. */
const LEFT = { sent: ["start", "ready", "serve"], seen: ["start", "ready", "serve"], started: ["ready", "serve"], ready: ["serve"] };

export const linesOf = (party) => party.orders.filter((o) => o.state === "accepted").flatMap((o) => o.lines);

/** Cooks all that a party has had fired and, unless `pass`, carries it to the table. */
export async function serveAll(stage, session, { pass = false } = {}) {
  const items = linesOf(await stage.get(`/sessions/${session}`)).filter((l) => l.held === null).flatMap((l) => l.items);
  for (const item of items) {
    const steps = (LEFT[item.state] ?? []).filter((step) => !pass || step !== "serve");
    for (const step of steps) await stage.post(`/kitchen/items/${encodeURIComponent(item.key)}/${step}`);
  }
}

/** Takes all that is owed in cash, by whose token it is; odd fen are let go. */
export async function payCash(stage, session, token) {
  const { due } = (await stage.get(`/sessions/${session}`)).check;
  const odd = due % 10;
  await stage.post(`/sessions/${session}/cash`, { tender: newId(), amount: due, received: due - odd, rounded_off: odd }, token);
}

/** Closes a party and cleans what it leaves. */
export async function leaveTable(stage, session) {
  await stage.post(`/sessions/${session}/close`);
  await cleanTables(stage);
}

export async function cleanTables(stage) {
  const { tables } = await stage.get("/floor");
  for (const table of tables.filter((t) => t.dirty_since !== null)) await stage.post(`/tables/${table.id}/clean`);
}

/** Everything in the journal of the floor, oldest first. */
export async function journalOf(stage) {
  const all = [];
  for (let before = null; ; ) {
    const { entries, next } = await stage.get(`/audit?limit=200${before === null ? "" : `&before=${before}`}`);
    all.push(...entries);
    if (next === null) return all.reverse();
    before = next;
  }
}
