/** Scan the guest's wallet (付款码): a scanner types into the page, or a finger on the keys. The code is never shown whole. */
import type { WayView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { Pad, Warn } from "../ui/parts";
import { useScanner } from "./useScanner";
import { masked, walletOf } from "./wallet-code";
import { isScanned } from "./ways";

export function ScanPane({ ways, amount, onCode }: { ways: readonly WayView[]; amount: string; onCode: (digits: string) => void }): ReactNode {
  const w = useWords();
  const [bad, setBad] = useState<string | null>(null);
  const enter = (digits: string): void => {
    const wallet = walletOf(digits);
    if (wallet === null) return setBad(w.till.scanBad);
    if (!isScanned(ways, wallet)) return setBad(w.till.scanResting(w.channels[wallet]));
    onCode(digits);
  };
  const scanner = useScanner(enter, true);
  const wallet = walletOf(scanner.digits);
  const press = (key: string): void => {
    setBad(null);
    scanner.press(key);
  };
  return (
    <div className="scan">
      <div className="scan-box">
        <ScanIcon />
        <p>{w.till.scanReady}</p>
        <b className="cashbig tnum">{amount}</b>
      </div>
      <p className={bad === null ? "muted" : "warnline"} role="alert">
        {bad !== null ? (
          <>
            <Warn /> {bad}
          </>
        ) : (
          w.till.scanManual
        )}
      </p>
      <output className="scan-digits tnum" aria-label={w.till.scanTitle}>
        {masked(scanner.digits) || "—"}
        {wallet !== null && <span className="chip">{w.till.scanSeen(w.channels[wallet])}</span>}
      </output>
      <Pad
        onDigit={press}
        left={
          <button type="button" className="small" onClick={() => press("Backspace")} aria-label={w.signIn.del}>
            ⌫
          </button>
        }
        right={
          <button type="button" className="primary small scan-go" disabled={wallet === null} onClick={() => press("Enter")}>
            {w.till.scanGo(amount)}
          </button>
        }
      />
    </div>
  );
}

const ScanIcon = (): ReactNode => (
  <svg className="scan-icon" viewBox="0 0 48 48" aria-hidden fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round">
    <path d="M6 15V8a2 2 0 0 1 2-2h7M33 6h7a2 2 0 0 1 2 2v7M42 33v7a2 2 0 0 1-2 2h-7M15 42H8a2 2 0 0 1-2-2v-7M13 15v18M19 15v18M24 15v18M30 15v18M35 15v18" />
  </svg>
);
