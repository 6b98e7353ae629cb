/** Head office's menus, newest first, and a new one from a file. */
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import type { MenuVersion } from "../net/contract";
import { useRead } from "../net/hooks";
import { useOffice } from "../office";
import { toMenu } from "../route";
import { Shown } from "../ui/parts";
import { OWN_OFFSET_MIN, label } from "../ui/when";
import { UploadSheet } from "./UploadSheet";

export function MenusPage(): ReactNode {
  const w = useWords();
  const { me, now } = useOffice();
  const read = useRead<MenuVersion[]>("/menus");
  const [uploading, setUploading] = useState(false);
  return (
    <section className="unit onepage">
      <header className="unithead">
        <div className="unittitle">
          <h1>{w.menus.title}</h1>
          {me.kind === "brand" && (
            <button type="button" className="primary" onClick={() => setUploading(true)}>
              {w.menus.upload}
            </button>
          )}
        </div>
        <p className="muted">
          {w.menus.publishHint} {me.kind !== "brand" && w.menus.brandOnly}
        </p>
      </header>
      <div className="unitbody">
        <Shown read={read}>
          {(menus) =>
            menus.length === 0 ? (
              <p className="empty">{w.menus.none}</p>
            ) : (
              <ul className="list">
                {[...menus]
                  .sort((a, b) => b.version - a.version)
                  .map((m) => (
                    <li key={m.version}>
                      <a className="row" href={toMenu(m.version)}>
                        <b>{w.releases.version(m.version)}</b>
                        <span className="grow">{m.note}</span>
                        <span className="muted">{w.menus.dishes(m.dishes)}</span>
                        <span className="muted">{m.by}</span>
                        <time className="muted tnum">{label(m.at_ms, now, OWN_OFFSET_MIN)}</time>
                      </a>
                    </li>
                  ))}
              </ul>
            )
          }
        </Shown>
      </div>
      {uploading && (
        <UploadSheet
          onClose={() => {
            setUploading(false);
            read.reload();
          }}
        />
      )}
    </section>
  );
}
