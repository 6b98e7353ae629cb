//! Paying with the code in the payer's wallet (付款码): `alipay.trade.pay`.
//!
//! What the payer does is decided as for WeChat Pay (`POST /control/payer`, or the last four digits, see
//! [`crate::Payer`]). Endings that only Alipay knows, all of them without a trade and without money:
//!
//! | digits | answer |
//! |---|---|
//! | `8821` | `ACQ.PAYMENT_REQUEST_HAS_RISK` |
//! | `8822` | `ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH` |
//! | `8823` | `ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE` |
//! | `8824` | `ACQ.PULL_MOBILE_CASHIER_FAIL` |
//! | `8825` | `ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR` |
//! | `8826` | `ACQ.PAYMENT_AUTH_CODE_INVALID` |
//! | `8827` | `ACQ.SYSTEM_ERROR` |
//! | `8828` | 20000 |

use serde_json::{Value, json};

use super::{
    Answer, Refusal, Request, business,
    open::{self, OrderBody},
    refusal, refuse,
    text::{time, yuan},
    unknown,
};
use crate::{
    Payer, Plan, notify,
    order::{Order, Product, Refused, State},
};

pub(super) fn pay(request: &Request) -> Answer {
    let body: OrderBody = request.biz()?;
    if body.scene.as_deref().is_some_and(|scene| scene != "bar_code") {
        return business("ACQ.INVALID_PARAMETER", "参数无效：scene");
    }
    let Some(code) = body.auth_code.clone() else {
        return business("ACQ.INVALID_PARAMETER", "参数无效：auth_code");
    };
    let new = open::new_order(request, Product::CodePay, body)?;
    if !is_auth_code(&code) {
        return Err(refusal(Refused::CodeExpired));
    }
    let number = new.number.clone();
    let plan = alipay_plan(request.sim.plan(&code));
    let now = request.sim.now_ms();
    let known = request.sim.ledger.lock().get(new.channel, &number).is_some();
    if let Some(refused) = own_ending(&code).filter(|_| !known) {
        return Err(refused);
    }
    request.sim.advance(new.channel, &number);
    let (channel, revoke_ms, page) = (new.channel, new.expires_ms, open::page(request));
    let mut ledger = request.sim.ledger.lock();
    match ledger.code_pay(new, &code, plan, now, revoke_ms) {
        Ok(_) => {}
        Err(Refused::UserPaying) => {
            return ledger.get(channel, &number).map_or_else(|| Err(refusal(Refused::NoSuchOrder)), |order| Ok(paying(order)));
        }
        Err(refused) => return Err(refusal(refused)),
    }
    let order = ledger.change(channel, &number, |order| order.page = page).map_err(refusal)?;
    drop(ledger);
    taken(request, &order, plan)
}

/// What the gateway says about a payment it has taken on.
fn taken(request: &Request, order: &Order, plan: Plan) -> Answer {
    if order.state == State::Paid {
        notify::paid(request.sim, order);
    } else {
        request.sim.watch(order);
    }
    match plan.does {
        Payer::SystemErrorButPaid | Payer::SystemErrorUnpaid => business("ACQ.SYSTEM_ERROR", "接口返回错误"),
        Payer::BankErrorThenPays => Err(unknown()),
        _ if order.state == State::Paid => Ok(paid(order)),
        _ => Ok(paying(order)),
    }
}

/// Alipay has no "failed, but paid".
fn alipay_plan(plan: Plan) -> Plan {
    match plan.does {
        Payer::PayErrorButPaid => Plan { does: Payer::PasswordThenPays, ..plan },
        _ => plan,
    }
}

/// 16 to 24 digits, the first two 25 to 30.
fn is_auth_code(code: &str) -> bool {
    let prefix = code.get(..2).and_then(|prefix| prefix.parse().ok()).is_some_and(|prefix: u8| (25..=30).contains(&prefix));
    prefix && (16..=24).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())
}

fn own_ending(code: &str) -> Option<Refusal> {
    let (sub_code, words) = match &code[code.len() - 4..] {
        "8821" => ("ACQ.PAYMENT_REQUEST_HAS_RISK", "支付有风险"),
        "8822" => ("ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", "用户银行卡余额不足"),
        "8823" => ("ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE", "没有可用的支付工具"),
        "8824" => ("ACQ.PULL_MOBILE_CASHIER_FAIL", "唤起移动收银台失败"),
        "8825" => ("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "买家付款日限额超限"),
        "8826" => ("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效"),
        "8827" => ("ACQ.SYSTEM_ERROR", "接口返回错误"),
        "8828" => return Some(unknown()),
        _ => return None,
    };
    refuse::<()>("40004", sub_code, words).err()
}

fn paid(order: &Order) -> Value {
    let mut value = paid_fields(order);
    value["gmt_payment"] = json!(time(order.paid_ms.unwrap_or_default()));
    value
}

/// What a paid trade says of its money, here and in a query.
pub(super) fn paid_fields(order: &Order) -> Value {
    let sum = yuan(order.fen);
    json!({
        "trade_no": order.txn,
        "out_trade_no": order.number,
        "buyer_logon_id": "159****5620",
        "buyer_open_id": order.payer,
        "total_amount": sum,
        "receipt_amount": sum,
        "buyer_pay_amount": sum,
        "invoice_amount": sum,
        "point_amount": "0.00",
        "fund_bill_list": [{ "fund_channel": "ALIPAYACCOUNT", "amount": sum }],
    })
}

fn paying(order: &Order) -> Value {
    json!({
        "code": "10003",
        "msg": "order success pay inprocess",
        "trade_no": order.txn,
        "out_trade_no": order.number,
        "buyer_logon_id": "159****5620",
        "total_amount": yuan(order.fen),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_prefix_and_length() {
        for code in ["2512345678901234", "301234567890123456789012"] {
            assert!(is_auth_code(code), "{code}");
        }
        for code in ["", "25", "251234567890123", "3112345678901234", "2412345678901234", "25123456789012345678901234", "二五"]
        {
            assert!(!is_auth_code(code), "{code}");
        }
    }
}
