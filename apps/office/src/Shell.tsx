/** The page once somebody is signed in: the tree beside the unit that is looked at, or the menus. */
import { useContext, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { useWords } from "./i18n";
import { MenuPage } from "./menus/MenuPage";
import { MenusPage } from "./menus/MenusPage";
import type { Me, Unit } from "./net/contract";
import { TokenContext, useRead } from "./net/hooks";
import { OfficeContext, type Office } from "./office";
import { parseRoute } from "./route";
import { leave } from "./session";
import { dismiss, useNotice } from "./ui/notice";
import { LangSwitch, Shown, useNow } from "./ui/parts";
import { treeOf } from "./units/tree";
import { TreePane } from "./units/TreePane";
import { UnitPage } from "./units/UnitPage";

const UNITS_EVERY_MS = 5_000;

const onHash = (listener: () => void): (() => void) => {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
};

export function Shell(): ReactNode {
  const token = useContext(TokenContext);
  const w = useWords();
  const me = useRead<Me>("/me", 60_000);
  const units = useRead<Unit[]>("/units", UNITS_EVERY_MS);
  const now = useNow();
  const route = parseRoute(useSyncExternalStore(onHash, () => location.hash));
  const inMenus = route.page === "menus" || route.page === "menu";
  const own = units.value?.find((u) => u.id === me.value?.unit);
  return (
    <main className="page light office">
      <header className="bar">
        <a href="#/" className="brand" aria-label={w.app}>
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={36} height={36} />
          <b>{own?.name ?? w.app}</b>
        </a>
        <nav>
          <a href="#/" aria-current={inMenus ? undefined : "page"}>
            {w.nav.units}
          </a>
          <a href="#/menus" aria-current={inMenus ? "page" : undefined}>
            {w.nav.menus}
          </a>
        </nav>
        <div className="who">
          <LangSwitch />
          <button type="button" className="ghost" onClick={() => leave(token, false)}>
            {me.value !== null && <span className="who-name">{me.value.name} · </span>}
            {w.signIn.out}
          </button>
        </div>
      </header>
      <Shown read={units}>
        {(list) => (
          <Shown read={{ ...me, trouble: me.value === null ? me.trouble : null }}>
            {(who) => <Known me={who} units={list} reload={units.reload} now={now} route={route} />}
          </Shown>
        )}
      </Shown>
      <Notice />
    </main>
  );
}

function Known({ me, units, reload, now, route }: { me: Me; units: Unit[]; reload: () => void; now: number; route: ReturnType<typeof parseRoute> }): ReactNode {
  const roots = useMemo(() => treeOf(units), [units]);
  const known: Office = { me, units, roots, reload, now };
  const [first] = roots;
  const shown = route.page === "unit" ? route.unit : (first?.unit.id ?? null);
  return (
    <OfficeContext.Provider value={known}>
      {route.page === "menus" ? (
        <MenusPage />
      ) : route.page === "menu" ? (
        <MenuPage key={route.version} version={route.version} />
      ) : (
        <div className={route.page === "unit" ? "split split-unit" : "split"}>
          <TreePane shown={shown} />
          {shown !== null && <UnitPage key={shown} id={shown} tab={route.page === "unit" ? route.tab : "overview"} />}
        </div>
      )}
    </OfficeContext.Provider>
  );
}

function Notice(): ReactNode {
  const text = useNotice();
  return (
    <div className="notices" role="status" aria-live="polite">
      {text !== null && (
        <button type="button" className="notice-good" onClick={dismiss}>
          {text}
        </button>
      )}
    </div>
  );
}
