/** Starts the page: with a token the office, without one the sign-in. */
import "@staff/ui/base.css";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { words } from "./i18n";
import { TokenContext } from "./net/hooks";
import { Shell } from "./Shell";
import { useSession } from "./session";
import { SignIn } from "./sign-in/SignIn";
import "./ui/office.css";

function App(): ReactNode {
  const { token, lang } = useSession();
  document.documentElement.lang = words[lang].code;
  document.title = words[lang].app;
  if (token === null) return <SignIn />;
  return (
    <TokenContext.Provider value={token}>
      <Shell key={token} />
    </TokenContext.Provider>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<App />);
