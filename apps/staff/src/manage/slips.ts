/** Which slips of the day are listed. Pure. */
import type { PrintJobView } from "@dandan/client";

/** Nothing more happens to it by itself. */
export const isOver = (job: Pick<PrintJobView, "state">): boolean => job.state === "confirmed" || job.state === "expired";

export interface SlipFilter { printer: string; problems: boolean; search: string }

/** Open ones stand first: they are what somebody waits for. Drawers leave no paper and can't be printed again. */
export function shownSlips(jobs: readonly PrintJobView[], { printer, problems, search }: SlipFilter): PrintJobView[] {
  const q = search.trim().toLowerCase();
  return jobs
    .filter((j) => j.slip.slip !== "drawer" && (printer === "" || j.printer === printer) && (!problems || j.state !== "confirmed") && (q === "" || j.title.toLowerCase().includes(q)))
    .sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.at - a.at);
}
