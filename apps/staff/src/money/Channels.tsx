/** Whether each channel answers, kind of call by kind of call. */
import type { ChannelView } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { clockTime } from "../ui/labels";

const OPS = ["pay", "query", "reverse", "refund", "bill"] as const;

export function Channels({ channels, utcOffsetMin }: { channels: readonly ChannelView[]; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  return (
    <div className="money-list">
      <p className="muted">{w.money.channelsHint}</p>
      {channels.map((c) => (
        <section key={c.channel} className="channel">
          <h3>{w.channels[c.channel]}</h3>
          <ul>
            {OPS.map((op) => {
              const line = c[op];
              return (
                <li key={op} className={`op op-${line.state}`}>
                  <b>{w.money.ops[op]}</b>
                  <span>{w.money.health[line.state]}</span>
                  {line.state === "resting" && (
                    <small className="tnum">
                      {line.since != null && w.money.since(clockTime(line.since, utcOffsetMin))} {line.until != null && `· ${w.money.until(clockTime(line.until, utcOffsetMin))}`}
                    </small>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}
