/**
 * The names clients use for what is on the wire. Everything but the feeds' frames comes from `src/api.ts`, which is
 * generated from the server's OpenAPI document and never edited.
 *
 * Money: integer minor units (CNY fen, USD cents). Ids: 32 lower-case hexadecimal characters, made by the client before the
 * first send and kept. Times: UTC milliseconds.
 */
import type { components } from "./src/api.js";

type Schemas = components["schemas"];

export type Id = string;
export type Minor = number;
export type Ms = number;
export type Seq = number;

export type Text = Schemas["Text"];
export type Problem = Schemas["Problem"];
export type Difference = Schemas["Difference"];
export type Quote = Schemas["Quote"];
export type LineProblem = Schemas["LineProblem"];

export type StoreView = Schemas["StoreView"];
export type Menu = Schemas["MenuView"];
export type Category = Schemas["Category"];
export type Dish = Schemas["Dish"];
export type Variant = Schemas["Variant"];
export type OptionGroup = Schemas["OptionGroup"];
export type Option = Schemas["Choice"];
export type SetGroup = Schemas["SetGroup"];
export type SetChoice = Schemas["SetChoice"];
export type Allergen = Schemas["Allergen"];
export type Charge = Schemas["Charge"];
export type Station = Schemas["Station"];

export type Selection = Schemas["Selection"];
export type LineSelection = Selection & { line: Id };
export type JoinRequest = Schemas["JoinRequest"];
export type JoinAnswer = Schemas["JoinAnswer"];
export type PlaceOrderRequest = Omit<Schemas["PlaceOrderRequest"], "lines"> & { lines: (LineSelection & { unit_price: Minor; amount: Minor })[] };
export type AskPaymentRequest = Schemas["PayRequest"];
export type SplitRequest = Schemas["SplitRequest"];
export type CodePaymentRequest = Schemas["CodePaymentRequest"];
export type CashRequest = Schemas["CashRequest"];
export type CashAnswer = Schemas["CashAnswer"];
export type TenderRequest = Schemas["TenderRequest"];
export type RefundRequest = Schemas["RefundRequest"];
export type PaymentRefundRequest = Schemas["PaymentRefundRequest"];
export type SettleRequest = Schemas["SettleRequest"];
export type PlayedRequest = Schemas["PlayedRequest"];

export type Mode = Schemas["Mode"];
export type Way = Schemas["Way"];
export type LineState = Schemas["LineState"];
export type ChosenOption = Schemas["ChosenOption"];
export type SessionView = Schemas["Party"];
export type CartLine = Schemas["CartLineView"];
export type OrderView = Schemas["OrderView"];
export type OrderLineView = Schemas["OrderLineView"];
export type CheckView = Schemas["CheckView"];
export type TenderView = Schemas["TenderView"];
export type ShareView = Schemas["ShareView"];
export type RefundView = Schemas["RefundView"];
export type PaymentView = Schemas["PaymentView"];
export type PaymentState = Schemas["PaymentState"];
export type WaysView = Schemas["WaysView"];
export type WayView = Schemas["WayView"];
export type WayKind = Schemas["WayKind"];
export type AccountView = Schemas["AccountView"];
export type PayCodeAnswer = Schemas["PayCodeAnswer"];
export type CallView = Schemas["Call"];

export type Role = Schemas["Role"];
export type StaffCard = Schemas["StaffCard"];
export type PairAnswer = Schemas["PairAnswer"];
export type SignInAnswer = Schemas["SignInAnswer"];
export type KitchenView = Schemas["KitchenView"];
export type Ticket = Schemas["Ticket"];
export type TicketItem = Schemas["TicketItem"];
export type PickupView = Schemas["PickupView"];
export type FloorView = Schemas["FloorView"];
export type FloorTable = Schemas["FloorTable"];
export type FloorMoney = Schemas["FloorMoney"];
export type Announcement = Schemas["Announcement"];

export type Inbox = Schemas["Inbox"];
export type CaseView = Schemas["CaseView"];
export type CaseKind = Schemas["CaseKind"];
export type Remedy = Schemas["Remedy"];
export type TimelineStep = Schemas["Step"];
export type PaymentRow = Schemas["PaymentRow"];
export type BillCompared = Schemas["BillCompared"];
export type ChannelView = Schemas["ChannelView"];

/** Tickets that are new or changed, whole, and the ids of those that went. */
export interface KitchenChange { stations?: KitchenView["stations"]; tickets?: Ticket[]; removed?: string[] }
/** The parts of the floor that changed, each whole; of the tables only those that changed. */
export type FloorChange = Partial<Pick<FloorView, "day" | "areas" | "stock" | "tables" | "money">>;
/** The parts of a party that changed, each whole. */
export type SessionChange = Partial<Omit<SessionView, "seq">>;

/**
 * A message of a feed. Over SSE read with `fetch` and the Authorization header, `Last-Event-ID` (or `?after=`) resumes;
 * over a WebSocket (`…/feed/ws`) the first message is `{"token","after"}`. A heartbeat comes every 2 s. The position is the
 * frame's `seq`; a `seq` within a view comes only with a plain GET.
 */
export type Frame<View, Change> =
  | { type: "snapshot"; seq: Seq; at: Ms; view: View }
  | { type: "change"; seq: Seq; at: Ms; change: Change }
  | { type: "heartbeat"; seq: Seq; at: Ms };
