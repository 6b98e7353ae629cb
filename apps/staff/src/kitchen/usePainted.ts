/** Connects the paint reporter to the page: which items are inside the window, and when the page is shown again. */
import { useCallback, useEffect, useMemo, useRef } from "react";
import { settings } from "../device/settings";
import { words } from "../i18n";
import { useApi } from "../net/hooks";
import { notify } from "../ui/notice";
import { PaintReporter, afterPaint } from "./painted";
import type { KitchenView } from "./types";

/** What lies under a sheet can't be seen, though the browser calls it visible. */
const isCovered = (): boolean => document.querySelector(".backdrop") !== null;
const UNCOVERED_EVERY_MS = 500;

/** This much of an item must be inside the window to count as seen. */
const SEEN_SHARE = 0.6;

/** Returns the ref callback for an item's element, which must carry `data-item={key}`. */
export function usePainted(view: KitchenView | null): (element: HTMLElement | null) => (() => void) | undefined {
  const api = useApi();
  const reporter = useMemo(
    () =>
      new PaintReporter(
        {
          afterPaint,
          documentVisible: () => document.visibilityState === "visible" && !isCovered(),
          report: async (items) => {
            const screen = settings().device?.name.slice(0, 24) || "screen";
            return (await api.outbox.send("painted", "/kitchen/painted", { screen, items })).ok;
          },
        },
        () => notify(words[settings().lang].kitchen.paintFailed),
      ),
    [api],
  );
  const observer = useRef<IntersectionObserver | null>(null);
  const watched = useRef(new Set<Element>());

  useEffect(() => {
    const io = new IntersectionObserver(
      (entries) => {
        for (const e of entries) {
          const key = (e.target as HTMLElement).dataset["item"];
          if (key === undefined) continue;
          if (e.isIntersecting && e.intersectionRatio >= SEEN_SHARE) reporter.entered(key);
          else reporter.left(key);
        }
      },
      { threshold: [0, SEEN_SHARE] },
    );
    observer.current = io;
    for (const element of watched.current) io.observe(element);
    const woke = (): void => reporter.woke();
    document.addEventListener("visibilitychange", woke);
    let covered = false;
    const timer = setInterval(() => {
      const now = isCovered();
      if (covered && !now) woke();
      covered = now;
    }, UNCOVERED_EVERY_MS);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", woke);
      io.disconnect();
      observer.current = null;
    };
  }, [reporter]);

  useEffect(() => {
    const unseen = view?.tickets.flatMap((t) => t.items.filter((i) => i.state === "sent").map((i) => i.key)) ?? [];
    reporter.want(new Set(unseen));
  }, [view, reporter]);

  return useCallback(
    (element) => {
      if (element === null) return undefined;
      const key = element.dataset["item"];
      watched.current.add(element);
      observer.current?.observe(element);
      return () => {
        watched.current.delete(element);
        observer.current?.unobserve(element);
        if (key !== undefined) reporter.left(key);
      };
    },
    [reporter],
  );
}
