/** Starts the app: reads the address, picks the page for this device and person. */
import { Suspense, lazy, useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { useSettings } from "./device/settings";
import { startWorker } from "./device/worker";
import { words } from "./i18n";
import { Api, firstPage } from "./net/api";
import { deviceOutbox } from "./net/device-outbox";
import { ApiContext } from "./net/hooks";
import { parseRoute } from "./route";
import "./ui/base.css";
import { BuildBar, DeviceFoot } from "./ui/Device";
import { Notices } from "./ui/parts";
import { UnsentBar } from "./ui/Unsent";

const PairPage = lazy(() => import("./sign-in/PairPage"));
const SignInPage = lazy(() => import("./sign-in/SignInPage"));
const KitchenPage = lazy(() => import("./kitchen/KitchenPage"));
const ExpoPage = lazy(() => import("./expo/ExpoPage"));
const PickupPage = lazy(() => import("./pickup/PickupPage"));
const FloorPage = lazy(() => import("./floor/FloorPage"));
const CodePage = lazy(() => import("./code/CodePage"));
const ManagePage = lazy(() => import("./manage/ManagePage"));

const onHash = (listener: () => void): (() => void) => {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
};

function App(): ReactNode {
  const hash = useSyncExternalStore(onHash, () => location.hash);
  const { store, device, staff, lang, home } = useSettings();
  const token = staff?.token ?? device?.token ?? null;
  const api = useMemo(() => (store === null || token === null ? null : new Api(store, token)), [store, token]);
  // What rested for this person since their sign-in ended goes on.
  useEffect(() => {
    if (store !== null && staff !== null) void deviceOutbox().signedIn(store, staff.card.id, staff.token);
  }, [store, staff]);
  document.documentElement.lang = words[lang].code;
  const route = parseRoute(hash);
  if (route.page === "pair" || api === null) return framed(<PairPage key={hash} query={route.query} />, true, true);
  // A screen at a table has no person: its device alone asks.
  if (route.page === "code") return framed(<ApiContext.Provider value={api}><CodePage table={route.query.get("table") ?? ""} /></ApiContext.Provider>, false, true);
  const page = staff === null ? "sign-in" : (route.page ?? home ?? firstPage[staff.card.role]);
  return framed(<ApiContext.Provider value={api}>{pageOf(page, route.query)}</ApiContext.Provider>, page === "sign-in", page !== "kitchen" && page !== "expo");
}

/** Every page below what is not sent yet; the device's own sheet where nobody is working. `light`: its sheets are as bright as the page. */
function framed(page: ReactNode, foot: boolean, light: boolean): ReactNode {
  return (
    <div className={light ? "app light" : "app"}>
      <UnsentBar />
      <BuildBar />
      <div className="frame">
        <Suspense fallback={<div className="page" />}>{page}</Suspense>
      </div>
      {foot && <DeviceFoot />}
    </div>
  );
}

function pageOf(page: "sign-in" | "kitchen" | "expo" | "pickup" | "floor" | "manage", query: URLSearchParams): ReactNode {
  switch (page) {
    case "sign-in":
      return <SignInPage />;
    case "kitchen":
      return <KitchenPage />;
    case "expo":
      return <ExpoPage />;
    case "pickup":
      return <PickupPage />;
    case "floor":
      return <FloorPage />;
    case "manage":
      return <ManagePage key={query.toString()} part={query.get("part")} />;
  }
}

startWorker();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <>
    <App />
    <Notices />
  </>,
);
