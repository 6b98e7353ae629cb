//! The payer's side: plain pages on which a person pays, leaves, types a password, shows a code at the till, and makes
//! things go wrong, in Chinese or English.

mod book;
mod orders;
pub(crate) mod page;
mod till;
mod trouble;
mod words;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::sim::Sim;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/wallet", get(orders::list))
        .route("/wallet/pay", get(orders::show).post(orders::act))
        .route("/wallet/password", post(orders::password))
        .route("/wallet/till", get(till::show))
        .route("/wallet/book", get(book::show))
        .route("/wallet/trouble", get(trouble::show).post(trouble::act))
}
