/** The device itself: whether the app is or can be installed and why not, new builds, and what is not sent yet. */
import { useEffect, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { updateStep } from "../device/update";
import { askToInstall, takeNewBuild, useWorker } from "../device/worker";
import { useWords } from "../i18n";
import { Sheet } from "./parts";
import { useUnsentCount } from "./Unsent";

/** This long after the page was opened, and as long as nobody has touched it, a new build takes over by itself. */
const OPENED_WITHIN_MS = 10_000;

let touched = false;
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (touched = true), { capture: true, once: true });

/** Says that a new build is there, and lets it take over only when nothing is unsent. */
export function BuildBar(): ReactNode {
  const w = useWords();
  const { waiting } = useWorker();
  const unsent = useUnsentCount();
  const step = updateStep({ waiting, unsent, untouched: !touched && performance.now() < OPENED_WITHIN_MS });
  useEffect(() => {
    if (step === "apply") takeNewBuild();
  }, [step]);
  if (step !== "offer") return null;
  return (
    <button type="button" className="build-bar" onClick={takeNewBuild}>
      <b>{w.device.newBuild}</b>
      <span>{w.device.reload}</span>
    </button>
  );
}

/** The way to the device's sheet, for pages on which nobody is signed in. */
export function DeviceFoot(): ReactNode {
  const w = useWords();
  const [open, setOpen] = useState(false);
  return (
    <footer className="device-foot light">
      <button type="button" className="ghost" onClick={() => setOpen(true)}>
        {w.device.open}
      </button>
      {open && <DeviceSheet onClose={() => setOpen(false)} />}
    </footer>
  );
}

export function DeviceSheet({ onClose }: { onClose: () => void }): ReactNode {
  const w = useWords();
  const { device } = useSettings();
  const { no, waiting } = useWorker();
  const unsent = useUnsentCount();
  return (
    <Sheet title={w.device.title} onClose={onClose}>
      <dl className="device-list">
        <div>
          <dt>{w.device.name}</dt>
          <dd>{device?.name ?? w.device.unnamed}</dd>
        </div>
        <div>
          <dt>{w.device.install}</dt>
          <dd>
            <InstallNote />
          </dd>
        </div>
        <div>
          <dt>{w.device.offline}</dt>
          <dd>{no === null ? w.device.opens : w.device.opensNot}</dd>
        </div>
        <div>
          <dt>{w.unsent.title}</dt>
          <dd>{unsent === 0 ? w.unsent.none : w.unsent.bar(unsent)}</dd>
        </div>
        {waiting && unsent > 0 && <dd>{w.device.hold(unsent)}</dd>}
      </dl>
    </Sheet>
  );
}

/** For any page of settings: the button that installs, or why there is none. */
export function InstallNote(): ReactNode {
  const w = useWords();
  const { no, installed, mayAsk } = useWorker();
  if (no !== null) return w.device.no[no];
  if (installed) return w.device.installed;
  if (!mayAsk) return w.device.byMenu;
  return (
    <button type="button" className="primary" onClick={() => void askToInstall()}>
      {w.device.installIt}
    </button>
  );
}
