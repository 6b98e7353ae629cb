/** Paired devices, and the code that pairs another one. */
import type { DeviceView, PairingCodeAnswer } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { dateOf } from "../queue/time";
import { Qr } from "../till/Qr";
import { clockTime } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import type { ManageContext } from "./ManagePage";
import { Read } from "./Read";

export function DevicesPart({ context }: { context: ManageContext }): ReactNode {
  const w = useWords();
  const asked = useAsked<DeviceView[]>("/devices");
  const own = useSettings().device?.id;
  const [pairing, setPairing] = useState(false);
  const [leaving, setLeaving] = useState<DeviceView | null>(null);
  const close = (): void => {
    setPairing(false);
    setLeaving(null);
    asked.reload();
  };
  return (
    <Read asked={asked}>
      {(devices) => (
        <>
          <button type="button" className="primary big" onClick={() => setPairing(true)}>
            {w.manage.devices.pair}
          </button>
          {devices.length === 0 && <p className="fempty">{w.manage.devices.none}</p>}
          <ul className="mlist">
            {[...devices].sort((a, b) => a.name.localeCompare(b.name, "zh-CN", { numeric: true })).map((d) => (
              <li key={d.id} className="mrow mcard">
                <b>{d.name}</b>
                {d.id === own && <span className="chip">{w.manage.devices.this}</span>}
                <span className="muted tnum">{w.manage.devices.since(dayTime(d.paired_at, context.utcOffsetMin))}</span>
                {d.head_office ? (
                  <span className="chip">{w.headOffice.device}</span>
                ) : (
                  <button type="button" className="ghost" onClick={() => setLeaving(d)}>
                    {w.manage.devices.unpair}
                  </button>
                )}
              </li>
            ))}
          </ul>
          {pairing && <PairSheet utcOffsetMin={context.utcOffsetMin} onClose={close} />}
          {leaving !== null && <UnpairSheet device={leaving} own={leaving.id === own} onClose={close} />}
        </>
      )}
    </Read>
  );
}

export function dayTime(at: number, utcOffsetMin: number): string {
  const { month, day } = dateOf(at, utcOffsetMin);
  return `${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")} ${clockTime(at, utcOffsetMin)}`;
}

function PairSheet({ utcOffsetMin, onClose }: { utcOffsetMin: number; onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const { store } = useSettings();
  const [code, setCode] = useState<PairingCodeAnswer | null>(null);
  const [failed, setFailed] = useState(false);
  const asked = useRef(false);
  const more = (): void => {
    setCode(null);
    setFailed(false);
    void send<PairingCodeAnswer>("pairing", "/devices/pairing-codes", {}, newId(), w.manage.devices.pair).then((o) => (o.ok ? setCode(o.value) : setFailed(true)));
  };
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    more();
  });
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  if (code === null)
    return (
      <Sheet title={w.manage.devices.pairTitle} onClose={onClose}>
        {failed ? (
          <button type="button" className="primary big" onClick={more}>
            {w.retry}
          </button>
        ) : (
          <p className="fempty">{w.loading}</p>
        )}
      </Sheet>
    );
  const url = `${location.origin}${location.pathname}#/pair?store=${store ?? ""}&code=${code.code}`;
  const isOver = now > code.until;
  return (
    <Sheet title={w.manage.devices.pairTitle} onClose={onClose}>
      {isOver ? (
        <p className="warnline">{w.manage.devices.expired}</p>
      ) : (
        <>
          <p className="muted">{w.manage.devices.pairHint}</p>
          {/^(localhost|127\.|\[::1\])/.test(location.hostname) && <p className="warnline">{w.manage.devices.localhost}</p>}
          <div className="pairqr">
            <Qr text={url} label={w.manage.devices.pairTitle} />
          </div>
          <p className="paircode">
            <span className="muted">{w.manage.devices.code}</span> <b className="tnum">{code.code}</b>
          </p>
          <p className="muted tnum">{w.manage.devices.until(clockTime(code.until, utcOffsetMin))}</p>
          {navigator.clipboard !== undefined && (
            <button type="button" className="ghost" onClick={() => void navigator.clipboard.writeText(url).then(() => notify(w.manage.devices.copied, 3000, true))}>
              {w.manage.devices.copy}
            </button>
          )}
        </>
      )}
      <button type="button" className={isOver ? "primary big" : "ghost"} onClick={more}>
        {w.manage.devices.another}
      </button>
    </Sheet>
  );
}

function UnpairSheet({ device, own, onClose }: { device: DeviceView; own: boolean; onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const go = (): void => {
    if (busy) return;
    setBusy(true);
    void send(`device:${device.id}`, `/devices/${encodeURIComponent(device.id)}/unpair`, {}).then((o) => (o.ok ? onClose() : setBusy(false)));
  };
  return (
    <Sheet title={w.manage.devices.unpair} onClose={onClose}>
      <p>{w.manage.devices.unpairAsk(device.name)}</p>
      {own && <p className="warnline">{w.manage.devices.unpairOwn}</p>}
      <button type="button" className="danger big" disabled={busy} onClick={go}>
        {busy ? w.sending : w.manage.devices.unpairGo}
      </button>
    </Sheet>
  );
}
