/** The money part of the wire, until the generated client has it. */
import type { CheckView as OldCheck, FloorTable, FloorView, Id, Minor, Ms, PaymentView as OldPayment, SessionView as OldSession } from "@dandan/client";

export type Way =
  | "wechat_jsapi" | "wechat_native" | "wechat_h5" | "wechat_code" | "alipay_app" | "alipay_qr" | "alipay_wap" | "alipay_code"
  | "cash" | "card" | "house_account" | "member_balance";

export interface WayView { way: Way; state: "up" | "resting"; kind: "in_app" | "code" | "browser" | "scan_wallet" | "by_hand" }
export interface AccountView { id: string; name: string; limit: Minor; owed: Minor }
export interface WaysView { ways: WayView[]; tips_bp: number[]; cash_rounding_fen: number; accounts: AccountView[]; checked_at: Ms }

export interface TenderView {
  tender: Id; way: Way; amount: Minor; at: Ms; tip: Minor; rounded_off: Minor; order: Id | null; share: Id | null; reference: string | null; refundable: Minor;
}
export interface ShareView { share: Id; name: string; amount: Minor; unpaid: Minor; lines: Id[] }
export interface RefundView {
  refund: Id; tender: Id; way: Way; amount: Minor; lines: Id[]; why: "staff" | "too_much" | "taken_back" | "no_check" | "mismatch"; reason: string;
  state: "returning" | "returned" | "failed"; asked_at: Ms; paid_at: Ms | null;
}
export type CheckView = Omit<OldCheck, "tenders"> & { due: Minor; service_charge: Minor; allowance: Minor; tenders: TenderView[]; shares: ShareView[]; refunds: RefundView[] };
export type PaymentView = Omit<OldPayment, "way"> & { way: Way; tip: Minor; share: Id | null; ends_at: Ms | null; trade_no: string | null; browser_url: string | null };
export type SessionView = Omit<OldSession, "check" | "payments"> & { check: CheckView; payments: PaymentView[] };

export type CaseKind =
  | "unknown_too_long" | "paid_after_close" | "doubled" | "mismatch" | "no_check" | "refund_failed" | "taken_back" | "notice_forged" | "nobody_asked"
  | "bill_missed" | "bill_extra" | "bill_short" | "bill_amount" | "bill_state" | "bill_duplicate" | "bill_flow";
export type Remedy = "ask_channel" | "give_up" | "send_back" | "retry_refund" | "resolve";
export interface Step { at: Ms; what: string; detail: string | null }
export interface CaseView {
  case: Id; kind: CaseKind; attempt: Id | null; refund: Id | null; ask: Id | null; session: Id | null; table: string | null; way: Way | null; amount: Minor | null;
  detail: string; opened_at: Ms; due_at: Ms; overdue: boolean; owner: string | null; resolved_at: Ms | null; resolved_by: string | null; how: string | null;
  remedies: Remedy[]; timeline: Step[];
}
export interface PaymentRow {
  attempt: Id; ask: Id; session: Id; table: string | null; way: Way; amount: Minor; state: "checking" | "paid" | "closed" | "failed" | "reversed";
  channel_txn: string | null; started_at: Ms; refunded: Minor; refundable: Minor; timeline: Step[];
}
export interface Announcement { number: number; way: Way; amount: Minor; tip: Minor; session: Id; table_name: string; at: Ms; played_at: Ms | null }
export interface BillCompared {
  channel: "wechat" | "alipay"; day: string; rows: number; matched: number; differences: number; cross_day: number; paid: Minor; refunded: Minor; fee_e5: number; at: Ms;
}
export interface Inbox { cases: CaseView[]; unsaid: Announcement[]; bills: BillCompared[] }
export interface LineView { state: "up" | "resting"; since: Ms | null; until: Ms | null }
export interface ChannelView { channel: "wechat" | "alipay"; pay: LineView; query: LineView; reverse: LineView; refund: LineView; bill: LineView }
export interface FloorMoney { open_cases: number; overdue_cases: number; announcements: Announcement[]; ways: WayView[]; last_announcement: number }
export type FloorBoard = FloorView & { money?: FloorMoney };
export type Party = FloorTable["sessions"][number] & { due: Minor };
