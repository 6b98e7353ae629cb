/** This device: its name, whether the app is installed, what opens after sign-in, and what is not sent yet. */
import type { ReactNode } from "react";
import { change, useSettings, type Settings } from "../device/settings";
import { useWorker } from "../device/worker";
import { useWords } from "../i18n";
import { InstallNote } from "../ui/Device";
import { LangSwitch } from "../ui/parts";
import { useUnsentCount } from "../ui/Unsent";

const HOMES: readonly Settings["home"][] = [null, "floor", "kitchen", "expo", "pickup"];

export function DevicePart(): ReactNode {
  const w = useWords();
  const { device, home } = useSettings();
  const { no } = useWorker();
  const unsent = useUnsentCount();
  const d = w.manage.device;
  return (
    <dl className="device-list mcard">
      <div>
        <dt>{d.name}</dt>
        <dd>{device?.name ?? w.device.unnamed}</dd>
      </div>
      <div>
        <dt>{d.home}</dt>
        <dd className="rolepick">
          {HOMES.map((page) => (
            <button key={page ?? ""} type="button" className="ghost" aria-pressed={home === page} onClick={() => change({ home: page })}>
              {page === null ? d.byRole : w.pages[page]}
            </button>
          ))}
        </dd>
      </div>
      <div>
        <dt>{d.language}</dt>
        <dd>
          <LangSwitch />
        </dd>
      </div>
      <div>
        <dt>{d.install}</dt>
        <dd>
          <InstallNote />
        </dd>
      </div>
      <div>
        <dt>{d.offline}</dt>
        <dd>{no === null ? w.device.opens : w.device.opensNot}</dd>
      </div>
      <div>
        <dt>{d.unsent}</dt>
        <dd>{unsent === 0 ? w.unsent.none : w.unsent.bar(unsent)}</dd>
      </div>
    </dl>
  );
}
