/** What kind of file somebody chose. Pure. */

export type Kind = "xlsx" | "csv" | "json";

/** As the node's own limit. */
export const LARGEST_BYTES = 8 * 1024 * 1024;

export const TYPES: Record<Kind, string> = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  csv: "text/csv",
  json: "application/json",
};

/** By its name: browsers tell different types for the same file. */
export function kindOf(name: string): Kind | null {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  return ending === "xlsx" || ending === "csv" || ending === "json" ? ending : null;
}

/** A menu in JSON; null where it is none. Whether it is right is for the node to say. */
export function menuIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
