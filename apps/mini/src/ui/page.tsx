/** The frame of every page: table, party, language, waiter; what is wrong with the network; what was just said. */
import Taro, { useDidShow } from "@tarojs/taro";
import { Text, View } from "@tarojs/components";
import { useEffect, useState, type PropsWithChildren, type ReactNode } from "react";
import type { Problem } from "@dandan/client";
import { say as pick } from "@/rules/describe";
import { isStale } from "@/rules/feed";
import { unsentCount } from "@/rules/outbox";
import { placeName } from "@/rules/place";
import { set, useApp, type AppState } from "@/state/store";
import { leave, resume, setLang } from "@/state/table";
import { words, type Words } from "@/words";
import { Btn, Empty, Icon, Sheet, Skeleton, Tap } from "./basics";
import { CallPanel } from "./callPanel";
import { go } from "./go";

export const useWords = () => words[useApp().lang];

/** The time, a little after each step; for countdowns and "n seconds". */
export function useNow(stepMs: number, on = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs, on]);
  return now;
}

interface PageProps {
  /** shown under the table's name */
  title?: string;
  footer?: ReactNode;
  back?: boolean;
}

/** Pages of a table: without one they lead to the entrance, with a closed one they say so. */
export function Page({ title, footer, back, children }: PropsWithChildren<PageProps>) {
  const app = useApp();
  const [calling, setCalling] = useState(false);
  const t = words[app.lang];
  const { view, member, ended } = app;

  useDidShow(() => {
    if (!member) return go("enter");
    if (!view) void resume().then((r) => r?.kind === "refused" && set({ ended: r.problem.code === "session_closed" ? "closed" : "signed_out" }));
  });
  useEffect(() => {
    if (view && process.env.TARO_ENV !== "h5") void Taro.setNavigationBarTitle({ title: `${t.tableIs(placeName(view))} · ${t.covers(view.covers)}` });
  }, [view && placeName(view), view?.covers, t]);

  return (
    <View className="dd page">
      <View className="top">
        {back && (
          <Tap id="back" className="top__back" label={t.back} onTap={() => go("back")}>
            <View className="top__chevron"><Icon name="chevron" /></View>
          </Tap>
        )}
        <View className="top__who">
          <View className="top__table" id="table-name">{view ? t.tableIs(placeName(view)) : t.table}</View>
          <View className="top__sub">{[view && t.covers(view.covers), title ?? (app.store && pick(app.store.name, app.lang))].filter(Boolean).join(" · ")}</View>
        </View>
        {view && view.state === "open" && (
          <Tap id="call" className="chip" onTap={() => setCalling(true)}>
            <Icon name="bell" size="s" />
            <Text>{t.call}</Text>
            {view.calls.some((c) => c.answered_at === null) && <View className="chip__dot" />}
          </Tap>
        )}
        <Tap id="lang" className="chip chip--lang" label={t.otherFull} onTap={() => setLang(app.lang === "zh" ? "en" : "zh")}><Text>{t.other}</Text></Tap>
      </View>
      <Banners app={app} />
      {ended ? (
        <Ended app={app} />
      ) : (
        <>
          <View className="body">{view ? children : <Skeleton rows={5} />}</View>
          {view && footer ? <View className="foot">{footer}</View> : null}
        </>
      )}
      {calling && view && (
        <Sheet id="call-sheet" title={t.callTitle} close={t.close} onClose={() => setCalling(false)}>
          <CallPanel view={view} />
        </Sheet>
      )}
      <NoticeBar app={app} />
    </View>
  );
}

function Banners({ app }: { app: AppState }) {
  const now = useNow(1_000);
  const t = words[app.lang];
  if (!app.view || app.ended) return null;
  const unsent = unsentCount(app.outbox, app.view.id);
  const stale = isStale(app.lastFrameAt, now);
  const retrying = app.outbox.some((p) => p.tries > 1);
  if (app.cutOff) return <CutOff problem={app.cutOff} t={t} />;
  if (!app.online || retrying) return <View id="banner" className="banner banner--bad"><Icon name="wifi" size="s" /><Text>{unsent > 0 ? t.unsentCount(unsent) : t.offline}</Text></View>;
  if (stale) return <View id="banner" className="banner"><Icon name="wifi" size="s" /><Text>{t.stale}</Text></View>;
  return null;
}

/** The phone has a network and the shop has none: its own Wi-Fi is the way. */
function CutOff({ problem, t }: { problem: Problem; t: Words }) {
  const { wifi, lan_url: lan } = problem;
  return (
    <View id="cut-off" className="banner banner--bad">
      <Icon name="wifi" size="s" />
      <Text className="banner__words">{wifi ? t.cutOffWifi(wifi) : t.cutOff}</Text>
      {lan && process.env.TARO_ENV === "h5" && <Tap id="to-lan" className="banner__go" onTap={() => { window.location.href = lan + window.location.pathname.replace(/^\/s\/[0-9a-f]{32}/, "") + window.location.search; }}><Text>{t.toLan}</Text></Tap>}
    </View>
  );
}

function Ended({ app }: { app: AppState }) {
  const t = words[app.lang];
  const { title, sub } = { closed: { title: t.closed, sub: t.closedSub }, merged: { title: t.merged, sub: t.mergedSub }, signed_out: { title: t.signedOut, sub: t.signedOutSub } }[app.ended ?? "closed"];
  return (
    <View className="body body--middle" id="ended">
      <Empty icon={app.ended === "closed" ? "leaf" : "scan"} title={title} sub={sub}>
        <Btn id="rescan" icon="scan" onTap={() => { leave(); go("enter"); }}>{t.scan}</Btn>
      </Empty>
    </View>
  );
}

/** Words that go away by themselves, in the language of the moment. */
export function NoticeBar({ app }: { app: AppState }) {
  const n = app.notice?.n;
  useEffect(() => {
    if (n === undefined) return;
    const timer = setTimeout(() => set({ notice: null }), 3_500);
    return () => clearTimeout(timer);
  }, [n]);
  if (!app.notice) return null;
  return <View id="notice" className={`notice${app.notice.bad ? " notice--bad" : ""}`}>{pick(app.notice.text, app.lang)}</View>;
}
