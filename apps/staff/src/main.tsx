/** Starts the app: reads the address, picks the page for this device and person. */
import { Suspense, lazy, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { useSettings } from "./device/settings";
import { words } from "./i18n";
import { Api, firstPage } from "./net/api";
import { ApiContext } from "./net/hooks";
import { parseRoute } from "./route";
import "./ui/base.css";
import { Notices } from "./ui/parts";

const PairPage = lazy(() => import("./sign-in/PairPage"));
const SignInPage = lazy(() => import("./sign-in/SignInPage"));
const KitchenPage = lazy(() => import("./kitchen/KitchenPage"));
const PickupPage = lazy(() => import("./pickup/PickupPage"));
const FloorPage = lazy(() => import("./floor/FloorPage"));

const onHash = (listener: () => void): (() => void) => {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
};

function App(): ReactNode {
  const hash = useSyncExternalStore(onHash, () => location.hash);
  const { store, device, staff, lang, home } = useSettings();
  const token = staff?.token ?? device?.token ?? null;
  const api = useMemo(() => (store === null || token === null ? null : new Api(store, token)), [store, token]);
  document.documentElement.lang = words[lang].code;
  const route = parseRoute(hash);
  if (route.page === "pair" || api === null) return <PairPage key={hash} query={route.query} />;
  const page = staff === null ? "sign-in" : (route.page ?? home ?? firstPage[staff.card.role]);
  return <ApiContext.Provider value={api}>{pageOf(page)}</ApiContext.Provider>;
}

function pageOf(page: "sign-in" | "kitchen" | "pickup" | "floor"): ReactNode {
  switch (page) {
    case "sign-in":
      return <SignInPage />;
    case "kitchen":
      return <KitchenPage />;
    case "pickup":
      return <PickupPage />;
    case "floor":
      return <FloorPage />;
  }
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <>
    <Suspense fallback={<div className="page" />}>
      <App />
    </Suspense>
    <Notices />
  </>,
);
