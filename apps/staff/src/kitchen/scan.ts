/** A slip's code (厨打单码) as a scanner reads it. Pure. */
import type { Ticket } from "./types";

/** Scanners may type capitals; the station's code keeps its own letters. Null: not a slip's code. */
export function slipCode(read: string): string | null {
  const found = /^dd([0-9a-f]{12})\.([\w-]{1,40})$/i.exec(read.trim());
  return found === null ? null : `dd${(found[1] ?? "").toLowerCase()}.${found[2] ?? ""}`;
}

/** The ticket on this screen, if it is one of its own; the station's letters may have become capitals on the way. */
export const ticketOfSlip = (tickets: readonly Ticket[], code: string): Ticket | null =>
  tickets.find((t) => t.slip_code === code) ?? tickets.find((t) => t.slip_code.toLowerCase() === code.toLowerCase()) ?? null;
