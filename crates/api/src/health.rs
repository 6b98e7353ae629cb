//! Signs of life for supervisors and figures for Prometheus.

use crate::app::App;
use crate::client_ip::stranger_of;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::floor::OrderState;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How the server is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or `stopped` when a writer has lost its journal.
    pub status: String,
    /// Last sequence numbers of floor, money and catalog.
    pub heads: Vec<u64>,
    /// The business day is open.
    pub day_open: bool,
}

/// Says whether the server can serve.
#[utoipa::path(get, operation_id = "health_health", path = "/health", tag = "operations", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let stopped = app.store.is_stopped();
    let health = Health {
        status: if stopped { "stopped" } else { "ok" }.to_owned(),
        heads: app.store.heads().to_vec(),
        day_open: app.store.floor(|floor| floor.day.is_some()),
    };
    (if stopped { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, Json(health))
}

/// Figures in Prometheus' text form, for programs on this machine: how a house trades is no stranger's business.
pub async fn metrics(State(app): State<Arc<App>>, request: Request) -> Response {
    if stranger_of(&request, &app).is_some() {
        return Problem::new("not_found", "see /openapi.json for what there is").into_response();
    }
    let [floor, money, catalog] = app.store.heads();
    for (stream, seq) in [("floor", floor), ("money", money), ("catalog", catalog)] {
        metrics::gauge!("dandan_journal_seq", "stream" => stream).set(precise(seq));
    }
    metrics::gauge!("dandan_journal_commits").set(precise(app.store.commits()));
    let (unseen, unpaid) = app.store.floor(|floor| {
        let released = floor.orders.values().filter(|order| matches!(order.state, OrderState::Released { .. }));
        let items = released.flat_map(|order| order.live_lines().flat_map(|line| &line.items));
        (items.filter(|item| item.seen_at.is_none()).count(), floor.awaiting.len())
    });
    metrics::gauge!("dandan_kitchen_unseen_items").set(precise(unseen as u64));
    metrics::gauge!("dandan_orders_awaiting_payment").set(precise(unpaid as u64));
    let (open, refunds, exceptions) = app.store.money(|money| {
        let cases = money.cases.values().filter(|case| case.resolved.is_none());
        (money.outstanding.len(), money.outstanding_refunds.len(), cases.count())
    });
    metrics::gauge!("dandan_refunds_outstanding").set(precise(refunds as u64));
    metrics::gauge!("dandan_payments_outstanding").set(precise(open as u64));
    metrics::gauge!("dandan_payment_exceptions").set(precise(exceptions as u64));
    ([("content-type", "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}

/// Prometheus counts in doubles; our counts stay far below where that matters.
#[allow(clippy::cast_precision_loss)]
fn precise(count: u64) -> f64 {
    count as f64
}
