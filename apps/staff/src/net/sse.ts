/** Parses a text/event-stream that arrives in arbitrary pieces; pure but for the rest of the last piece it keeps. */

export interface SseEvent {
  event: string;
  data: string;
  id: string | null;
}

/** Feed it decoded text; it returns the events completed by that text. A half event waits for its blank line. */
export class SseParser {
  private rest = "";
  private data: string[] = [];
  private event = "";
  private id: string | null = null;
  private started = false;

  push(text: string): SseEvent[] {
    const out: SseEvent[] = [];
    let buffer = this.rest + text;
    if (!this.started && buffer.length > 0) {
      this.started = true;
      if (buffer.startsWith("\uFEFF")) buffer = buffer.slice(1);
    }
    for (;;) {
      const end = lineEnd(buffer);
      if (end === null) break;
      const done = this.line(buffer.slice(0, end.at));
      buffer = buffer.slice(end.next);
      if (done) out.push(done);
    }
    this.rest = buffer;
    return out;
  }

  private line(line: string): SseEvent | null {
    if (line === "") return this.flush();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? "" : line.slice(colon + 1);
    const value = raw.startsWith(" ") ? raw.slice(1) : raw;
    if (field === "data") this.data.push(value);
    if (field === "event") this.event = value;
    if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private flush(): SseEvent | null {
    const { data, event } = this;
    this.data = [];
    this.event = "";
    return data.length === 0 ? null : { event: event || "message", data: data.join("\n"), id: this.id };
  }
}

/** Lines end in LF, CR or CRLF. A CR at the very end waits: its LF may be in the next piece. */
function lineEnd(text: string): { at: number; next: number } | null {
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\n") return { at, next: at + 1 };
    if (c === "\r") {
      if (at + 1 === text.length) return null;
      return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
    }
  }
  return null;
}
