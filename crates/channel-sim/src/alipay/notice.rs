//! The form that Alipay posts to the merchant: of a payment, or of a refund of it.

use serde_json::json;

use super::{
    form::{self, Charset, signed_text},
    text::{time, yuan},
    trade::trade_status,
};
use crate::{
    identity::{ALIPAY_APP_ID, SELLER_ID},
    order::{Order, Refund},
    sim::Sim,
};

/// What is told, and how far from the truth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub order: &'a Order,
    pub refund: Option<&'a Refund>,
    /// The same for every delivery.
    pub id: &'a str,
    pub short_fen: i64,
    /// Signed over something else.
    pub wrongly: bool,
}

/// Headers and body.
pub(crate) fn notice(sim: &Sim, told: Told) -> (Vec<(String, String)>, String) {
    let charset = if told.order.page.gbk { Charset::Gbk } else { Charset::Utf8 };
    let mut params = fields(sim, told, charset);
    sign(sim, &mut params, charset, told.wrongly);
    let kind = format!("application/x-www-form-urlencoded; charset={}", charset.name());
    (vec![("Content-Type".to_owned(), kind)], form::write(&params, charset))
}

/// Adds `sign_type` and `sign`; both are left out of what is signed, unlike in requests.
pub(super) fn sign(sim: &Sim, params: &mut Vec<(&'static str, String)>, charset: Charset, wrongly: bool) {
    let covered = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut text = charset.encode(&signed_text(&covered, &[]));
    if wrongly {
        text.push(b' ');
    }
    params.push(("sign_type", "RSA2".to_owned()));
    params.push(("sign", sim.identity.alipay.sign(&text)));
}

fn fields(sim: &Sim, told: Told, charset: Charset) -> Vec<(&'static str, String)> {
    let order = told.order;
    let total = yuan(order.fen - told.short_fen);
    let mut params = vec![
        ("notify_time", time(sim.now_ms())),
        ("notify_type", "trade_status_sync".to_owned()),
        ("notify_id", told.id.to_owned()),
        ("app_id", ALIPAY_APP_ID.to_owned()),
        ("auth_app_id", ALIPAY_APP_ID.to_owned()),
        ("charset", charset.name().to_owned()),
        ("version", "1.0".to_owned()),
        ("trade_no", order.txn.clone()),
        ("out_trade_no", order.number.clone()),
        ("buyer_open_id", order.payer.clone()),
        ("buyer_logon_id", "159****5620".to_owned()),
        ("seller_id", SELLER_ID.to_owned()),
        ("trade_status", trade_status(order, sim.now_ms()).to_owned()),
        ("total_amount", total.clone()),
        ("receipt_amount", total.clone()),
        ("invoice_amount", total.clone()),
        ("buyer_pay_amount", total.clone()),
        ("point_amount", "0.00".to_owned()),
        ("subject", order.description.clone()),
        ("gmt_create", time(order.created_ms)),
        ("gmt_payment", time(order.paid_ms.unwrap_or_default())),
        ("fund_bill_list", json!([{ "amount": total, "fundChannel": "ALIPAYACCOUNT" }]).to_string()),
        // A field no document names: readers that drop what they do not know fail here.
        ("sim_extra", "100% + 新字段 = \"{}\"".to_owned()),
    ];
    if let Some(attach) = &order.attach {
        params.push(("passback_params", attach.clone()));
    }
    if let Some(refund) = told.refund {
        params.push(("out_biz_no", refund.number.clone()));
        params.push(("refund_fee", yuan(order.refunded_fen())));
        params.push(("gmt_refund", format!("{}.000", time(refund.done_ms))));
    }
    params
}
