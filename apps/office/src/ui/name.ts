/** What units, people and devices may be called; the node decides again. */
const LONGEST = 24;

export const isName = (name: string): boolean => name.trim() !== "" && [...name.trim()].length <= LONGEST;
