/** A shape for every state of a table, so that colour is never the only difference. */
import type { ReactNode } from "react";
import type { BadgeKind, Mark } from "./look";

const PATHS: Record<Mark, ReactNode> = {
  ring: <circle cx="12" cy="12" r="8" />,
  clock: <path d="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 2" />,
  lock: <path d="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3" />,
  broom: <path d="M19 4 11 12M9 10l5 5-3 5H5v-6zM8 14l2 2" />,
  person: <path d="M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.6-4 3.4-6 7-6s6.400 2 7 6" />,
  pen: <path d="m5 19 1-4L16 5l3 3L9 18zM14 7l3 3" />,
  bowl: <path d="M4 11h16c0 4-2.500 7-5 8H9c-2.500-1-5-4-5-8zM9 4v3M13 4v3" />,
  bill: <path d="M6 4h12v17l-3-2-3 2-3-2-3 2zM9 9h6M9 13h6" />,
  check: <path d="m5 13 5 5L20 7" />,
  hourglass: <path d="M7 4h10M7 20h10M8 4c0 5 8 5 8 0M8 20c0-6 8-6 8 0M12 8v5" />,
};

export const MarkIcon = ({ mark }: { mark: Mark }): ReactNode => (
  <svg className="icon mark" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
    {PATHS[mark]}
  </svg>
);

const BADGE_PATHS: Record<BadgeKind, ReactNode> = {
  calls: <path d="M5 17h14l-2-3v-4a5 5 0 0 0-10 0v4zM10 20h4" />,
  nods: <path d="M5 5h14v14H5zM9 12l2 2 4-4" />,
  unseen: <path d="M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6zM4 4l16 16" />,
  overdue: <path d="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16v.200" />,
  ready: <path d="M4 17h16M6 17a6 6 0 0 1 12 0M12 8v3" />,
  unweighed: <path d="M5 20h14L17 9H7zM12 9V5M8 5h8" />,
  held: <path d="M9 6v12M15 6v12" />,
};

export const BadgeIcon = ({ kind }: { kind: BadgeKind }): ReactNode => (
  <svg className="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
    {BADGE_PATHS[kind]}
  </svg>
);

export const Star = (): ReactNode => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden>
    <path d="m12 3 2.800 5.800 6.400.900-4.600 4.500 1.100 6.300L12 17.500l-5.700 3 1.100-6.300L2.800 9.700l6.400-.900z" fill="currentColor" />
  </svg>
);
