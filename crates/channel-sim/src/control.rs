//! The control API: what a tester's hand or a demo script does, apart from what a channel offers.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    faults::{Fault, Kind},
    ledger::{Order, Refused},
    notify,
    server::Sim,
};

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/control/pay", post(pay))
        .route("/control/orders", get(orders))
        .route("/control/faults", get(faults).post(add_fault))
        .route("/control/reset", post(reset))
}

/// Pays in someone's name and sends the notice.
pub(crate) fn confirm(sim: &Arc<Sim>, text: &str) -> Result<Order, Refused> {
    let order = sim.ledger.lock().pay(text, sim.now_ms())?;
    notify::paid(sim, &order);
    Ok(order)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayBody {
    code: Option<String>,
    out_trade_no: Option<String>,
    prepay_id: Option<String>,
}

async fn pay(State(sim): State<Arc<Sim>>, Json(body): Json<PayBody>) -> Response {
    let Some(text) = body.code.or(body.prepay_id).or(body.out_trade_no) else {
        let words = json!({ "error": "say code, prepay_id or out_trade_no" });
        return (StatusCode::BAD_REQUEST, Json(words)).into_response();
    };
    match confirm(&sim, &text) {
        Ok(order) => Json(summary(&order)).into_response(),
        Err(refused) => {
            let status = match refused {
                Refused::NoSuchOrder => StatusCode::NOT_FOUND,
                Refused::OtherParams
                | Refused::Closed
                | Refused::AlreadyPaid
                | Refused::NotPaid
                | Refused::Expired
                | Refused::CodeReplaced
                | Refused::RefundTooLarge
                | Refused::RefundDiffers => StatusCode::CONFLICT,
            };
            (status, Json(json!({ "error": refused.as_str() }))).into_response()
        }
    }
}

async fn orders(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let ledger = sim.ledger.lock();
    Json(ledger.orders().map(summary).collect())
}

/// What a tester wants to know of an order.
fn summary(order: &Order) -> Value {
    json!({
        "channel": order.channel,
        "out_trade_no": order.number,
        "product": order.product,
        "amount_fen": order.fen,
        "description": order.description,
        "code": order.codes.last().map(|(code, _)| code),
        "state": order.state,
        "channel_txn": order.txn,
        "created_ms": order.created_ms,
        "expires_ms": order.expires_ms,
        "paid_ms": order.paid_ms,
        "notified": order.notified,
        "refunded_fen": order.refunded_fen(),
        "refunds": order.refunds.iter().map(|r| json!({ "out_refund_no": r.number, "amount_fen": r.fen })).collect::<Vec<_>>(),
    })
}

async fn faults(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!(sim.faults.lock().active()))
}

async fn add_fault(State(sim): State<Arc<Sim>>, Json(fault): Json<Fault>) -> Json<Value> {
    if fault.kind == Kind::RotateKey {
        sim.rotate_key();
    } else {
        sim.faults.lock().add(fault);
    }
    Json(json!(sim.faults.lock().active()))
}

/// Forgets orders and faults; keys stay.
async fn reset(State(sim): State<Arc<Sim>>) -> Response {
    sim.faults.lock().clear();
    sim.used_codes.lock().clear();
    match sim.ledger.lock().reset() {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
