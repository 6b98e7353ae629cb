/** Gives a waiting party a number, prints it, and says how many wait before them. */
import type { Id } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { usePrint } from "../manage/usePrint";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { Sheet } from "../ui/parts";
import { CoversPad } from "./CoversPad";

interface Taken { entry: Id; number: string; ahead: number }

export function TakeSheet({ onClose }: { onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const print = usePrint();
  const [covers, setCovers] = useState<number | null>(null);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [taken, setTaken] = useState<Taken | null>(null);
  const lock = useRef(false);
  const entry = useRef(newId());
  const slip = (t: Taken): Promise<boolean> => print({ slip: "number", entry: t.entry }, `${w.queue.print} ${t.number}`);
  const go = async (printed: boolean): Promise<void> => {
    if (lock.current || covers === null) return;
    lock.current = true;
    setBusy(true);
    const id = entry.current;
    const body = { entry: id, covers, ...(name.trim() === "" ? {} : { name: name.trim() }) };
    const outcome = await send<{ number: string; ahead: number }>("queue", "/queue", body, id, w.queue.take);
    lock.current = false;
    setBusy(false);
    entry.current = newId();
    if (!outcome.ok) return;
    const now = { entry: id, ...outcome.value };
    setTaken(now);
    if (printed) void slip(now);
  };
  if (taken !== null)
    return (
      <Sheet title={w.queue.take} onClose={onClose}>
        <p className="takennumber tnum">{taken.number}</p>
        <p className="amountline">{w.queue.ahead(taken.ahead)}</p>
        <button type="button" className="primary big" onClick={onClose}>
          {w.yes}
        </button>
        <button type="button" className="ghost" onClick={() => void slip(taken)}>
          {w.queue.print}
        </button>
      </Sheet>
    );
  return (
    <Sheet title={w.queue.takeTitle} onClose={onClose}>
      <CoversPad covers={covers} onCovers={setCovers} />
      <input value={name} onChange={(e) => setName(e.target.value)} placeholder={w.queue.takeName} aria-label={w.queue.takeName} maxLength={24} />
      <button type="button" className="primary big" disabled={busy || covers === null} onClick={() => void go(true)}>
        {busy ? w.sending : covers === null ? w.queue.pickCovers : w.queue.takePrint(covers)}
      </button>
      <button type="button" className="ghost" disabled={busy || covers === null} onClick={() => void go(false)}>
        {w.queue.takeOnly}
      </button>
    </Sheet>
  );
}
