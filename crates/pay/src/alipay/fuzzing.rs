//! Alipay's words behind the signature, for the fuzzing targets.

use serde::de::DeserializeOwned;

use super::{
    notice,
    sign::{notice_text, raw_answer, read_form},
    types::{BillPlace, CancelAnswer, PayAnswer, PrecreateAnswer, RefundAnswer, RefundQueryAnswer, Status, Trade, TradeNo},
};
use crate::port::{NoticeBody, NoticeRefused};

/// A notice whose signature was good.
pub fn notice(body: &[u8]) -> Result<NoticeBody, NoticeRefused> {
    let params = read_form(body)?;
    let _ = notice_text(&params);
    notice::meaning(&params)
}

/// Cuts the node of a query's answer out and reads it as every kind of answer. The node must be a piece of the body as it came.
pub fn answers(body: &[u8]) -> bool {
    let Some(raw) = raw_answer(body, "alipay.trade.query") else { return false };
    let start = (raw.node.as_ptr() as usize).checked_sub(body.as_ptr() as usize);
    let cut = start.and_then(|start| body.get(start..start + raw.node.len()));
    assert_eq!(cut, Some(raw.node.as_bytes()), "the signed text is not the received text");
    assert!(serde_json::from_str::<serde_json::Map<_, _>>(raw.node).is_ok(), "the node is no object");
    if let Ok(status) = serde_json::from_str::<Status>(raw.node) {
        let _ = status.verdict();
    }
    reads::<Trade>(raw.node);
    reads::<PayAnswer>(raw.node);
    reads::<CancelAnswer>(raw.node);
    reads::<RefundAnswer>(raw.node);
    reads::<RefundQueryAnswer>(raw.node);
    reads::<PrecreateAnswer>(raw.node);
    reads::<TradeNo>(raw.node);
    reads::<BillPlace>(raw.node);
    true
}

fn reads<T: DeserializeOwned>(node: &str) {
    let _ = serde_json::from_str::<T>(node);
}
