/** Keeps one feed open: SSE over fetch (EventSource cannot send a header), resumed by seq, given up when silent. */
import type { Ms, Seq } from "@dandan/client";
import { DEAD_AFTER_MS, ServerClock, backoffMs, emptyFeed, parseFrame, staleSeconds, takeFrame, type FeedState } from "./frames";
import { SseParser } from "./sse";

export interface FeedSnapshot<View> {
  view: View | null;
  online: boolean;
  /** 401: the server no longer knows our token · 403: it knows it and says this feed is not for it. */
  denied: 401 | 403 | null;
}

export class Feed<View, Change> {
  private state: FeedState<View> = emptyFeed();
  private snapshot: FeedSnapshot<View> = { view: null, online: false, denied: null };
  private readonly clock = new ServerClock();
  private readonly listeners = new Set<() => void>();
  private abort: AbortController | null = null;
  private lastFrame: Ms | null = null;
  private startedAt: Ms = performance.now();
  private lastTry: Ms = 0;
  /** Counts openings; a loop of an earlier opening sees that it is not its turn any more. */
  private opening = 0;
  private wake: (() => void) | null = null;

  constructor(
    private readonly url: string,
    private readonly token: string | null,
    private readonly merge: (view: View, change: Change, seq: Seq) => View,
  ) {}

  readonly read = (): FeedSnapshot<View> => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Server time now; the device's clock until the first frame. */
  now(): Ms {
    return this.clock.now(performance.now()) ?? Date.now();
  }

  /** Whole seconds of silence once there are more than five, else null. */
  stale(): number | null {
    return staleSeconds(this.lastFrame, this.startedAt, performance.now());
  }

  open(): () => void {
    const mine = ++this.opening;
    this.startedAt = performance.now();
    const hurry = (): void => this.hurry();
    const watchdog = setInterval(() => this.watch(), 1000);
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    void this.run(mine);
    return () => {
      if (this.opening === mine) this.opening++;
      clearInterval(watchdog);
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      this.abort?.abort();
      this.wake?.();
    };
  }

  private async run(mine: number): Promise<void> {
    for (let attempt = 0; this.opening === mine; attempt++) {
      const before = this.lastFrame;
      await this.connect(mine);
      if (this.opening !== mine) return;
      this.publish({ ...this.snapshot, online: false });
      if (this.lastFrame !== before) attempt = 0;
      await this.pause(backoffMs(attempt, Math.random()));
    }
  }

  private async connect(mine: number): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.lastTry = performance.now();
    this.state = { ...this.state, heard: null };
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (this.token !== null) headers["Authorization"] = `Bearer ${this.token}`;
      if (this.state.seq !== null) headers["Last-Event-ID"] = String(this.state.seq);
      const response = await fetch(this.url, { headers, signal: abort.signal, cache: "no-store" });
      if (response.status === 401 || response.status === 403) this.publish({ ...this.snapshot, denied: response.status });
      if (!response.ok || response.body === null) return;
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = new SseParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || abort.signal.aborted || this.opening !== mine) return;
        for (const event of parser.push(decoder.decode(value, { stream: true }))) {
          if (!this.take(event.data)) return abort.abort();
        }
      }
    } catch {
      // The network went away or we did: run() decides.
    }
  }

  /** False when this connection can't be trusted any more. */
  private take(data: string): boolean {
    const frame = parseFrame<View, Change>(data);
    const now = performance.now();
    if (frame === null) {
      this.state = emptyFeed();
      return false;
    }
    this.clock.heard(frame.at, now);
    this.lastFrame = now;
    const { next, resync } = takeFrame(this.state, frame, this.merge);
    this.state = next;
    // A page keeps showing what it had while it resyncs; the banner tells if that takes long.
    const view = resync ? this.snapshot.view : next.view;
    if (view !== this.snapshot.view || !this.snapshot.online) this.publish({ view, online: !resync, denied: null });
    return !resync;
  }

  private watch(): void {
    const last = Math.max(this.lastFrame ?? 0, this.lastTry);
    if (performance.now() - last > DEAD_AFTER_MS) this.abort?.abort();
  }

  private hurry(): void {
    if (document.visibilityState === "hidden") return;
    this.watch();
    this.wake?.();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = done;
    });
  }

  private publish(next: FeedSnapshot<View>): void {
    this.snapshot = next;
    for (const listener of this.listeners) listener();
  }
}
