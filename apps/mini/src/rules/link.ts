/** Where a scan leads: the store and the code of the table. */
export interface TableLink {
  store: string;
  code: string;
}

/**
 * True where two scans lead to the same table. A code on a screen changes every few minutes: `<table>.w<n>.<mark>`; a slip's
 * code, `s.<party>.<mark>`, is the same only to itself.
 */
export function sameTable(a: TableLink, b: TableLink): boolean {
  if (a.store !== b.store) return false;
  if (a.code === b.code) return true;
  const [one, two] = [screenTable.exec(a.code)?.[1], screenTable.exec(b.code)?.[1]];
  return one !== undefined && one === two;
}

const screenTable = /^(.+)\.w\d+\.\w+$/;

type Params = Readonly<Record<string, string | undefined>>;

/**
 * Reads the ways a table code can reach a page: `store` and `code` (H5 link), `q` (WeChat: the link, escaped),
 * `qrCode` (Alipay: the link) and `scene` (a mini-program code: the table's code, of the store the build is for).
 */
export function readLink(params: Params, defaultStore: string): TableLink | null {
  const store = params["store"] ?? defaultStore;
  if (params["code"]) return store ? { store, code: params["code"] } : null;
  const url = params["q"] ?? params["qrCode"];
  if (url) return readScan(unescape(url), defaultStore);
  return params["scene"] ? readScene(unescape(params["scene"]), defaultStore) : null;
}

/** Reads what a camera saw: our link, or a bare code where the store is known. */
export function readScan(text: string, defaultStore: string): TableLink | null {
  const sticker = /\/t\/([\w.-]+)$/.exec(text); // The short link on the table; the server leads browsers on to ours.
  if (sticker?.[1]) return defaultStore ? { store: defaultStore, code: sticker[1] } : null;
  const at = text.indexOf("?");
  if (at < 0) return /^[\w.-]{3,120}$/.test(text) && defaultStore ? { store: defaultStore, code: text } : null;
  // The query may come before or after the hash; whichever names the table counts.
  const params: Record<string, string> = {};
  for (const part of text.slice(at + 1).split(/[?&#]/)) {
    const eq = part.indexOf("=");
    if (eq > 0) params[part.slice(0, eq)] = unescape(part.slice(eq + 1));
  }
  const store = params["store"] ?? defaultStore;
  return store && params["code"] ? { store, code: params["code"] } : null;
}

function readScene(scene: string, defaultStore: string): TableLink | null {
  const whole = /^([0-9a-f]{32})\.(.+)$/.exec(scene);
  if (whole?.[1] && whole[2]) return { store: whole[1], code: whole[2] };
  return defaultStore ? { store: defaultStore, code: scene } : null;
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Already plain, with a percent sign of its own.
  }
}
