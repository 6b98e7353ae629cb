/** How many: the usual sizes at one tap, larger ones typed. */
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { Pad } from "../ui/parts";

const USUAL = 11;
const MOST = 99;

export function CoversPad({ covers, onCovers }: { covers: number | null; onCovers: (n: number | null) => void }): ReactNode {
  const w = useWords();
  const [typing, setTyping] = useState(covers !== null && covers > USUAL);
  if (!typing)
    return (
      <div className="covers">
        {Array.from({ length: USUAL }, (_, i) => i + 1).map((n) => (
          <button key={n} type="button" aria-pressed={covers === n} onClick={() => onCovers(n)}>
            {n}
          </button>
        ))}
        <button
          type="button"
          onClick={() => {
            onCovers(null);
            setTyping(true);
          }}
        >
          {USUAL + 1}+
        </button>
      </div>
    );
  const type = (d: string): void => {
    const n = Number(`${covers ?? ""}${d}`);
    if (n >= 1 && n <= MOST) onCovers(n);
  };
  return (
    <>
      <p className="cashbig tnum amountline">{covers ?? "—"}</p>
      <Pad
        onDigit={type}
        left={
          <button type="button" className="small" onClick={() => setTyping(false)}>
            1–{USUAL}
          </button>
        }
        right={
          <button type="button" className="small" aria-label={w.signIn.del} onClick={() => onCovers(covers === null || covers < 10 ? null : Math.floor(covers / 10))}>
            ⌫
          </button>
        }
      />
    </>
  );
}
