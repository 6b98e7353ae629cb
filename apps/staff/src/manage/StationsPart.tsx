/** The kitchen's stations: open or closed, who cooks in their place, and how much stands there. */
import type { FloorStation, Seq, Station } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { may } from "../floor/view";
import { say, useLang, useWords } from "../i18n";
import { useFeed, useSend } from "../net/hooks";
import { Sheet } from "../ui/parts";

interface Stations { seq: Seq; stations: Station[]; floor_stations: FloorStation[] }

/** The kitchen's feed, of which only the stations matter here; both come whole. */
const merge = (view: Stations, change: Partial<Stations>, seq: Seq): Stations => ({ seq, stations: change.stations ?? view.stations, floor_stations: change.floor_stations ?? view.floor_stations });

export function StationsPart({ role }: { role: Parameters<typeof may>[0] }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const send = useSend();
  const { view: kitchen } = useFeed("/kitchen/feed", merge);
  const [closing, setClosing] = useState<FloorStation | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const s = w.manage.stations;
  const set = (station: FloorStation, verb: "open" | "close"): void => {
    if (busy !== null) return;
    setBusy(station.id);
    void send(`station:${station.id}`, `/stations/${encodeURIComponent(station.id)}/${verb}`, {}, undefined, `${verb === "open" ? s.openGo : s.closeGo} ${say(station.name, lang)}`).then(() => {
      setBusy(null);
      setClosing(null);
    });
  };
  if (kitchen === null) return <p className="fempty">{w.loading}</p>;
  const nameOf = (id: string): string => {
    const found = kitchen.floor_stations.find((o) => o.id === id);
    return found === undefined ? id : say(found.name, lang);
  };
  const spare = kitchen.stations.find((o) => o.id === closing?.id)?.fallback ?? null;
  return (
    <>
      <p className="muted">{s.hint}</p>
      {kitchen.floor_stations.length === 0 && <p className="fempty">{s.none}</p>}
      <ul className="mlist">
        {kitchen.floor_stations.map((station) => (
          <li key={station.id} className={station.open ? "mcard mrow" : "mcard mrow station-closed"}>
            <b>{say(station.name, lang)}</b>
            <span className={station.open ? "chip" : "chip chip-bad"}>{station.open ? s.open : s.closed}</span>
            <span className="muted tnum">
              {s.backlog(station.backlog)}
              {station.behind_min != null && station.behind_min > 0 && ` · ${s.behind(station.behind_min)}`}
              {station.cooks !== station.id && ` · ${s.cooks(nameOf(station.cooks))}`}
            </span>
            {station.paused && <span className="chip chip-warn">{s.paused}</span>}
            <button type="button" className={station.open ? "ghost" : "primary"} disabled={busy !== null || !may(role, "direct")} onClick={() => (station.open ? setClosing(station) : set(station, "open"))}>
              {busy === station.id ? w.sending : station.open ? s.closeGo : s.openGo}
            </button>
          </li>
        ))}
      </ul>
      {closing !== null && (
        <Sheet title={s.closeAsk(say(closing.name, lang))} onClose={() => setClosing(null)}>
          <p>{s.closeHint(spare === null ? "—" : nameOf(spare))}</p>
          <p className="muted">{s.backlog(closing.backlog)}</p>
          <button type="button" className="danger big" disabled={busy !== null} onClick={() => set(closing, "close")}>
            {busy !== null ? w.sending : s.closeGo}
          </button>
        </Sheet>
      )}
    </>
  );
}
