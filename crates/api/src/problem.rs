//! Every way the house says no over HTTP: one file from refusal to status, code and words (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::catalog::CatalogReject;
use domain::floor::{Difference, NodWhy, Quote, Reject, Unmatched};
use domain::payment::PaymentReject;
use domain::{DishId, LineId, Text};
use engine::Refused;
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal a client can act on. `code` is stable; `texts` are for the person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words for a developer.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What clients branch on.
    pub code: String,
    /// What exactly was wrong here.
    pub detail: String,
    /// What to tell the person.
    pub texts: Text,
    /// Line by line, what is not as the person saw it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What it costs now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// What doesn't add up at the close of a day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Unmatched>,
    /// When to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// What the first order still has to bring, one for each guest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dishes: Vec<DishId>,
    /// Lines that have to be weighed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineId>,
    /// Why the house takes no orders from guests now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<NodWhy>,
    /// The Wi-Fi on which a shop that is cut off can still be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wifi: Option<String>,
    /// Where the shop is on that Wi-Fi.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lan_url: Option<String>,
}

impl Problem {
    /// A problem by its code; the table below gives status and words.
    pub fn new(code: &str, detail: impl Into<String>) -> Problem {
        let (status, zh, en) = words(code);
        Problem {
            kind: format!("/problems/{code}"),
            title: code.replace('_', " "),
            status,
            code: code.to_owned(),
            detail: detail.into(),
            texts: Text::new(zh, en),
            differences: Vec::new(),
            quote: None,
            unmatched: Vec::new(),
            retry_after_s: None,
            dishes: Vec::new(),
            lines: Vec::new(),
            why: None,
            wifi: None,
            lan_url: None,
        }
    }

    /// Adds when to try again.
    pub fn retry_after(mut self, seconds: u32) -> Problem {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The journal could not be used. Why is for the log: it may name folders and tables.
    pub fn unreadable(error: &dyn std::error::Error) -> Problem {
        tracing::error!(%error, "the journal could not be used");
        Problem::new("unavailable", "nothing was recorded; please retry").retry_after(1)
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        metrics::counter!("dandan_problems_total", "code" => self.code.clone()).increment(1);
        let retry = self.retry_after_s;
        let mut response = (self.status(), Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Reject> for Problem {
    fn from(reject: Reject) -> Problem {
        let mut problem = Problem::new(reject.code(), format!("{reject:?}"));
        match reject {
            Reject::OrderDiffers { differences, quote } => {
                "a price, an option or the stock is another one than the client showed".clone_into(&mut problem.detail);
                problem.differences = differences;
                problem.quote = Some(quote);
            }
            Reject::DayUnmatched { unmatched } => {
                "sign for the list to close the day".clone_into(&mut problem.detail);
                problem.unmatched = unmatched;
            }
            Reject::PerHeadMissing { dishes, .. } => problem.dishes = dishes,
            Reject::WeightOpen { lines } => problem.lines = lines,
            Reject::NotAccepting { why } => problem.why = Some(why),
            _ => {}
        }
        problem
    }
}

impl From<CatalogReject> for Problem {
    fn from(reject: CatalogReject) -> Problem {
        let code = match reject {
            CatalogReject::MenuVersionNotNewer { .. } => "menu_version_not_newer",
            CatalogReject::PairingCodeUnknown => "pairing_code_unknown",
            CatalogReject::BadName => "bad_text",
            CatalogReject::BadHouse => "bad_house",
            CatalogReject::StaffUnknown => "staff_unknown",
            CatalogReject::DeviceUnknown => "device_unknown",
            CatalogReject::LastOwner => "last_owner",
            CatalogReject::MenuFromHeadOffice => "menu_from_head_office",
            CatalogReject::StaffFromHeadOffice => "staff_from_head_office",
            CatalogReject::DeviceFromHeadOffice => "device_from_head_office",
            CatalogReject::DirectiveElsewhere => "directive_elsewhere",
            CatalogReject::DirectiveOld { .. } => "directive_old",
            CatalogReject::BadDirective => "bad_directive",
            CatalogReject::ReleaseNotDue => "release_not_due",
            CatalogReject::NoHeadOfficeMenu => "no_head_office_menu",
            CatalogReject::NotOverridable => "not_overridable",
            CatalogReject::BadOverride => "bad_override",
        };
        match reject {
            // Whoever brings a directive goes on from this number.
            CatalogReject::DirectiveOld { current } => Problem::new(code, current.to_string()),
            other => Problem::new(code, format!("{other:?}")),
        }
    }
}

impl From<PaymentReject> for Problem {
    fn from(reject: PaymentReject) -> Problem {
        let code = match reject {
            PaymentReject::AttemptUnknown => "payment_unknown",
            PaymentReject::AttemptExists | PaymentReject::AskHasAttempt { .. } => "payment_exists",
            PaymentReject::NotCaptured => "payment_not_captured",
            PaymentReject::AlreadyCaptured => "payment_settled",
            PaymentReject::OnACheck => "refund_at_check",
            PaymentReject::RefundUnknown => "refund_unknown",
            PaymentReject::RefundExists => "refund_exists",
            PaymentReject::RefundTooLarge { .. } => "refund_too_large",
            PaymentReject::RefundNotFailed => "refund_not_failed",
            PaymentReject::RefundNotFinal => "refund_not_final",
            PaymentReject::CaseUnknown => "case_unknown",
            PaymentReject::CaseClosed => "case_closed",
            PaymentReject::BadText => "bad_text",
        };
        Problem::new(code, format!("{reject:?}"))
    }
}

impl<R: Into<Problem>> From<Refused<R>> for Problem {
    fn from(refused: Refused<R>) -> Problem {
        match refused {
            Refused::Reject(reject) => reject.into(),
            Refused::KeyReused => Problem::new("key_reused", "the same Idempotency-Key came with another content"),
            Refused::Busy => Problem::new("busy", "the queue is full; retry with the same Idempotency-Key").retry_after(1),
            Refused::Unavailable => {
                Problem::new("unavailable", "nothing was recorded; retry with the same Idempotency-Key").retry_after(1)
            }
            Refused::Unknown => {
                Problem::new("unknown", "it may have been recorded; retry with the same Idempotency-Key to learn").retry_after(1)
            }
            Refused::Bug => Problem::new("bug", "an invariant is broken; nothing was recorded"),
        }
    }
}

/// Status and words of each code. The one table; a code that is missing here is a bug and says so.
fn words(code: &str) -> (u16, &'static str, &'static str) {
    match code {
        "malformed" => (400, "请求无法读取", "The request can't be read"),
        "key_missing" => (400, "缺少 Idempotency-Key", "The Idempotency-Key header is missing"),
        "not_signed_in" => (401, "请先登录", "Please sign in"),
        "wrong_pin" => (401, "密码不对", "That PIN is wrong"),
        "not_allowed" => (403, "没有权限，请找店长", "You may not do this; ask a manager"),
        "not_found" => (404, "没有这个地址", "Nothing lives here"),
        "store_unknown" => (404, "没有这家门店", "No such restaurant here"),
        "code_unknown" => (404, "桌码无效，请扫桌上的码", "This table code is not valid; scan the one on the table"),
        "session_unknown" => (404, "没有这个开台", "No such party"),
        "store_offline" => (
            503,
            "门店现在连不上网。请连接店内 Wi-Fi 点单，或叫服务员",
            "The shop is offline. Join its Wi-Fi to order, or call a waiter",
        ),
        "not_whole" => (409, "云端还没收全", "The cloud doesn't have everything yet"),
        "done_and_gone" => (410, "已经办好了；这桌已经结束", "It was done; the party has left since"),
        "order_unknown" => (404, "没有这个订单", "No such order"),
        "line_unknown" => (404, "没有这一行", "No such line"),
        "item_unknown" => (404, "没有这道菜", "No such kitchen item"),
        "payment_unknown" => (404, "没有这笔付款", "No such payment"),
        "call_unknown" => (404, "没有这个呼叫", "No such call"),
        "dish_unknown" => (404, "菜单上没有这道菜", "This dish is not on the menu"),
        "table_unknown" => (404, "没有这张桌", "No such table"),
        "menu_unknown" => (404, "没有这个菜单版本", "No such menu version"),
        "account_unknown" => (404, "没有这个挂账客户，请核对", "No such account; please check the code"),
        "share_unknown" => (404, "没有这一份，分单可能已更改，请刷新", "No such share; the split may have changed, look again"),
        "tender_unknown" => (404, "没有这笔收款，请刷新", "No such payment on this check; look again"),
        "refund_unknown" => (404, "没有这笔退款", "No such refund"),
        "case_unknown" => (404, "没有这个异常件", "No such case"),
        "method_not_allowed" => (405, "不支持的方法", "This method is not supported here"),
        "too_large" => (413, "内容太大", "The request is too large"),
        "wrong_type" => (415, "请用 JSON", "Please send JSON"),
        "key_reused" => (422, "这个编号已用于别的内容", "This id was already used for something else"),
        "not_a_wallet_code" => (
            422,
            "这不是微信或支付宝的付款码，请让顾客打开付款码再扫",
            "Not a WeChat or Alipay payment code; ask the guest to show theirs and scan again",
        ),
        "too_many_attempts" => (429, "试得太多，请稍候", "Too many attempts; please wait"),
        "bug" => (500, "系统内部错误，未记录任何内容", "Something is broken here; nothing was recorded"),
        "busy" => (503, "现在很忙，正在排队，请稍候", "Very busy right now; one moment"),
        "unavailable" => (503, "暂时不可用，请重试", "Not available right now; please retry"),
        "unknown" => (503, "正在确认，请勿重复操作", "Being checked; please don't do it twice"),
        "cut_short" => (408, "请求没有完整送达，请重试", "The request did not arrive whole; please retry"),
        "timeout" => (503, "超时，请重试", "That took too long; please retry"),
        "no_menu" => (503, "菜单还没发布", "No menu is on sale yet"),
        "channel_off" => (409, "暂不支持这种付款方式", "This way to pay is not available"),
        "channel_resting" => {
            (409, "这种付款方式暂时不通，请换一种", "This way to pay is out of order for the moment; please use another")
        }
        "way_not_here" => (409, "这里不能用这种付款方式，请换一种", "This way to pay isn't taken here; please use another"),
        "tip_not_taken" => {
            (409, "本店不收小费，或小费超过了付款金额", "The house takes no tips, or the tip is more than what is paid")
        }
        "rounding_not_allowed" => (409, "抹零金额不对，只能抹掉零头", "Only the odd amount below the house's coin can be let go"),
        "reference_needed" => (
            409,
            "请填写单号（签购单号、客户代码或会员号）",
            "Please enter the number: the slip's, the account's or the member's",
        ),
        "account_full" => {
            (409, "超过挂账额度，请用别的方式付余下部分", "Past the account's limit; please pay the rest in another way")
        }
        "split_not_possible" => {
            (409, "不能这样分单：请先结清已付部分或换一种分法", "The check can't be split like this; try another way to split")
        }
        "refund_too_large" => {
            (409, "超过这笔付款可退的金额，请改小", "More than can still go back of this payment; please enter less")
        }
        "refund_exists" => (409, "这笔退款已经有了，请刷新", "This refund exists already; look again"),
        "refund_unclear" => (
            409,
            "退掉的菜不能再算进应收；换付款方式请按金额退",
            "Lines that leave the check can't be owed again; to change the way of paying, refund an amount",
        ),
        "refund_not_failed" => (409, "退款没有失败，不需要重试", "The refund has not failed; there is nothing to try again"),
        "refund_not_final" => (409, "退款还在处理中，请稍候", "The refund is still under way; one moment"),
        "refund_at_check" => (409, "这笔钱在账单上，请在账单里退款", "This money stands on a check; please refund it there"),
        "check_open" => (409, "账单没有关闭，可以直接修改", "The check is open; it can be changed as it is"),
        "reopen_too_late" => (409, "已超过可反结账的时间，请走退款", "Too late to open this check again; please refund instead"),
        "case_closed" => (409, "这个异常件已处理完", "This case is settled"),
        "remedy_not_here" => {
            (409, "这个办法不适用，请刷新后选别的", "This can't be done about the case; look again and choose another")
        }
        "payment_not_captured" => (409, "这笔付款没有收到钱，没有可退的", "No money came with this payment, so none can go back"),
        "bill_unavailable" => {
            (409, "渠道的对账单还取不到，请稍后再试", "The channel's bill can't be fetched yet; please try later")
        }
        "payer_missing" => (409, "缺少付款人信息，请重新进入", "The payer is not known; please enter again"),
        "login_failed" => (409, "钱包登录失败，请重试", "The wallet's sign-in failed; please retry"),
        "day_not_open" => (409, "还没营业", "The restaurant isn't open yet"),
        "day_already_open" => (409, "已经营业", "The day is open already"),
        "day_unmatched" => (409, "还有未结事项，请签字确认", "Some things don't add up yet; sign for them to close"),
        "table_not_open" => (409, "请让服务员开台", "Please ask the waiter to open the table"),
        "table_taken" => (409, "这张桌已有客人", "This table is taken"),
        "covers_out_of_range" => (409, "人数应为 1 到 99", "The party must be 1 to 99 people"),
        "bad_text" => (409, "文字为空、太长或含有不能打印的字符", "The text is empty, too long or can't be printed"),
        "session_closed" => (409, "这一桌已结账离开，请重新扫码", "This party has left; scan the table again"),
        "session_exists" => (409, "编号已用过", "This id is taken"),
        "guest_not_joined" => (409, "请先扫码入座", "Scan the table's code first"),
        "too_many_guests" => (409, "同桌手机太多", "Too many phones at this table"),
        "line_taken" => (409, "这一行已经在了", "This line is there already"),
        "line_refused" => (409, "选项不符合要求", "The options don't fit this dish"),
        "sold_out" => (409, "卖完了，或剩余不够", "Sold out, or not enough left"),
        "cart_full" => (409, "购物车满了，请先下单", "The cart is full; please order first"),
        "nothing_ordered" => (409, "还没选菜", "Nothing is chosen yet"),
        "order_exists" => (409, "这个订单已经有了", "This order exists already"),
        "order_differs" => (409, "价格或库存有变化，请确认", "Prices or stock have changed; please check"),
        "too_dear" => (409, "金额太大", "The amount is too large"),
        "order_not_awaiting_payment" => (409, "订单已不在待付款状态", "The order isn't waiting for payment any more"),
        "order_not_expired" => (409, "订单还没过期", "The order hasn't expired"),
        "item_wrong_state" => (409, "这道菜现在不能这样操作", "This dish isn't at that step"),
        "order_not_in_kitchen" => (409, "厨房还没收到这个订单", "The kitchen doesn't have this order"),
        "line_voided" => (409, "这道菜已退", "This dish was taken off"),
        "line_served" => (409, "这道菜已上桌", "This dish was served"),
        "line_paid" => (409, "已付款，需要退款", "Already paid; this needs a refund"),
        "already_settled" => (409, "没有待付金额", "There is nothing to pay"),
        "amount_differs" => (409, "金额有变化，请刷新", "The amount has changed; please look again"),
        "payment_open" => (409, "有一笔付款正在确认，请勿重复付款", "Another payment is being checked; please don't pay twice"),
        "payment_exists" => (409, "这笔付款已经有了", "This payment exists already"),
        "payment_settled" => (409, "这笔付款已完成", "This payment is complete"),
        "not_enough_cash" => (409, "收的钱不够", "That isn't enough cash"),
        "unpaid_balance" => (409, "还没结清", "The check isn't settled"),
        "order_open" => (409, "还有待付款的订单", "An order is still waiting for payment"),
        "call_exists" => (409, "已经呼叫过", "This call exists already"),
        "order_needed" => (409, "请指明要付哪个订单", "Say which order is being paid"),
        "menu_version_not_newer" => (409, "菜单版本不是更新的", "This menu version isn't newer"),
        "menu_faulty" => (409, "菜单有错误，未发布", "The menu has faults; it was not published"),
        "pairing_code_unknown" => (409, "配对码无效或已过期", "This pairing code is wrong or too old"),
        "bad_house" => (409, "门店设置有矛盾", "The house's set-up contradicts itself"),
        "reservation_unknown" => (404, "没有这个预订", "No such reservation"),
        "entry_unknown" => (404, "没有这个排队号", "No such number in the queue"),
        "shift_unknown" => (404, "没有这个班次", "No such shift"),
        "station_unknown" => (404, "没有这个档口", "No such station"),
        "printer_unknown" => (404, "没有这台打印机", "No such printer"),
        "slip_unknown" => (404, "没有这张单", "No such slip"),
        "slip_code_unknown" => (404, "不认识这个单码，可能不是今天的单", "No ticket of today has this code"),
        "staff_unknown" => (404, "没有这位员工", "Nobody of this code works here"),
        "device_unknown" => (404, "没有这台设备", "No such device is paired"),
        "table_locked" => (409, "这张桌已锁定，不能开台", "This table is kept locked; unlock it first"),
        "table_dirty" => (409, "这张桌还没收拾好", "This table has to be cleaned first"),
        "merge_not_possible" => {
            (409, "这两桌不能这样并台或转台", "These two can't be put together, moved or taken apart like this")
        }
        "check_has_money" => (
            409,
            "账单上已有付款，不能再改；请先退款或付清",
            "Money stands on the check, so this can't change any more; refund it first, or finish the payment",
        ),
        "divide_not_possible" => (409, "这一行不能这样拆分", "This line can't be divided like this"),
        "approval_needed" => (409, "这一步需要另一个人同意", "This needs a second person's yes"),
        "approver_not_allowed" => {
            (409, "同意的人必须是另一个有权限的人", "The second person must be somebody else, with the right to say yes")
        }
        "approval_unknown" => (409, "没有这个授权请求", "No such request for a second person"),
        "approval_answered" => (409, "已经有人答复了", "Somebody has answered already"),
        "approval_exists" => (409, "这个授权请求已经有了", "This request exists already"),
        "price_not_possible" => (409, "不能改成这个价格", "The price can't be changed to this"),
        "discount_not_possible" => (409, "不能给这个折扣", "This discount can't be given"),
        "soup_missing" => (409, "请先选一个锅底", "Please choose a soup base first"),
        "per_head_missing" => {
            (409, "第一单需要给每位客人点上蘸料或餐具", "The first order brings dips and tableware for every guest")
        }
        "weight_open" => (409, "有菜还没称重，称好才能结账", "Some dishes have to be weighed before anybody pays"),
        "not_weighed" => (409, "这道菜不按重量卖", "This dish isn't sold by weight"),
        "weight_out_of_range" => (409, "重量应为 10 克到 50 公斤", "The weight must be 10 g to 50 kg"),
        "not_accepting" => {
            (409, "现在暂时不能自助下单，请找服务员", "Orders from phones are paused for the moment; please ask the waiter")
        }
        "order_not_waiting" => (409, "这个订单不在等待确认", "This order isn't waiting for a nod"),
        "nothing_held" => (409, "没有叫起的菜", "Nothing here is held"),
        "reservation_exists" => (409, "这个预订已经有了", "This reservation exists already"),
        "reservation_over" => (409, "这个预订已经结束", "This reservation is over"),
        "table_reserved" => (409, "这张桌那个时间已有预订", "The table is kept for somebody else at that time"),
        "time_past" => (409, "时间已经过去", "That time has passed"),
        "entry_exists" => (409, "这个排队号已经有了", "This number exists already"),
        "entry_over" => (409, "这个排队号已经结束", "This number is over"),
        "shift_exists" => (409, "这个班次已经有了", "This shift exists already"),
        "shift_open" => (409, "这个人或这台收银机已有未交的班", "This person or this till has an open shift already"),
        "shift_closed" => (409, "这个班已经交了", "This shift is closed"),
        "cash_out_of_range" => (409, "金额不对，超过钱箱里的现金", "Not possible: more than the drawer holds"),
        "station_needed" => (409, "没有别的档口能代做，不能关", "No open station would cook in its place, so it can't be closed"),
        "slip_exists" => (409, "这张单已经在打印", "This slip is being printed already"),
        "nothing_to_print" => (409, "现在没有可打印的内容", "There is nothing of it to print now"),
        "slip_over" => (409, "这张单已经结束", "This slip is at its end"),
        "no_cloud" => (409, "本店没有加入云端", "This store belongs to no cloud"),
        "not_genuine" => (403, "签名不对，不予采信", "The signature is not good; it is not believed"),
        "menu_missing" => (409, "总部的菜单没有一起送来", "A menu of head office was not sent along"),
        "menu_from_head_office" => (
            409,
            "菜单由总部发布；门店可以改单个菜的价格或时段",
            "Head office makes this store's menu; change single dishes instead",
        ),
        "staff_from_head_office" => (409, "这位员工由总部管理", "Head office decides about this person"),
        "device_from_head_office" => (409, "这台设备由总部管理", "Head office decides about this device"),
        "directive_elsewhere" => (409, "这份总部指令不是给本店的", "This directive is for another store"),
        "directive_old" => (409, "已经收到过更新的总部指令", "A directive as new was followed already"),
        "bad_directive" => (409, "总部指令有误", "The directive contradicts itself"),
        "release_not_due" => {
            (409, "这份菜单还没到上架时间，或已经上架", "It isn't the time of this menu, or it is on sale already")
        }
        "no_head_office_menu" => (409, "本店没有总部菜单", "No menu of head office is on sale here"),
        "not_overridable" => (409, "总部不允许门店改这一项", "Head office doesn't allow this change"),
        "bad_override" => (409, "价格不对", "The price isn't one that can be"),
        "last_owner" => (409, "至少要留一位老板", "The house needs at least one owner"),
        "receipt_not_genuine" => (422, "回执是假的或被改过，不能当作付款", "This receipt is not genuine; it proves no payment"),
        "receipt_elsewhere" => (409, "这是别家门店的回执", "This receipt is for another restaurant"),
        "receipt_too_old" => {
            (409, "回执超过 24 小时，不能再用；请查付款记录", "This receipt is older than 24 hours; please look the payment up")
        }
        "receipt_mismatch" => (
            409,
            "回执的金额或渠道和账单不符，没有入账；已列为异常件",
            "The receipt's amount or channel isn't what was asked for; nothing was counted, and a case is open",
        ),
        "notice_refused" => (400, "通知未通过验证", "The notice was not believed"),
        _ => (500, "未知的错误代码", "An unlisted error code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{AttemptId, Money};

    /// The codes as `Reject::code` names them: read from its source, so that a new one can't be forgotten here.
    #[test]
    fn every_floor_refusal_has_words() {
        let source = include_str!("../../domain/src/floor/reject.rs");
        let codes: Vec<&str> = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(codes.len() > 40 && codes.contains(&Reject::DayNotOpen.code()), "the codes were found");
        for code in codes {
            assert_ne!(Problem::new(code, "").status, 500, "{code} has no words");
        }
    }

    #[test]
    fn every_refusal_of_the_money_stream_has_words() {
        let money = Money(1);
        let rejects = [
            PaymentReject::AttemptUnknown,
            PaymentReject::AttemptExists,
            PaymentReject::AskHasAttempt { attempt: AttemptId(1) },
            PaymentReject::NotCaptured,
            PaymentReject::AlreadyCaptured,
            PaymentReject::OnACheck,
            PaymentReject::RefundUnknown,
            PaymentReject::RefundExists,
            PaymentReject::RefundTooLarge { left: money },
            PaymentReject::RefundNotFailed,
            PaymentReject::RefundNotFinal,
            PaymentReject::CaseUnknown,
            PaymentReject::CaseClosed,
            PaymentReject::BadText,
        ];
        for reject in rejects {
            let problem = Problem::from(reject);
            assert_ne!(problem.status, 500, "{} has no words", problem.code);
        }
    }
}
