//! Code pay over v3: the payer's code is charged, and what is in doubt is reversed.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Refusal, ask_again,
    gate::{is_number, read},
    order::transaction,
    refusal, refuse,
};
use crate::{
    codepay::Payer,
    faults::{Hits, Kind, Which},
    identity::{APP_ID, MCH_ID},
    order::{NewOrder, Order, Product, Refused, State},
    sim::Sim,
};

/// An unpaid code payment is undone by the channel itself after this long.
const REVOKED_AFTER_MS: u64 = 45_000;
/// A reverse earlier than this is refused.
const REVERSE_FROM_MS: u64 = 15_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the channel refuses fields that it does not name, so all are named")]
struct PayBody {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    attach: Option<String>,
    goods_tag: Option<String>,
    support_fapiao: Option<bool>,
    payer: Payer18,
    amount: Amount,
    scene_info: Value,
    detail: Option<Value>,
    settle_info: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payer18 {
    auth_code: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    total: i64,
    currency: Option<String>,
}

pub(super) fn pay(sim: &Arc<Sim>, body: &[u8], hits: &Hits) -> Answer {
    if !sim.settings.lock().v3_code_pay {
        return refuse(403, "NO_AUTH", "商户无此权限");
    }
    let (ask, params) = read::<PayBody>(body)?;
    check(&ask)?;
    let charge = Charge {
        number: ask.out_trade_no,
        fen: ask.amount.total,
        description: ask.description,
        attach: ask.attach,
        params: params.to_string(),
        auth_code: ask.payer.auth_code,
    };
    match take(sim, charge) {
        Taken::Paid(order) => Ok((200, transaction(&order))),
        Taken::UserPaying if hits.has(Kind::UserPayingAccepted) => refuse(202, "USERPAYING", "需要用户输入支付密码"),
        Taken::UserPaying => Ok((200, json!({ "trade_state": "USERPAYING" }))),
        Taken::BankError => refuse(500, "BANKERROR", "银行系统异常"),
        Taken::SystemError => refuse(500, "SYSTEM_ERROR", "系统异常，请稍后重试"),
        Taken::Refused(refused) => Err(refusal(refused)),
    }
}

fn check(ask: &PayBody) -> Result<(), Refusal> {
    let param = |what: &str| refuse(400, "PARAM_ERROR", what);
    if ask.mchid != MCH_ID {
        return refuse(400, "MCH_NOT_EXISTS", "商户号不存在");
    }
    if ask.appid != APP_ID {
        return refuse(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配");
    }
    if !is_number(&ask.out_trade_no, 6, 32, "_-|*") {
        return param("out_trade_no 应为 6 到 32 个字符");
    }
    if ask.description.is_empty() || ask.description.chars().count() > 127 {
        return param("description 应为 1 到 127 个字符");
    }
    if ask.amount.total < 1 || ask.amount.currency.as_deref().is_some_and(|currency| currency != "CNY") {
        return param("amount 错误");
    }
    let store = &ask.scene_info["store_info"];
    if !["id", "out_id"].iter().any(|name| store[*name].as_str().is_some_and(|id| !id.is_empty())) {
        return param("scene_info.store_info 缺失");
    }
    if !is_auth_code(&ask.payer.auth_code) {
        return refuse(400, "AUTH_CODE_ERROR", "付款码应为 10 到 15 开头的 18 位数字");
    }
    Ok(())
}

/// 18 digits, beginning with 10 to 15.
pub(super) fn is_auth_code(code: &str) -> bool {
    let digits = code.len() == 18 && code.bytes().all(|b| b.is_ascii_digit());
    digits && code.starts_with('1') && matches!(code.as_bytes()[1], b'0'..=b'5')
}

/// A charge as both versions of the API ask for it.
pub(super) struct Charge {
    pub number: String,
    pub fen: i64,
    pub description: String,
    pub attach: Option<String>,
    pub params: String,
    pub auth_code: String,
}

/// What the caller is told of a charge.
pub(super) enum Taken {
    Paid(Box<Order>),
    UserPaying,
    BankError,
    SystemError,
    Refused(Refused),
}

/// Charges the payer's code, who does what their code says.
pub(super) fn take(sim: &Arc<Sim>, charge: Charge) -> Taken {
    let plan = sim.plan(&charge.auth_code);
    let now = sim.now_ms();
    let new = NewOrder {
        channel: Which::Wechat,
        number: charge.number,
        product: Product::CodePay,
        fen: charge.fen,
        description: charge.description,
        attach: charge.attach,
        notify_url: None,
        params: charge.params,
        payer: format!("oSIM-code-{}", &charge.auth_code[2..6]),
        expires_ms: now,
    };
    let revoke_ms = now + sim.scaled_ms(REVOKED_AFTER_MS);
    let taken = sim.ledger.lock().code_pay(new, &charge.auth_code, plan, now, revoke_ms);
    let order = match taken {
        Ok(order) => order,
        Err(refused) => return Taken::Refused(refused),
    };
    sim.watch(&order);
    match plan.does {
        Payer::BankErrorThenPays => Taken::BankError,
        Payer::SystemErrorButPaid | Payer::SystemErrorUnpaid => Taken::SystemError,
        Payer::Pays
        | Payer::PasswordThenPays
        | Payer::PasswordThenLeaves
        | Payer::PasswordForgotten
        | Payer::NotEnough
        | Payer::CodeExpired
        | Payer::PayErrorButPaid => match order.state {
            State::Paid => Taken::Paid(Box::new(order)),
            State::NotPaid | State::UserPaying | State::PayError | State::Closed | State::Revoked => Taken::UserPaying,
        },
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReverseBody {
    appid: String,
    mchid: String,
}

pub(super) fn reverse(sim: &Arc<Sim>, number: &str, body: &[u8], hits: &Hits) -> Answer {
    let (ask, _) = read::<ReverseBody>(body)?;
    if ask.mchid != MCH_ID {
        return refuse(403, "NO_AUTH", "商户号与订单不匹配");
    }
    if ask.appid != APP_ID {
        return refuse(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配");
    }
    ask_again(hits)?;
    match undo(sim, number) {
        Undone::Done => Ok((200, json!({ "appid": APP_ID, "mchid": MCH_ID, "out_trade_no": number }))),
        Undone::TooEarly => refuse(400, "INVALID_REQUEST", "支付后 15 秒内不可撤销，请稍后重试"),
        Undone::Refused(Refused::UserPaying) => refuse(202, "USERPAYING", "用户正在支付中，不能发起撤销"),
        Undone::Refused(refused) => Err(refusal(refused)),
    }
}

/// What became of a reverse.
pub(super) enum Undone {
    Done,
    TooEarly,
    Refused(Refused),
}

/// Undoes a code payment, not too early and not while the payer is at the password.
pub(super) fn undo(sim: &Arc<Sim>, number: &str) -> Undone {
    sim.advance(Which::Wechat, number);
    let now = sim.now_ms();
    let mut ledger = sim.ledger.lock();
    let early = ledger.get(Which::Wechat, number).is_some_and(|order| {
        let undone = order.state == State::Revoked;
        order.product == Product::CodePay && !undone && now < order.created_ms + sim.scaled_ms(REVERSE_FROM_MS)
    });
    if early {
        return Undone::TooEarly;
    }
    match ledger.reverse(Which::Wechat, number, now) {
        Ok(_) => Undone::Done,
        Err(refused) => Undone::Refused(refused),
    }
}
