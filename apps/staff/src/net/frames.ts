/** Decides what a received frame does: pure, so the rules of the feed can be read and tested in one place. */
import type { Frame, Ms, Seq } from "@dandan/client";

export interface FeedState<View> {
  view: View | null;
  /** The last seq whose content is in `view`; what a reconnect resumes after. */
  seq: Seq | null;
  /** The last snapshot or change heard on this connection; a server never counts backwards on one. */
  heard: Seq | null;
}

export const emptyFeed = <View>(): FeedState<View> => ({ view: null, seq: null, heard: null });

export type FrameStep<View> = { next: FeedState<View>; resync: boolean };

/**
 * - A snapshot is always taken.
 * - A change at or below our seq is a repeat and is ignored.
 * - Changes that go backwards on one connection, or a heartbeat behind what we hold, mean the server's
 *   journal is not the one we copied: drop it and ask for a snapshot.
 * - A heartbeat never moves `seq` (resuming a little early costs a repeat, resuming late would cost a change), may overtake
 *   changes that are still on their way, and may come before the first snapshot.
 */
export function takeFrame<View, Change>(
  state: FeedState<View>,
  frame: Frame<View, Change>,
  merge: (view: View, change: Change, seq: Seq) => View,
): FrameStep<View> {
  if (frame.type === "snapshot") return { next: { view: frame.view, seq: frame.seq, heard: frame.seq }, resync: false };
  if (frame.type === "heartbeat") {
    const behind = state.seq !== null && frame.seq < state.seq;
    return { next: behind ? emptyFeed() : state, resync: behind };
  }
  const backwards = state.heard !== null && frame.seq < state.heard;
  if (state.view === null || state.seq === null || backwards) return { next: emptyFeed(), resync: true };
  const heard = frame.seq;
  if (frame.seq <= state.seq) return { next: { ...state, heard }, resync: false };
  return { next: { view: merge(state.view, frame.change, frame.seq), seq: frame.seq, heard }, resync: false };
}

/** Reads one frame; anything that is not one is null and the caller resyncs. */
export function parseFrame<View, Change>(data: string): Frame<View, Change> | null {
  try {
    const frame = JSON.parse(data) as Partial<Frame<View, Change>> | null;
    const known = frame?.type === "snapshot" || frame?.type === "change" || frame?.type === "heartbeat";
    return known && typeof frame.seq === "number" && typeof frame.at === "number" ? (frame as Frame<View, Change>) : null;
  } catch {
    return null;
  }
}

/**
 * The server's clock, from the `at` of recent frames over a monotonic clock. The frame that travelled fastest is
 * the truest, so the largest offset of the last ten counts; a changed server clock is followed within ten frames.
 */
export class ServerClock {
  private offsets: number[] = [];

  heard(at: Ms, monotonic: Ms): void {
    this.offsets = [...this.offsets, at - monotonic].slice(-10);
  }

  now(monotonic: Ms): Ms | null {
    return this.offsets.length === 0 ? null : Math.round(Math.max(...this.offsets) + monotonic);
  }
}

/** Longer than this without a frame and the page says that it may be old. Heartbeats come every 2 s. */
export const STALE_AFTER_MS = 5000;
/** Longer than this and the connection itself is given up and made anew. */
export const DEAD_AFTER_MS = 8000;

export function staleSeconds(lastFrame: Ms | null, connectedSince: Ms, monotonic: Ms): number | null {
  const silent = monotonic - (lastFrame ?? connectedSince);
  return silent > STALE_AFTER_MS ? Math.floor(silent / 1000) : null;
}

/** 0.5, 1, 2, 4, then 5 s; `jitter` 0..1 spreads a room full of screens after a restart. */
export function backoffMs(attempt: number, jitter: number): number {
  const base = Math.min(5000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.75 + 0.5 * jitter));
}
