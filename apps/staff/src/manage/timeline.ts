/** Which steps of a party machines report by themselves. Pure. */

const MACHINE: ReadonlySet<string> = new Set([
  "ItemsPainted", "CartLinePut", "CartLineRemoved", "PrintQueued", "PrintSent", "PrintConfirmed", "AnnouncementsPlayed", "VoidAcknowledged", "RushAnswered", "OrderReleased", "PaymentAsked", "ItemStepped",
]);

/** Left out until somebody asks: a person who settles a quarrel wants what people did, and what went wrong. */
export const isMachine = (kind: string): boolean => MACHINE.has(kind);
