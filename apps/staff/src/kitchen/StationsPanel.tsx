/** Stations (档口): open or closed, who cooks instead, how much work lies before each. */
import { useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import type { FloorStation, Station } from "./types";
import type { Once } from "./useOnce";

export const stationLane = (id: string): string => `station:${id}`;

interface StationsProps {
  stations: readonly FloorStation[];
  known: readonly Station[];
  nameOf: (id: string) => string;
  /** Cooks and leads may; waiters only look. */
  editable: boolean;
  once: Once;
  onClose: () => void;
}

export function StationsPanel({ stations, known, nameOf, editable, once, onClose }: StationsProps): ReactNode {
  const w = useWords();
  return (
    <aside className="side side-recall" aria-label={w.stations.title}>
      <h2>
        {w.stations.title}
        <button type="button" className="ghost" onClick={onClose}>
          {w.close}
        </button>
      </h2>
      {!editable && <p className="muted">{w.stations.direct}</p>}
      {stations.length === 0 && <p className="muted">{w.stations.none}</p>}
      <ul>
        {stations.map((s) => (
          <Row key={s.id} station={s} fallback={known.find((k) => k.id === s.id)?.fallback ?? null} nameOf={nameOf} editable={editable} once={once} />
        ))}
      </ul>
    </aside>
  );
}

function Row({ station: s, fallback, nameOf, editable, once }: { station: FloorStation; fallback: string | null; nameOf: (id: string) => string; editable: boolean; once: Once }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [asking, setAsking] = useState(false);
  const lane = stationLane(s.id);
  const busy = once.of(lane);
  const set = (to: "open" | "close"): void => {
    setAsking(false);
    void once.act(lane, `/stations/${encodeURIComponent(s.id)}/${to}`, {}, `${say(s.name, lang)} ${to === "open" ? w.stations.reopen : w.stations.close}`);
  };
  return (
    <li className="srow">
      <div className="rwhat">
        <b>{say(s.name, lang)}</b> {s.open ? <span className="chip">{w.stations.open}</span> : <span className="chip chip-bad">{w.stations.closed}</span>}
        {s.paused && <span className="chip chip-warn">{w.stations.paused}</span>}
        <div className="sload">
          {!s.open && `${w.stations.cooksElsewhere(nameOf(s.cooks))} · `}
          {w.stations.backlog(s.backlog)}
          {s.behind_min !== null && s.backlog > 0 && ` · ${w.stations.behind(s.behind_min)}`}
        </div>
        {asking && <p className="sask">{w.stations.closeAsk(say(s.name, lang), fallback === null ? null : nameOf(fallback))}</p>}
      </div>
      {busy !== null ? (
        <span className="muted">{busy === "undelivered" ? w.undeliveredWord : w.sending}</span>
      ) : !editable ? null : asking ? (
        <div className="racts">
          <button type="button" className="danger" onClick={() => set("close")}>
            {w.stations.close}
          </button>
          <button type="button" className="ghost" onClick={() => setAsking(false)}>
            {w.cancel}
          </button>
        </div>
      ) : s.open ? (
        <button type="button" className="ghost" onClick={() => setAsking(true)}>
          {w.stations.close}
        </button>
      ) : (
        <button type="button" className="primary" onClick={() => set("open")}>
          {w.stations.reopen}
        </button>
      )}
    </li>
  );
}
