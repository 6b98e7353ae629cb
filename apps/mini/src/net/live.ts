/** The table's live feed over a WebSocket: connects, says who it is and what it has, reconnects for ever until closed. */
import Taro from "@tarojs/taro";
import type { Problem } from "@dandan/client";
import { backoffMs, STALE_MS, type SessionFrame } from "@/rules/feed";
import { feedUrl } from "./http";

export interface LiveOptions {
  store: string;
  session: string;
  token: string;
  /** the last seq held, or null for a snapshot */
  after: () => number | null;
  onFrame: (frame: SessionFrame) => void;
  /** the first frame of a connection: the server is there */
  onUp: () => void;
  /** the server does not let this phone follow */
  onRefused: (problem: Problem) => void;
}

export interface Live {
  /** connects now instead of after the back-off (the phone is back on the network, or the app in front) */
  wake: () => void;
  close: () => void;
}

export function openLive(options: LiveOptions): Live {
  let task: Taro.SocketTask | null = null;
  let closed = false;
  let tries = 0;
  let lastFrame = 0;
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const down = (mine: number): void => {
    if (mine !== generation || closed) return;
    generation += 1;
    const old = task;
    task = null;
    clearTimeout(timer);
    quietly(() => old?.close({}));
    tries += 1;
    timer = setTimeout(connect, backoffMs(tries, Math.random()));
  };

  const watch = (mine: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => (Date.now() - lastFrame > STALE_MS ? down(mine) : watch(mine)), STALE_MS + 500);
  };

  const connect = async (): Promise<void> => {
    if (closed) return;
    const mine = ++generation;
    let up = false;
    lastFrame = Date.now();
    watch(mine);
    try {
      const socket = await Taro.connectSocket({ url: feedUrl(options.store, `/sessions/${options.session}/feed/ws`) });
      if (mine !== generation) return quietly(() => socket.close({}));
      task = socket;
      const hello = JSON.stringify({ token: options.token, after: options.after() });
      // Alipay has one set of listeners for all sockets: those of an earlier connection must stay silent.
      socket.onOpen(() => mine === generation && socket.send({ data: hello }));
      socket.onMessage(({ data }: { data: unknown }) => {
        if (mine !== generation || typeof data !== "string") return;
        const message = readMessage(data);
        if (message === null) return;
        if ("code" in message) return options.onRefused(message);
        lastFrame = Date.now();
        tries = 0;
        options.onFrame(message);
        if (!up) options.onUp();
        up = true;
      });
      socket.onClose(() => down(mine));
      socket.onError(() => down(mine));
    } catch {
      down(mine);
    }
  };

  void connect();
  return {
    wake: () => {
      if (closed || task) return;
      clearTimeout(timer);
      tries = 0;
      void connect();
    },
    close: () => {
      closed = true;
      generation += 1;
      clearTimeout(timer);
      quietly(() => task?.close({}));
    },
  };
}

function readMessage(data: string): SessionFrame | Problem | null {
  try {
    const message = JSON.parse(data) as SessionFrame | Problem;
    return "code" in message || ["snapshot", "change", "heartbeat"].includes(message.type) ? message : null;
  } catch {
    return null;
  }
}

/** Closing a socket that is already gone throws on some platforms; there is nothing to do about it. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Gone already.
  }
}
