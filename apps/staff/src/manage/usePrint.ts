/** Sends a slip to its usual printer and says whether it is a reprint. */
import type { Id, Slip } from "@dandan/client";
import { useCallback } from "react";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { notify } from "../ui/notice";

/** Answers whether the slip waits at a printer now. */
export function usePrint(): (slip: Slip, what: string) => Promise<boolean> {
  const w = useWords();
  const send = useSend();
  return useCallback(
    async (slip: Slip, what: string) => {
      const job: Id = newId();
      const outcome = await send<{ copy: number }>(`print:${job}`, "/print", { job, slip }, job, what);
      if (!outcome.ok) return false;
      const { copy } = outcome.value;
      notify(slip.slip === "drawer" ? w.shift.drawerSent : copy > 0 ? w.shift.printedAgain(copy) : w.shift.printed, 4000, true);
      return true;
    },
    [send, w],
  );
}
