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
export type ReceiptRequest = Schemas["ReceiptRequest"];
export type ReceiptAnswer = Schemas["ReceiptAnswer"];
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
export type FloorHouse = Schemas["FloorHouse"];
export type FloorParty = Schemas["FloorParty"];
export type FloorStock = Schemas["FloorStock"];
export type TableState = Schemas["TableState"];
export type Approval = Schemas["Approval"];
export type Guarded = Schemas["Guarded"];
export type Discount = Schemas["Discount"];
export type Fees = Schemas["Fees"];
export type NodWhy = Schemas["NodWhy"];
export type NodOrder = Schemas["NodOrder"];
export type UnseenDish = Schemas["UnseenDish"];
export type Reservation = Schemas["Reservation"];
export type MergedView = Schemas["MergedView"];
export type LineItemView = Schemas["LineItemView"];
export type StockView = Schemas["StockView"];
export type QuoteLine = Schemas["QuoteLine"];
export type PotRole = Schemas["PotRole"];
export type Entry = Schemas["Entry"];
export type Escalation = Schemas["Escalation"];
export type ExpoCourse = Schemas["ExpoCourse"];
export type ExpoItem = Schemas["ExpoItem"];
export type ExpoLine = Schemas["ExpoLine"];
export type ExpoTable = Schemas["ExpoTable"];
export type ExpoView = Schemas["ExpoView"];
export type FloorStation = Schemas["FloorStation"];
export type HoldWhy = Schemas["HoldWhy"];
export type PrinterCondition = Schemas["PrinterCondition"];
export type CloudView = Schemas["CloudView"];
export type PrinterView = Schemas["PrinterView"];
export type RankWhy = Schemas["RankWhy"];
export type RemakeCause = Schemas["RemakeCause"];
export type Said = Schemas["Said"];

export type Inbox = Schemas["Inbox"];
export type CaseView = Schemas["CaseView"];
export type CaseKind = Schemas["CaseKind"];
export type Remedy = Schemas["Remedy"];
export type TimelineStep = Schemas["Step"];
export type PaymentRow = Schemas["PaymentRow"];
export type BillCompared = Schemas["BillCompared"];
export type ChannelView = Schemas["ChannelView"];

export type CashMove = Schemas["CashMove"];
export type WaySum = Schemas["WaySum"];
export type ShiftFigures = Schemas["ShiftFigures"];
export type ShiftClosedView = Schemas["ShiftClosedView"];
export type ShiftView = Schemas["ShiftView"];
export type ScanCode = Schemas["ScanCode"];
export type DaySummary = Schemas["DaySummary"];
export type Unmatched = Schemas["Unmatched"];
export type DayView = Schemas["DayView"];
export type PrintState = Schemas["PrintState"];
export type Slip = Schemas["Slip"];
export type PrintJobView = Schemas["PrintJobView"];
export type HeadOfficeView = Schemas["HeadOfficeView"];
export type ReleaseView = Schemas["ReleaseView"];
export type OwnDishView = Schemas["OwnDishView"];
export type OverrideRequest = Schemas["OverrideRequest"];
export type HoursOfDay = Schemas["Hours"];
export type PersonView = Schemas["PersonView"];
export type DeviceView = Schemas["DeviceView"];
export type RolesView = Schemas["RolesView"];
export type PairingCodeAnswer = Schemas["PairingCodeAnswer"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditPage = Schemas["AuditPage"];
export type TimelineEntry = Schemas["TimelineEntry"];

/** Tickets that are new or changed, whole, and the ids of those that went. */
export interface KitchenChange { stations?: KitchenView["stations"]; tickets?: Ticket[]; removed?: string[] }
/** The parts of the floor that changed, each whole; of the tables only those that changed. */
export type FloorChange = Partial<Omit<FloorView, "seq">>;
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
