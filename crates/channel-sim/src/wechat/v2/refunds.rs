//! Refunds over v2. Their notices have a format of their own that nobody here reads, so none is sent: ask.

use std::sync::Arc;

use super::{Answer, Asked, failed, spelled};
use crate::{
    faults::{Hits, Which},
    order::{Order, Refund, RefundEnd},
    sim::Sim,
    wechat::{
        gate::is_number,
        refund::{self, By},
        rfc3339,
    },
};

pub(super) fn refund(sim: &Arc<Sim>, asked: &Asked, hits: &Hits) -> Answer {
    let refund_no = asked.need("out_refund_no")?;
    if !is_number(refund_no, 1, 64, "_-|*@") {
        return failed("PARAM_ERROR", "out_refund_no 格式错误");
    }
    let by = match asked.get("transaction_id") {
        Some(txn) => By::Txn(txn.to_owned()),
        None => By::Number(asked.need("out_trade_no")?.to_owned()),
    };
    let ask = refund::Asked {
        by,
        refund_no: refund_no.to_owned(),
        fen: asked.fen("refund_fee")?,
        total: asked.fen("total_fee")?,
        notify_url: None,
    };
    let (order, refund) = refund::book(sim, ask, hits).map_err(spelled)?;
    let mut fields = of_order(&order);
    fields.push(("out_refund_no", refund.number));
    fields.push(("refund_id", refund.id));
    fields.push(("refund_fee", refund.fen.to_string()));
    Ok(fields)
}

fn of_order(order: &Order) -> Vec<(&'static str, String)> {
    vec![
        ("transaction_id", order.txn.clone()),
        ("out_trade_no", order.number.clone()),
        ("total_fee", order.fen.to_string()),
        ("cash_fee", order.fen.to_string()),
    ]
}

pub(super) fn query(sim: &Arc<Sim>, asked: &Asked, _: &Hits) -> Answer {
    let ledger = sim.ledger.lock();
    let found = match (asked.get("out_refund_no"), asked.get("out_trade_no")) {
        (Some(number), _) => ledger.by_refund(Which::Wechat, number),
        (None, Some(number)) => ledger.get(Which::Wechat, number).and_then(|order| Some((order, order.refunds.first()?))),
        (None, None) => return failed("LACK_PARAMS", "缺少参数 out_refund_no"),
    };
    let Some((order, refund)) = found else {
        return failed("REFUNDNOTEXIST", "退款订单查询失败");
    };
    let mut fields = of_order(order);
    fields.extend(of_refund(refund, sim.now_ms()));
    Ok(fields)
}

/// One refund is told, under the index 0.
fn of_refund(refund: &Refund, now: i64) -> Vec<(&'static str, String)> {
    let status = match refund.ended(now) {
        None => "PROCESSING",
        Some(RefundEnd::Success) => "SUCCESS",
        Some(RefundEnd::Abnormal) => "CHANGE",
        Some(RefundEnd::Closed) => "REFUNDCLOSE",
    };
    let mut fields = vec![
        ("refund_count", "1".to_owned()),
        ("out_refund_no_0", refund.number.clone()),
        ("refund_id_0", refund.id.clone()),
        ("refund_fee_0", refund.fen.to_string()),
        ("refund_channel_0", "ORIGINAL".to_owned()),
        ("refund_status_0", status.to_owned()),
        ("refund_recv_accout_0", "支付用户零钱".to_owned()),
    ];
    if status == "SUCCESS" {
        let at = rfc3339(refund.done_ms).replace('T', " ").replace("+08:00", "");
        fields.push(("refund_success_time_0", at));
    }
    fields
}
