/** Whose clock times are read by, and which. Pure. */
import type { Words } from "../i18n";
import type { Clock } from "../office";
import { zoneName } from "../ui/when";

export const clockWords = (w: Words, { offsetMin, isStores }: Clock): string => (isStores ? w.storeTime : w.ownTime)(zoneName(offsetMin));
