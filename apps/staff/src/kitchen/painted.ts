/**
 * Tells the server which lines a person could really see: an item is reported only after a frame that drew it was painted, while
 * the document was visible and the item inside the window. A report is retried with its own key until the server has it.
 */
export interface PaintIo {
  /** Calls back once the frame that holds the present DOM has been painted; never while the page is hidden. */
  afterPaint: (done: () => void) => void;
  documentVisible: () => boolean;
  /** Resolves true when the server has the report, false when it refused it for good. */
  report: (items: string[]) => Promise<boolean>;
}

export class PaintReporter {
  private wanted: ReadonlySet<string> = new Set();
  private readonly onScreen = new Set<string>();
  private readonly told = new Set<string>();
  private waiting = false;
  private sending = false;

  constructor(
    private readonly io: PaintIo,
    private readonly onRefused: () => void = () => {},
  ) {}

  /** The items the server has not yet marked as seen. One that comes back (recalled, new snapshot) may be told again. */
  want(keys: ReadonlySet<string>): void {
    this.wanted = keys;
    for (const key of this.told) if (!keys.has(key)) this.told.delete(key);
    this.schedule();
  }

  entered(key: string): void {
    this.onScreen.add(key);
    this.schedule();
  }

  left(key: string): void {
    this.onScreen.delete(key);
  }

  /** Call when the document becomes visible again. */
  woke(): void {
    this.waiting = false;
    this.schedule();
  }

  private due(): string[] {
    return [...this.wanted].filter((k) => this.onScreen.has(k) && !this.told.has(k)).sort();
  }

  private schedule(): void {
    if (this.waiting || this.due().length === 0 || !this.io.documentVisible()) return;
    this.waiting = true;
    const candidates = new Set(this.due());
    this.io.afterPaint(() => {
      this.waiting = false;
      void this.flush(candidates);
    });
  }

  private async flush(painted: ReadonlySet<string>): Promise<void> {
    if (this.sending || !this.io.documentVisible()) return;
    const items = this.due().filter((k) => painted.has(k));
    if (items.length > 0) {
      this.sending = true;
      for (const key of items) this.told.add(key);
      const taken = await this.io.report(items);
      this.sending = false;
      if (!taken) this.onRefused();
    }
    this.schedule();
  }
}

/** The second frame after now begins only when the first one has been handed to the screen. */
export function afterPaint(done: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(done));
}
