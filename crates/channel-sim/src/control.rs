//! The control API: what a tester's hand or a demo script does, apart from what a channel offers.
//!
//! | call | body | does |
//! |---|---|---|
//! | `POST /control/pay` | `code`, `prepay_id` or `out_trade_no` | pays, and sends the notice |
//! | `POST /control/password` | `channel`, `out_trade_no`, `entered` | a code payer enters the password, or gives up |
//! | `POST /control/payer` | `auth_code`, `does`, `after_ms?` | decides what the payer behind a code will do |
//! | `POST /control/refund` | `channel`, `out_refund_no`, `ends` | ends a refund under way: `success`, `abnormal`, `closed` |
//! | `GET /control/orders` | | the channels' book |
//! | `GET`, `POST /control/faults` | a [`Fault`] | the faults in force; puts one in force |
//! | `GET`, `POST /control/settings` | [`Settings`], all or some | the settings; replaces those named |
//! | `GET`, `POST /control/bills` | a [`crate::Spoil`] | what is wrong with bills; makes one wrong |
//! | `POST /control/bills/clear` | | makes all bills right again |
//! | `POST /control/reset` | | forgets orders, faults and settings; keys stay |

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
    Plan, Settings, bill,
    faults::{Fault, Kind, Which},
    notify,
    order::{Order, RefundEnd, Refused, Row},
    sim::Sim,
};

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/control/pay", post(pay))
        .route("/control/password", post(enter))
        .route("/control/payer", post(plan_payer))
        .route("/control/refund", post(end_refund))
        .route("/control/orders", get(orders))
        .route("/control/faults", get(faults).post(add_fault))
        .route("/control/settings", get(settings).post(set))
        .route("/control/reset", post(reset))
        .merge(bill::control_routes())
}

/// Pays in someone's name and sends the notice.
pub(crate) fn confirm(sim: &Arc<Sim>, text: &str) -> Result<Order, Refused> {
    let order = sim.ledger.lock().pay(text, sim.now_ms())?;
    notify::paid(sim, &order);
    Ok(order)
}

/// The payer of a code payment enters the password, or gives up.
pub(crate) fn password(sim: &Arc<Sim>, channel: Which, number: &str, entered: bool) -> Result<Order, Refused> {
    sim.advance(channel, number);
    let order = sim.ledger.lock().password(channel, number, entered, sim.now_ms())?;
    if entered {
        notify::paid(sim, &order);
    }
    Ok(order)
}

/// Ends a refund under way.
pub(crate) fn settle_refund(sim: &Arc<Sim>, channel: Which, number: &str, end: RefundEnd) -> Result<Order, Refused> {
    let (order, refund) = sim.ledger.lock().settle_refund(channel, number, end, sim.now_ms())?;
    notify::refunded(sim, &order, &refund);
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
    told(&sim, confirm(&sim, &text))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    channel: Which,
    out_trade_no: String,
    entered: bool,
}

async fn enter(State(sim): State<Arc<Sim>>, Json(body): Json<PasswordBody>) -> Response {
    told(&sim, password(&sim, body.channel, &body.out_trade_no, body.entered))
}

#[derive(Debug, Deserialize)]
struct PayerBody {
    auth_code: String,
    #[serde(flatten)]
    plan: Plan,
}

async fn plan_payer(State(sim): State<Arc<Sim>>, Json(body): Json<PayerBody>) -> Json<Value> {
    sim.plans.lock().insert(body.auth_code, body.plan);
    Json(json!({ "ok": true }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    channel: Which,
    out_refund_no: String,
    ends: RefundEnd,
}

async fn end_refund(State(sim): State<Arc<Sim>>, Json(body): Json<RefundBody>) -> Response {
    told(&sim, settle_refund(&sim, body.channel, &body.out_refund_no, body.ends))
}

fn told(sim: &Sim, done: Result<Order, Refused>) -> Response {
    match done {
        Ok(order) => Json(order.row(sim.now_ms())).into_response(),
        Err(refused) => {
            let status = if refused == Refused::NoSuchOrder { StatusCode::NOT_FOUND } else { StatusCode::CONFLICT };
            (status, Json(json!({ "error": refused.as_str() }))).into_response()
        }
    }
}

async fn orders(State(sim): State<Arc<Sim>>) -> Json<Vec<Row>> {
    let now = sim.now_ms();
    Json(sim.ledger.lock().orders().map(|order| order.row(now)).collect())
}

async fn settings(State(sim): State<Arc<Sim>>) -> Json<Settings> {
    Json(sim.settings.lock().clone())
}

/// Names that are absent keep their value.
async fn set(State(sim): State<Arc<Sim>>, Json(body): Json<serde_json::Map<String, Value>>) -> Response {
    let mut settings = sim.settings.lock();
    let mut value = json!(*settings);
    for (name, new) in body {
        value[name] = new;
    }
    match serde_json::from_value(value) {
        Ok(new) => {
            *settings = new;
            Json(settings.clone()).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn faults(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!(sim.faults.lock().active()))
}

async fn add_fault(State(sim): State<Arc<Sim>>, Json(fault): Json<Fault>) -> Json<Value> {
    if fault.kind == Kind::RotateKey {
        sim.rotate_key();
    } else {
        sim.faults.lock().add(fault, sim.now_ms());
    }
    Json(json!(sim.faults.lock().active()))
}

/// Forgets orders, faults and settings; keys stay.
async fn reset(State(sim): State<Arc<Sim>>) -> Response {
    sim.faults.lock().clear();
    sim.used_codes.lock().clear();
    sim.plans.lock().clear();
    sim.bills.lock().clear();
    sim.nonces.lock().clear();
    *sim.settings.lock() = Settings::default();
    match sim.ledger.lock().reset() {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
