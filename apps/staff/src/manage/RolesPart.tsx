/** The table of rights, as the server has it, in words. */
import type { RolesView } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { roleName } from "./PeoplePart";
import { Read } from "./Read";

export function RolesPart(): ReactNode {
  const w = useWords();
  const asked = useAsked<RolesView>("/roles");
  const names: Record<string, string | undefined> = w.manage.roles.names;
  return (
    <Read asked={asked}>
      {({ rights, roles }) => (
        <>
          <p className="muted">{w.manage.roles.hint}</p>
          <div className="rolescroll">
            <table className="roletable">
              <thead>
                <tr>
                  <th scope="col">{w.manage.roles.right}</th>
                  {roles.map((r) => (
                    <th key={r.role} scope="col">
                      {roleName(w, r.role)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rights.map((right) => (
                  <tr key={right}>
                    <th scope="row">{names[right] ?? right}</th>
                    {roles.map((r) => (
                      <td key={r.role} className={r.rights.includes(right) ? "role-may" : "role-maynot"}>
                        <span role="img" aria-label={r.rights.includes(right) ? w.manage.roles.may : w.manage.roles.mayNot}>
                          {r.rights.includes(right) ? "✓" : "·"}
                        </span>
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Read>
  );
}
