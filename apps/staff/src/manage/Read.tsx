/** Until the first answer: that it is being read, or that it could not be. */
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import type { Asked } from "../money/useAsked";

export function Read<T>({ asked, children }: { asked: Asked<T>; children: (value: T) => ReactNode }): ReactNode {
  const w = useWords();
  return (
    <>
      {asked.failed && <p className="warnline">{w.manage.failed}</p>}
      {asked.value === null ? !asked.failed && <p className="fempty">{w.loading}</p> : children(asked.value)}
    </>
  );
}
