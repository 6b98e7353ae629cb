/** Head office's menu in this store: what is on sale, what is planned and when, and the store's own prices and hours of each dish. */
import type { HeadOfficeView, OwnDishView, ReleaseView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { useSend } from "../net/hooks";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { dayTime } from "./DevicesPart";
import type { ManageContext } from "./ManagePage";
import "./own.css";
import { current, draftOf, find, hoursText, isChanged, isSame, priceText, requestOf, type Draft } from "./own";
import { Read } from "./Read";

export function HeadOfficePart({ context }: { context: ManageContext }): ReactNode {
  const asked = useAsked<HeadOfficeView>("/head-office");
  return <Read asked={asked}>{(view) => <Office view={view} context={context} reload={asked.reload} />}</Read>;
}

function Office({ view, context, reload }: { view: HeadOfficeView; context: ManageContext; reload: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState(false);
  const h = w.headOffice;
  if (view.brand === null) return <p className="fempty">{h.none}</p>;
  const now = current(view.releases);
  const shown = view.releases.filter((r) => r.state !== "past");
  const dishes = find(view.dishes, search, only);
  return (
    <>
      <p className="muted">{h.from(view.brand, view.number)}</p>
      {shown.length === 0 && <p className="fempty">{h.noMenus}</p>}
      <ul className="mlist ownlist">
        {shown.map((r) => (
          <Release key={r.id} release={r} context={context} />
        ))}
      </ul>
      {view.not_taken.length > 0 && (
        <p className="warnline" role="alert">
          {h.notTaken}
          {view.not_taken.map((f) => ` ${f.dish ?? ""} (${f.rule})`).join("、")}
        </p>
      )}
      {now === null && shown.length > 0 && <p className="muted">{h.ownUntilThen}</p>}
      {now !== null && (
        <>
          <h2>{h.ownTitle}</h2>
          <p className="muted">{h.hint(now.may_price, now.may_hours)}</p>
          <div className="owntop">
            <input type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={h.search} aria-label={h.search} />
            <button type="button" className="ghost" aria-pressed={only} onClick={() => setOnly(!only)}>
              {h.onlyChanged(view.dishes.filter(isChanged).length)}
            </button>
          </div>
          {dishes.length === 0 && <p className="fempty">{w.floor.noDish}</p>}
          <ul className="mlist ownlist">
            {dishes.map((d) => (
              <Dish key={d.dish} dish={d} release={now} context={context} reload={reload} />
            ))}
          </ul>
        </>
      )}
      {view.absent.length > 0 && <p className="muted">{h.absent(view.absent.join(lang === "zh" ? "、" : ", "))}</p>}
    </>
  );
}

function Release({ release, context }: { release: ReleaseView; context: ManageContext }): ReactNode {
  const w = useWords();
  const h = w.headOffice;
  return (
    <li className={`mcard ownrelease ownrelease-${release.state}`}>
      <span className={release.state === "planned" ? "chip chip-warn" : "chip own-on"}>{h.states[release.state]}</span>
      <b className="tnum">{h.version(release.version)}</b>
      <span className="tnum">{h.since(dayTime(release.from, context.utcOffsetMin))}</span>
      <span className="muted">{h.may(release.may_price, release.may_hours)}</span>
    </li>
  );
}

interface DishProps { dish: OwnDishView; release: ReleaseView; context: ManageContext; reload: () => void }

/** What is typed stays typed while the page reads anew; once it is sent, what the server says counts. */
function Dish({ dish, release, context, reload }: DishProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const send = useSend();
  const [typed, setTyped] = useState<Draft | null>(null);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const h = w.headOffice;
  const draft = typed ?? draftOf(dish);
  const asked = requestOf(dish, draft);
  const trouble = "trouble" in asked ? asked.trouble : null;
  const name = say(dish.name, lang);
  const go = (body: object): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`override:${dish.dish}`, `/head-office/overrides/${encodeURIComponent(dish.dish)}`, body, undefined, `${h.ownTitle} ${name}`).then((o) => {
      lock.current = false;
      setBusy(false);
      if (!o.ok) return;
      setTyped(null);
      notify(w.manage.done, 3000, true);
      reload();
    });
  };
  const stopped = (isOwnPrice(dish) && !release.may_price) || (dish.own_hours !== null && !release.may_hours);
  return (
    <li className={isChanged(dish) ? "mcard owndish owndish-own" : "mcard owndish"} data-dish={dish.dish}>
      <div className="ownhead">
        <span className="muted tnum">{dish.code}</span>
        <b>{name}</b>
        {isChanged(dish) && <span className={stopped ? "chip chip-warn" : "chip own-on"}>{stopped ? h.notNow : h.own}</span>}
      </div>
      <div className="ownfields">
        {dish.sizes.map((s) => (
          <label key={s.variant} className="ownprice">
            <span>
              {dish.sizes.length > 1 && <b>{say(s.name, lang)} </b>}
              <span className="muted tnum">{h.theirs(money(s.price, context.currency))}</span>
            </span>
            <input
              inputMode="decimal"
              value={draft.prices[s.variant] ?? ""}
              placeholder={priceText(s.price)}
              disabled={busy || !release.may_price}
              aria-label={h.priceOf(name, dish.sizes.length > 1 ? say(s.name, lang) : "")}
              onChange={(e) => setTyped({ ...draft, prices: { ...draft.prices, [s.variant]: e.target.value } })}
            />
          </label>
        ))}
        <Hours dish={dish} draft={draft} disabled={busy || !release.may_hours} onChange={(hours) => setTyped({ ...draft, hours })} />
      </div>
      {trouble !== null && (
        <p className="warnline" role="alert">
          {h.trouble[trouble]}
        </p>
      )}
      {(isChanged(dish) || !isSame(dish, draft)) && (
        <div className="mbuttons">
          {!isSame(dish, draft) && (
            <button type="button" className="primary" disabled={busy || trouble !== null} onClick={() => "body" in asked && go(asked.body)}>
              {busy ? w.sending : h.save}
            </button>
          )}
          {!isSame(dish, draft) && (
            <button type="button" className="ghost" disabled={busy} onClick={() => setTyped(null)}>
              {w.cancel}
            </button>
          )}
          {isChanged(dish) && (
            <button type="button" className="ghost ownback" disabled={busy} onClick={() => go({ prices: {}, hours: null })}>
              {h.back}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

const isOwnPrice = (dish: OwnDishView): boolean => dish.sizes.some((s) => s.own !== null);

function Hours({ dish, draft, disabled, onChange }: { dish: OwnDishView; draft: Draft; disabled: boolean; onChange: (hours: Draft["hours"]) => void }): ReactNode {
  const h = useWords().headOffice;
  const theirs = dish.hours === null ? h.always : hoursText(dish.hours);
  const { hours } = draft;
  return (
    <div className="ownhours" role="group" aria-label={h.hours}>
      <span className="muted tnum">{h.theirHours(theirs)}</span>
      {hours === null ? (
        <button type="button" className="ghost" disabled={disabled} onClick={() => onChange({ from: "11:00", to: "14:00" })}>
          {h.ownHours}
        </button>
      ) : (
        <span className="owntimes">
          <input type="time" value={hours.from} disabled={disabled} aria-label={h.fromTime} onChange={(e) => onChange({ ...hours, from: e.target.value })} />
          <span aria-hidden>–</span>
          <input type="time" value={hours.to} disabled={disabled} aria-label={h.toTime} onChange={(e) => onChange({ ...hours, to: e.target.value })} />
          <button type="button" className="ghost" disabled={disabled} onClick={() => onChange(null)} aria-label={h.noHours}>
            ✕
          </button>
        </span>
      )}
    </div>
  );
}
