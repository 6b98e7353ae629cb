//! Code pay over v2: charge, query, reverse; and closing what was opened elsewhere.

use std::sync::Arc;

use super::{Answer, Asked, Failed, failed, refusal};
use crate::{
    faults::{Hits, Kind, Which},
    order::{Order, Refused, State},
    sim::Sim,
    wechat::{
        code::{self, Charge, Taken, Undone},
        gate::is_number,
        order::{trade_state, trade_type},
        v2_time,
    },
};

pub(super) fn micropay(sim: &Arc<Sim>, asked: &Asked, _: &Hits) -> Answer {
    let number = asked.need("out_trade_no")?;
    let (auth_code, description) = (asked.need("auth_code")?, asked.need("body")?);
    asked.need("spbill_create_ip")?;
    if !is_number(number, 1, 32, "_-|*@") {
        return failed("PARAM_ERROR", "out_trade_no 应不超过 32 个字符");
    }
    if description.chars().count() > 127 {
        return failed("PARAM_ERROR", "body 应不超过 127 个字符");
    }
    if !code::is_auth_code(auth_code) {
        return failed("AUTH_CODE_ERROR", "授权码参数错误");
    }
    let fen = asked.fen("total_fee")?;
    let charge = Charge {
        number: number.to_owned(),
        fen,
        description: description.to_owned(),
        attach: asked.get("attach").map(str::to_owned),
        params: format!("v2 {fen} {description} {auth_code}"),
        auth_code: auth_code.to_owned(),
    };
    match code::take(sim, charge) {
        Taken::Paid(order) => Ok(paid(&order)),
        Taken::UserPaying => failed("USERPAYING", "需要用户输入支付密码"),
        Taken::BankError => failed("BANKERROR", "银行系统异常"),
        Taken::SystemError => failed("SYSTEMERROR", "系统超时"),
        Taken::Refused(refused) => Err(refusal(refused)),
    }
}

/// What a payment's answer and a query's say of money taken.
fn paid(order: &Order) -> Vec<(&'static str, String)> {
    let fen = order.fen.to_string();
    let mut fields = vec![
        ("openid", order.payer.clone()),
        ("is_subscribe", "N".to_owned()),
        ("trade_type", trade_type(order.product).to_owned()),
        ("bank_type", "OTHERS".to_owned()),
        ("fee_type", "CNY".to_owned()),
        ("total_fee", fen.clone()),
        ("cash_fee", fen),
        ("transaction_id", order.txn.clone()),
        ("out_trade_no", order.number.clone()),
        ("time_end", v2_time(order.paid_ms.unwrap_or_default())),
    ];
    if let Some(attach) = &order.attach {
        fields.push(("attach", attach.clone()));
    }
    fields
}

/// The order that is meant, `transaction_id` first.
fn number(sim: &Sim, asked: &Asked) -> Result<String, Failed> {
    if let Some(txn) = asked.get("transaction_id") {
        let ledger = sim.ledger.lock();
        return ledger.by_txn(Which::Wechat, txn).map(|order| order.number.clone()).ok_or_else(|| refusal(Refused::NoSuchOrder));
    }
    Ok(asked.need("out_trade_no")?.to_owned())
}

pub(super) fn query(sim: &Arc<Sim>, asked: &Asked, _: &Hits) -> Answer {
    let number = number(sim, asked)?;
    sim.advance(Which::Wechat, &number);
    let ledger = sim.ledger.lock();
    let order = ledger.get(Which::Wechat, &number).ok_or_else(|| refusal(Refused::NoSuchOrder))?;
    let (state, words) = trade_state(order);
    let mut fields = match order.state {
        State::Paid => paid(order),
        State::Revoked if order.paid_ms.is_some() => paid(order),
        State::NotPaid | State::UserPaying | State::PayError | State::Closed | State::Revoked => {
            vec![("out_trade_no", order.number.clone())]
        }
    };
    fields.push(("trade_state", state.to_owned()));
    fields.push(("trade_state_desc", words.to_owned()));
    Ok(fields)
}

pub(super) fn reverse(sim: &Arc<Sim>, asked: &Asked, hits: &Hits) -> Answer {
    let again = |code, words: &str| Err(Failed { code, words: words.to_owned(), recall: Some("Y") });
    let number = number(sim, asked)?;
    if hits.has(Kind::AskAgain) {
        return again("SYSTEMERROR", "系统超时，请重新调用");
    }
    match code::undo(sim, &number) {
        Undone::Done => Ok(vec![("recall", "N".to_owned())]),
        Undone::TooEarly => again("INVALID_REQUEST", "支付后 15 秒内不可撤销，请稍后重试"),
        Undone::Refused(Refused::UserPaying) => again("USERPAYING", "用户正在支付中，不能发起撤销"),
        Undone::Refused(refused) => Err(Failed { recall: Some("N"), ..refusal(refused) }),
    }
}

pub(super) fn close(sim: &Arc<Sim>, asked: &Asked, hits: &Hits) -> Answer {
    if hits.has(Kind::AskAgain) {
        return failed("SYSTEMERROR", "系统超时，请重新调用");
    }
    match sim.ledger.lock().close(Which::Wechat, asked.need("out_trade_no")?) {
        Ok(_) => Ok(Vec::new()),
        Err(refused) => Err(refusal(refused)),
    }
}
