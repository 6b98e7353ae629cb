/** Sold out and how many are left, over the whole menu. */
import type { FloorView, Menu } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useApi, useSend } from "../net/hooks";
import { Pad, Sheet } from "../ui/parts";
import { stockRows, type StockRow } from "./view";

export function StockTab({ stock, editable }: { stock: FloorView["stock"]; editable: boolean }): ReactNode {
  const w = useWords();
  const api = useApi();
  const [menu, setMenu] = useState<Menu | null>(null);
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState(false);
  const [counting, setCounting] = useState<StockRow | null>(null);

  useEffect(() => {
    let live = true;
    const load = async (): Promise<void> => {
      const answer = await api.get<Menu>("/menu");
      if (!live) return;
      if (answer.kind === "ok") setMenu(answer.value);
      else setTimeout(() => live && void load(), 3000);
    };
    void load();
    return () => {
      live = false;
    };
  }, [api]);

  if (menu === null) return <p className="fempty">{w.loading}</p>;
  const rows = stockRows(menu.dishes, stock, search, only);
  return (
    <div className="stock">
      <div className="stocktop">
        <input type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={w.floor.stockSearch} aria-label={w.floor.stockSearch} />
        <button type="button" className="ghost" aria-pressed={only} onClick={() => setOnly(!only)}>
          {w.floor.stockOnly}
        </button>
      </div>
      {!editable && <p className="muted">{w.floor.stockReadOnly}</p>}
      <ul>
        {rows.map((row) => (
          <Row key={row.dish.id} row={row} editable={editable} onCount={() => setCounting(row)} />
        ))}
      </ul>
      {rows.length === 0 && <p className="fempty">{w.floor.noDish}</p>}
      {counting !== null && <CountSheet row={counting} onClose={() => setCounting(null)} />}
    </div>
  );
}

function useStockChange(dish: string): [boolean, (soldOut: boolean, remaining: number | null) => Promise<void>] {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const set = async (sold_out: boolean, remaining: number | null): Promise<void> => {
    if (busy) return;
    setBusy(true);
    await send(`stock:${dish}`, `/stock/${encodeURIComponent(dish)}`, { sold_out, remaining });
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
      <span className={row.soldOut ? "chip chip-bad" : "chip"}>{row.soldOut ? w.floor.soldOut : row.remaining !== null ? w.floor.left(row.remaining) : w.floor.onSale}</span>
      <button type="button" className="ghost" disabled={!editable} onClick={onCount}>
        {w.floor.setLeft}
      </button>
      <button type="button" className={row.soldOut ? "primary" : "danger"} disabled={busy || !editable} onClick={() => void set(!row.soldOut, row.soldOut && row.remaining === 0 ? null : row.remaining)}>
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
  const save = (remaining: number | null): void => void set(remaining === 0, remaining).then(onClose);
  return (
    <Sheet title={w.floor.leftTitle(say(row.dish.name, lang))} onClose={onClose}>
      <p className="cashbig tnum">{text === "" ? "—" : text}</p>
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
