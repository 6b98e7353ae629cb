import type { zhHeadOffice } from "./zh-head-office";

/** The words of head office's menu in a store, in English. */
export const enHeadOffice: typeof zhHeadOffice = {
  headOffice: {
    none: "This store has no head office; it publishes its own menu.",
    from: (brand, n) => `Head office: ${brand} · directive ${n}`,
    noMenus: "Head office has no menu for this store; its own menu is on sale.",
    ownUntilThen: "Until then the store's own menu is on sale.",
    states: { past: "over", on_sale: "on sale", due: "going on sale", planned: "planned" },
    version: (n) => `Version ${n}`,
    since: (t) => `from ${t}`,
    may: (price, hours) => `${price ? "own prices allowed" : "no own prices"} · ${hours ? "own hours allowed" : "no own hours"}`,
    ownTitle: "Our own prices and hours",
    hint: (price, hours) =>
      price || hours
        ? `What is left empty is head office's. A change counts at once and outlives the next menu.${price ? "" : " Head office allows no own prices now."}${hours ? "" : " Head office allows no own hours now."}`
        : "Head office allows no own prices and hours now; what was changed before doesn't count, and can be taken back.",
    search: "Find a dish by name or number",
    onlyChanged: (n) => `Changed only, ${n}`,
    own: "changed here",
    notNow: "not allowed now, sold as head office says",
    theirs: (m) => `Head office ${m}`,
    priceOf: (dish, size) => `${dish}${size === "" ? "" : ` ${size}`}, our price`,
    hours: "Hours on sale",
    always: "all day",
    theirHours: (t) => `Head office ${t}`,
    ownHours: "Other hours",
    noHours: "Head office's hours",
    fromTime: "From",
    toTime: "To",
    trouble: { price: "Write a price like 12 or 12.50", hours: "Hours need a beginning and an end that differ" },
    save: "Save",
    back: "Back to head office's",
    notTaken: "Our changes don't fit this menu; it is on sale as head office made it. Please mend:",
    absent: (list) => `Changed, and not on this menu: ${list}. They count again when head office brings them back.`,
    chip: "head office",
    person: "Head office decides about this person; ask it to change name, role or PIN.",
    device: "Head office's device; head office decides about it",
  },
};
