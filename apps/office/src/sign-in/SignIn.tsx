/** Asks for the token and tries it before it is kept. */
import { useState, type ReactNode } from "react";
import { useLang, useWords, problemText } from "../i18n";
import type { Me } from "../net/contract";
import { exchange } from "../net/http";
import { enter, useSession } from "../session";
import { LangSwitch } from "../ui/parts";

export function SignIn(): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { ended } = useSession();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const given = token.trim();
  const attempt = async (): Promise<void> => {
    if (busy || given === "") return;
    setBusy(true);
    setSaid(null);
    // What no header can carry is no token, and must not look like a dead network.
    const answer = /^[\x21-\x7e]+$/.test(given) ? await exchange<Me>("GET", "/office/v1/me", given) : null;
    setBusy(false);
    if (answer?.kind === "ok") return enter(given);
    if (answer?.kind === "away") return setSaid(w.trouble.away);
    setSaid(answer === null || answer.problem.status === 401 ? w.signIn.wrong : problemText(answer.problem, lang));
  };
  return (
    <main className="page light signin">
      <div className="signin-lang">
        <LangSwitch />
      </div>
      <form
        className="signin-card"
        onSubmit={(e) => {
          e.preventDefault();
          void attempt();
        }}
      >
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={56} height={56} />
        <h1>{w.app}</h1>
        <p className="muted">{w.signIn.intro}</p>
        <label className="field">
          {w.signIn.token}
          <input type="password" value={token} onChange={(e) => setToken(e.target.value)} autoComplete="off" autoFocus spellCheck={false} />
        </label>
        {said !== null ? (
          <p className="warnline" role="alert">
            {said}
          </p>
        ) : (
          ended && <p className="warnline">{w.signIn.ended}</p>
        )}
        <button type="submit" className="primary" disabled={busy || given === ""}>
          {busy ? w.signIn.checking : w.signIn.go}
        </button>
        <p className="muted small">{w.signIn.hint}</p>
      </form>
    </main>
  );
}
