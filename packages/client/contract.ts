/**
 * The shapes on the wire between the server and its clients, agreed before either is built.
 * The generated client (from the OpenAPI document) replaces this file once the server serves it; names and shapes stay.
 *
 * Money: integer minor units (CNY fen, USD cents). Ids: 32 lower-case hex characters, made by the client with
 * crypto.getRandomValues BEFORE the first send and kept. Times: UTC milliseconds. Everything under
 * `/api/v1/stores/{store}` unless said otherwise. Every POST that changes something carries `Idempotency-Key: <id>`
 * (the command id; retry with the SAME id; same id + same body = first answer, other body = 422 `key_reused`).
 * Auth: `Authorization: Bearer <token>`. Errors: `application/problem+json`, see Problem.
 */
export type Id = string;
export type Minor = number;
export type Ms = number;
export type Seq = number;
export interface Text { zh: string; en: string }

// ---------- catalog ----------
export interface StoreView { id: Id; name: Text; currency: "CNY" | "USD"; demo: boolean;
  /** minutes east of UTC now, for showing times */ utc_offset_min: number; day_open: boolean; server_version: string }
export interface Station { id: string; name: Text }
export interface Category { id: string; name: Text }
/** GET /menu (ETag; `?version=` for a former one) */
export interface Menu { version: number; hash: string; currency: "CNY" | "USD"; stations: Station[]; categories: Category[]; dishes: Dish[] }
/** item: price each · weight: price per 500 g, selection carries weight_g · cover: per head, quantity ≤ covers */
export type Charge = "item" | "weight" | "cover";
export type Allergen = "peanut" | "nuts" | "gluten" | "egg" | "milk" | "soy" | "fish" | "shellfish" | "sesame" | "celery" | "mustard" | "alcohol";
export interface Dish {
  id: string; code: string /* short number, e.g. "108" */; category: string; station: string;
  name: Text; description: Text | null; image: string /* path below /images/, e.g. "noodles.svg" */;
  charge: Charge;
  variants: Variant[] /* at least one; a single unnamed one has id "std" */;
  groups: OptionGroup[]; set_groups: SetGroup[] /* non-empty = set meal */;
  allergens: Allergen[]; hours: { from_min: number; to_min: number } | null /* minutes of the store's day, lunch only = 660..840 */;
  daily_count: number | null /* 限量: portions each business day; null = not counted */; due_min: number; overdue_min: number;
  pinyin: string /* initials for search, e.g. "gbjd" */; popular: boolean;
}
export interface Variant { id: string; name: Text; price: Minor }
/** min ≥ 1 = required; max bounds the sum of option quantities in the group */
export interface OptionGroup { id: string; name: Text; kind: "method" | "extra" | "avoid" | "soup" | "other"; min: number; max: number; options: Option[] }
export interface Option { id: string; name: Text; price: Minor; max: number; /** option ids of the same dish that can't go with this one */ excludes: string[] }
export interface SetGroup { id: string; name: Text; min: number; max: number; choices: SetChoice[] }
export interface SetChoice { dish: string; variant: string; surcharge: Minor }

// ---------- what a diner asks for ----------
export interface Selection {
  dish: string; variant: string; quantity: number /* 1..99 */; weight_g: number | null /* 50..20000, weight dishes only */;
  options: { option: string; quantity: number }[];
  set: { group: string; dish: string; quantity: number }[];
  note: string | null /* ≤ 60 characters */;
}
export interface LineSelection extends Selection { line: Id /* made by the phone; the cart line's id stays the order line's id */ }
/** POST /sessions/join — the code is in the table's link; first scan opens the table where the store's policy says so */
export interface JoinRequest { code: string; guest: Id; name: string | null; covers: number | null; session: Id /* used if this scan opens the table */ }
export interface JoinAnswer { session: Id; token: string; view: SessionView }
/** POST /sessions/{session}/cart/lines  { line: LineSelection } → SessionView ; POST …/cart/lines/{line}/quantity { quantity } (0 removes) → SessionView */
/** POST /sessions/{session}/quote { lines: LineSelection[] } → Quote (changes nothing, no Idempotency-Key) */
export interface Quote { menu_version: number; lines: QuoteLine[]; total: Minor }
export interface QuoteLine { line: Id; unit_price: Minor; amount: Minor; problem: LineProblem | null }
export type LineProblem = "sold_out" | "not_enough_left" | "off_hours" | "not_on_menu" | "options_changed" | "already_ordered" | "price_changed";
/**
 * POST /sessions/{session}/orders, Idempotency-Key = order id → 201 OrderView.
 * `lines` are taken out of the shared cart when the order is accepted. 409 `order_differs` carries `differences` and `quote`.
 */
export interface PlaceOrderRequest { order: Id; menu_version: number; total: Minor; lines: (LineSelection & { unit_price: Minor; amount: Minor })[]; note: string | null }
export interface Difference { line: Id; name: Text; problem: LineProblem; was: Minor; now: Minor | null; left: number | null }

// ---------- a table session ----------
export type Mode = "pay_later" | "pay_first";
/** GET /sessions/{session}; feed: /sessions/{session}/feed */
export interface SessionView {
  id: Id; seq: Seq; table: { id: string; name: string; area: Text }; mode: Mode; covers: number; state: "open" | "closed"; opened_at: Ms;
  guests: { id: Id; name: string }[]; menu_version: number;
  /** only dishes that can't simply be ordered */ stock: { dish: string; sold_out: boolean; remaining: number | null; off_hours: boolean }[];
  cart: CartLine[]; orders: OrderView[]; check: CheckView; payments: PaymentView[]; calls: CallView[];
}
export interface CartLine extends LineSelection { guest: Id; guest_name: string; name: Text; unit_price: Minor; amount: Minor; problem: LineProblem | null; added_at: Ms }
export interface OrderView { id: Id; number: string /* pick-up number A023 in pay_first; "12-1" (table-round) in pay_later */; round: number;
  state: "awaiting_payment" | "accepted" | "expired" | "cancelled"; placed_at: Ms; placed_by: string; expires_at: Ms | null; total: Minor; note: string | null; lines: OrderLineView[] }
export type LineState = "awaiting_payment" | "sent" | "seen" | "started" | "ready" | "served" | "voided" | "expired";
export interface OrderLineView { line: Id; dish: string; name: Text; variant: Text | null; options: ChosenOption[]; set: { name: Text; quantity: number }[];
  quantity: number; weight_g: number | null; unit_price: Minor; amount: Minor; note: string | null; guest_name: string; state: LineState;
  due_at: Ms | null; rushed: number; rush_answered: boolean; void_reason: string | null }
export interface ChosenOption { name: Text; quantity: number; kind: OptionGroup["kind"] }
export interface CheckView { total: Minor; paid: Minor; balance: Minor; state: "empty" | "due" | "checking" | "settled"; tenders: { tender: Id; way: Way; amount: Minor; at: Ms }[] }
export type Way = "wechat_jsapi" | "wechat_native" | "alipay_qr" | "cash";
/** POST /sessions/{session}/payments → 201 PaymentView (202 while the channel has not answered) · GET …/payments/{ask} ·
 *  POST …/payments/{ask}/check {} = "I have paid", asks the channel now · POST …/payments/{ask}/cancel {} closes it (proved by the channel) */
export interface AskPaymentRequest { ask: Id; way: Way; amount: Minor /* must equal the balance */; order: Id | null /* pay_first: the order it pays */; openid: string | null }
export interface PaymentView { ask: Id; way: Way; amount: Minor; order: Id | null; state: "starting" | "waiting" | "checking" | "paid" | "failed" | "closed"; asked_at: Ms; paid_at: Ms | null;
  code_url: string | null; jsapi: { appId: string; timeStamp: string; nonceStr: string; package: string; signType: "RSA"; paySign: string } | null;
  /** set only against the simulator: the page where a person pays as a diner would */ demo_wallet_url: string | null; reason: string | null }
/** POST /sessions/{session}/lines/{line}/rush {} · POST /sessions/{session}/calls { call: Id, reason } */
export interface CallView { call: Id; reason: "service" | "bill" | "water" | "utensils"; at: Ms; answered_at: Ms | null }
/** POST /sessions/{session}/wechat-login { js_code } → { openid } (weapp only) */

// ---------- staff ----------
/** POST /devices/pair { code, name } → PairAnswer ; POST /staff/sign-in { staff, pin } with the device token → SignInAnswer ; GET /staff (device token) → StaffCard[] */
export interface PairAnswer { device: Id; token: string; name: string }
export interface StaffCard { id: string; name: string; role: Role }
export type Role = "waiter" | "cashier" | "kitchen" | "lead" | "manager" | "owner";
export interface SignInAnswer { token: string; staff: StaffCard; expires_at: Ms }
/** feed /kitchen/feed?station=ID (omit = all) ; GET /kitchen?station= */
export interface KitchenView { seq: Seq; stations: Station[]; tickets: Ticket[] }
export interface KitchenChange { tickets: Ticket[] /* new or changed, whole */; removed: string[] /* ticket ids */ }
export interface Ticket { id: string /* "<order>.<station>" */; order: Id; station: string; table: string; number: string; round: number; mode: Mode; covers: number; fired_at: Ms; note: string | null; items: TicketItem[] }
export interface TicketItem { key: string /* "<line>.<n>" */; name: Text; variant: Text | null; options: ChosenOption[]; of_set: Text | null; quantity: number; weight_g: number | null; note: string | null;
  allergens: Allergen[]; state: LineState; due_at: Ms; overdue_at: Ms; rushed: number; rush_answered: boolean; void_reason: string | null;
  /** a void the cook has not acknowledged yet */ void_unseen: boolean; started_at: Ms | null; ready_at: Ms | null }
/** POST /kitchen/painted { screen: string, items: string[] } · POST /kitchen/items/{key}/start | ready | recall | serve | acknowledge-void | answer-rush   {} */
/** feed /pickup/feed (whole view each time) · POST /pickup/{order}/call-again {} · POST /pickup/{order}/collected {} */
export interface PickupView { seq: Seq; entries: { order: Id; number: string; state: "preparing" | "ready"; ready_at: Ms | null; calls: number /* times announced: a rise means speak again */ }[] }
/** feed /floor/feed ; GET /floor */
export interface FloorView { seq: Seq; day: { number: number; opened_at: Ms } | null; areas: { id: string; name: Text; mode: Mode }[]; tables: FloorTable[];
  stock: { dish: string; name: Text; sold_out: boolean; remaining: number | null }[] }
export interface FloorChange { day?: FloorView["day"]; tables?: FloorTable[]; stock?: FloorView["stock"] }
export interface FloorTable { id: string; name: string; area: string; seats: number;
  sessions: { id: Id; covers: number; opened_at: Ms; total: Minor; paid: Minor; balance: Minor; checking: boolean; unseen: number; overdue: number; calls: CallView[] }[] }
/** POST /tables/{table}/open { session, covers } → SessionView · POST /sessions/{s}/close {} · POST /sessions/{s}/cash { tender, amount, received } → { change } ·
 *  POST /sessions/{s}/lines/{line}/void { reason } · POST /calls/{call}/answer {} · POST /stock/{dish} { sold_out, remaining } · POST /day/open {} · POST /day/close {} */

// ---------- feeds ----------
/**
 * SSE by fetch with the Authorization header (`Last-Event-ID: <seq>` or `?after=<seq>` resumes: only what is missing is sent, or a snapshot where it is too old).
 * WebSocket: same path + `/ws`; the first message from the client is {"token": "...", "after": seq|null}; then frames as text.
 * A heartbeat every 2 s: a page whose last frame is older than 5 s shows its stale banner.
 */
export type Frame<View, Change> =
  | { type: "snapshot"; seq: Seq; at: Ms; view: View }
  | { type: "change"; seq: Seq; at: Ms; change: Change }
  | { type: "heartbeat"; seq: Seq; at: Ms };
/** session feed: Change = Partial<SessionView>, the parts that changed, each whole. pickup feed: Change = PickupView. */

// ---------- errors ----------
export interface Problem { type: string; title: string; status: number; code: string /* stable, snake_case */; detail: string; texts: Text /* for the person */;
  differences?: Difference[]; quote?: Quote; retry_after_s?: number }
/** codes a client must handle: session_closed, code_unknown, table_not_open, order_differs, key_reused, day_not_open, sold_out, amount_differs, payment_open, already_settled,
 *  not_signed_in (401), not_allowed (403), too_many_attempts (429), busy (503, Retry-After), malformed (400), too_large (413) */
