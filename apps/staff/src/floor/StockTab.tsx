/** Sold out and how many are left, over the whole menu or one station of it. */
import type { FloorStock, Menu } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useApi, useSend } from "../net/hooks";
import { notify } from "../ui/notice";
import { Pad, Sheet } from "../ui/parts";
import "./stock.css";
import { ofStation, ownFirst, stockCounts, stockOrder } from "./stock-order";
import { stockRows, type StockRow } from "./view";

interface Whole { name: string; soldOut: boolean; rows: StockRow[] }

interface StockProps {
  stock: readonly FloorStock[];
  editable: boolean;
  /** The station of this screen: its dishes stand first. */
  own?: string | null;
}

export function StockTab({ stock, editable, own = null }: StockProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { menu, failed } = useMenu();
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState(false);
  const [station, setStation] = useState<string | null>(null);
  const [counting, setCounting] = useState<StockRow | null>(null);
  const [whole, setWhole] = useState<Whole | null>(null);
  if (menu === null) return <p className="stockload" role={failed ? "alert" : undefined}>{failed ? w.stock.failed : w.loading}</p>;
  const all = stockRows(menu.dishes, stock, "", false);
  const rows = ownFirst(stockOrder(ofStation(stockRows(menu.dishes, stock, search, only), station)), (r) => r.dish.station === own);
  const counts = stockCounts(all);
  const here = menu.stations.find((s) => s.id === station);
  const ask = (soldOut: boolean): void => {
    if (here === undefined) return;
    setWhole({ name: say(here.name, lang), soldOut, rows: ofStation(all, here.id).filter((r) => r.soldOut !== soldOut) });
  };
  return (
    <div className="stock">
      <div className="stocktop">
        <input type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={w.floor.stockSearch} aria-label={w.floor.stockSearch} />
        <button type="button" className="ghost" aria-pressed={only} onClick={() => setOnly(!only)}>
          {w.floor.stockOnly}
        </button>
      </div>
      <nav className="stockstations" aria-label={w.kitchen.station}>
        <button type="button" className="ghost" aria-pressed={station === null} onClick={() => setStation(null)}>
          {w.stock.all}
        </button>
        {ownFirst(menu.stations, (s) => s.id === own).map((s) => (
          <button key={s.id} type="button" className="ghost" aria-pressed={station === s.id} onClick={() => setStation(s.id)}>
            {say(s.name, lang)}
          </button>
        ))}
      </nav>
      <p className="muted stockhint">
        <span className="tnum">{w.stock.counts(counts.out, counts.counted)}</span> · {editable ? w.stock.live : w.floor.stockReadOnly}
      </p>
      {here !== undefined && editable && (
        <div className="stockwhole">
          <button type="button" className="ghost" disabled={ofStation(all, here.id).every((r) => r.soldOut)} onClick={() => ask(true)}>
            {w.stock.allOfStation(say(here.name, lang))}
          </button>
          <button type="button" className="ghost" disabled={!ofStation(all, here.id).some((r) => r.soldOut)} onClick={() => ask(false)}>
            {w.stock.allBack(say(here.name, lang))}
          </button>
        </div>
      )}
      <ul>
        {rows.map((row) => (
          <Row key={row.dish.id} row={row} editable={editable} onCount={() => setCounting(row)} />
        ))}
      </ul>
      {rows.length === 0 && <p className="stockload">{w.floor.noDish}</p>}
      {counting !== null && <CountSheet row={counting} onClose={() => setCounting(null)} />}
      {whole !== null && <WholeSheet whole={whole} onClose={() => setWhole(null)} />}
    </div>
  );
}

function useMenu(): { menu: Menu | null; failed: boolean } {
  const api = useApi();
  const [menu, setMenu] = useState<Menu | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let live = true;
    const load = async (): Promise<void> => {
      const answer = await api.get<Menu>("/menu");
      if (!live) return;
      setFailed(answer.kind !== "ok");
      if (answer.kind === "ok") setMenu(answer.value);
      else setTimeout(() => live && void load(), 3000);
    };
    void load();
    return () => {
      live = false;
    };
  }, [api]);
  return { menu, failed };
}

const stockPath = (dish: string): string => `/stock/${encodeURIComponent(dish)}`;

/** A dish that was counted down to nothing comes back uncounted: nobody knows how many there are now. */
const afterwards = (row: StockRow, soldOut: boolean): { sold_out: boolean; remaining: number | null } => ({ sold_out: soldOut, remaining: !soldOut && row.remaining === 0 ? null : row.remaining });

function useStockChange(dish: string): [boolean, (body: { sold_out: boolean; remaining: number | null }) => Promise<void>] {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const set = async (body: { sold_out: boolean; remaining: number | null }): Promise<void> => {
    if (busy) return;
    setBusy(true);
    await send(`stock:${dish}`, stockPath(dish), body);
    setBusy(false);
  };
  return [busy, set];
}

function Row({ row, editable, onCount }: { row: StockRow; editable: boolean; onCount: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [busy, set] = useStockChange(row.dish.id);
  return (
    <li className={row.soldOut ? "stockrow stockrow-out" : "stockrow"}>
      <span className="muted tnum">{row.dish.code}</span>
      <b>{say(row.dish.name, lang)}</b>
      <span className={row.soldOut ? "chip chip-bad" : row.remaining !== null ? "chip chip-warn" : "chip"}>{row.soldOut ? w.floor.soldOut : row.remaining !== null ? w.floor.left(row.remaining) : w.floor.onSale}</span>
      <button type="button" className="ghost" disabled={!editable} onClick={onCount}>
        {w.floor.setLeft}
      </button>
      <button type="button" className={row.soldOut ? "primary" : "danger"} disabled={busy || !editable} onClick={() => void set(afterwards(row, !row.soldOut))}>
        {busy ? w.sending : row.soldOut ? w.floor.setOnSale : w.floor.setSoldOut}
      </button>
    </li>
  );
}

function CountSheet({ row, onClose }: { row: StockRow; onClose: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [text, setText] = useState(row.remaining === null ? "" : String(row.remaining));
  const [fresh, setFresh] = useState(true);
  const [busy, set] = useStockChange(row.dish.id);
  const save = (remaining: number | null): void => void set({ sold_out: remaining === 0, remaining }).then(onClose);
  return (
    <Sheet title={w.floor.leftTitle(say(row.dish.name, lang))} onClose={onClose}>
      <p className="stockcount tnum">{text === "" ? "—" : text}</p>
      <Pad
        onDigit={(d) => {
          setText((t) => String(Number((fresh ? "" : t) + d)).slice(0, 4));
          setFresh(false);
        }}
        left={
          <button type="button" className="small" onClick={() => setText("")}>
            {w.floor.clear}
          </button>
        }
        right={
          <button type="button" className="small" onClick={() => setText((t) => t.slice(0, -1))} aria-label={w.signIn.del}>
            ⌫
          </button>
        }
      />
      <button type="button" className="primary big" disabled={busy || text === ""} onClick={() => save(Number(text))}>
        {busy ? w.sending : text === "" ? w.floor.setLeft : w.floor.left(Number(text))}
      </button>
      {row.remaining !== null && (
        <button type="button" className="ghost" disabled={busy} onClick={() => save(null)}>
          {w.floor.unlimited}
        </button>
      )}
    </Sheet>
  );
}

/** A station that broke down: every dish is its own command, so that what was taken stands even if the rest has to wait. */
function WholeSheet({ whole, onClose }: { whole: Whole; onClose: () => void }): ReactNode {
  const w = useWords();
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const ends = await Promise.all(whole.rows.map((row) => api.outbox.send(`stock:${row.dish.id}`, stockPath(row.dish.id), afterwards(row, whole.soldOut))));
    const done = ends.filter((e) => e.ok).length;
    if (done > 0) notify(w.stock.changed(done), 4000, true);
    if (done < ends.length) notify(w.stock.failedSome(ends.length - done));
    onClose();
  };
  return (
    <Sheet title={(whole.soldOut ? w.stock.allOfAsk : w.stock.allBackAsk)(whole.name, whole.rows.length)} onClose={onClose}>
      <button type="button" className={whole.soldOut ? "danger big" : "primary big"} disabled={busy || whole.rows.length === 0} onClick={() => void go()}>
        {busy ? w.sending : (whole.soldOut ? w.stock.allOfStation : w.stock.allBack)(whole.name)}
      </button>
    </Sheet>
  );
}
