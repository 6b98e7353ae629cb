/** A scanned slip makes its ticket ready (扫码出餐), and the screen says what happened, for an unknown code too. */
import { useCallback, useEffect, useState } from "react";
import { settings } from "../device/settings";
import { words } from "../i18n";
import { problemText, useApi } from "../net/hooks";
import { wasDiscarded } from "../net/outbox";
import { useScanner } from "../ui/useScanner";
import { phaseOf } from "./board";
import { slipCode, ticketOfSlip } from "./scan";
import type { KitchenView, Ticket, TicketItem } from "./types";

export interface Scanned {
  text: string;
  tone: "good" | "bad" | "waiting";
}

const SHOWN_MS = 7000;

export interface ScanTold {
  /** The ticket was on this screen and is ready now. */
  bumped: (ticket: Ticket, items: TicketItem[]) => void;
  refused: () => void;
}

export function useScan(view: KitchenView | null, told: ScanTold): Scanned | null {
  const api = useApi();
  const [scanned, setScanned] = useState<Scanned | null>(null);
  useEffect(() => {
    if (scanned === null || scanned.tone === "waiting") return;
    const timer = setTimeout(() => setScanned(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [scanned]);

  const onCode = useCallback(
    async (read: string): Promise<void> => {
      const w = words[settings().lang].ticket;
      const code = slipCode(read);
      if (code === null) {
        setScanned({ text: w.scanNotSlip, tone: "bad" });
        return told.refused();
      }
      const ticket = ticketOfSlip(view?.tickets ?? [], code);
      const items = ticket?.items.filter((i) => phaseOf(i) === "cook") ?? [];
      setScanned({ text: w.scanning, tone: "waiting" });
      const asked = ticket?.slip_code ?? code;
      const outcome = await api.outbox.send(`slip:${asked}`, `/kitchen/slips/${encodeURIComponent(asked)}/bump`, {}, undefined, w.scanned(ticketName(ticket) ?? asked));
      if (outcome.ok) {
        setScanned({ text: w.scanned(ticketName(ticket) ?? asked), tone: "good" });
        if (ticket !== null && items.length > 0) told.bumped(ticket, items);
        return;
      }
      if (wasDiscarded(outcome.problem)) return setScanned(null);
      setScanned({ text: outcome.problem.code === "slip_code_unknown" ? w.scanUnknown(asked) : w.scanRefused(problemText(outcome.problem)), tone: "bad" });
      told.refused();
    },
    [api, view, told],
  );
  useScanner((code) => void onCode(code));
  return scanned;
}

const ticketName = (ticket: Ticket | null): string | null => (ticket === null ? null : ticket.mode === "pay_first" ? ticket.number : `${ticket.table} · ${ticket.number}`);
