//! The shared cart.

use super::{Party, party_after};
use crate::app::{Answer, App};
use crate::auth::{Caller, Guest};
use crate::body::{Ask, Command, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::floor::{FloorCommand, PutCartLine, Quote};
use domain::menu::{PickedDish, PickedOption, Selection};
use domain::{DishId, LineId, SessionId, StoreId, VariantId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What a diner asks for in one line, with the id the phone gave it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineSelection {
    /// Made by the phone; it stays the line's id on the order.
    pub line: LineId,
    /// The dish.
    pub dish: DishId,
    /// Its size.
    pub variant: VariantId,
    /// Portions.
    #[schema(minimum = 1, maximum = 99)]
    pub quantity: u16,
    /// Grams, for weighed dishes only.
    #[schema(minimum = 50, maximum = 20000)]
    pub weight_g: Option<u32>,
    /// Options chosen.
    #[schema(max_items = 40)]
    pub options: Vec<PickedOption>,
    /// Parts chosen, for a set meal.
    #[schema(max_items = 40)]
    pub set: Vec<PickedDish>,
    /// A wish in words.
    #[schema(max_length = 60)]
    pub note: Option<String>,
}

impl LineSelection {
    /// Whether its numbers and texts are within what the document says.
    ///
    /// # Errors
    /// `malformed`, naming the field.
    pub fn check_bounds(&self) -> Result<(), Problem> {
        let mut picked = self.options.iter().map(|pick| pick.quantity).chain(self.set.iter().map(|pick| pick.quantity));
        let rules = [
            ((1..=99).contains(&self.quantity), "quantity is 1 to 99"),
            (self.weight_g.is_none_or(|grams| (50..=20_000).contains(&grams)), "weight_g is 50 to 20000"),
            (self.options.len() <= 40 && self.set.len() <= 40, "options and set hold at most 40 each"),
            (picked.all(|quantity| (1..=99).contains(&quantity)), "a picked quantity is 1 to 99"),
            (self.note.as_ref().is_none_or(|note| note.chars().count() <= 60), "note has at most 60 characters"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Problem::new("malformed", format!("line {}: {rule}", self.line))),
        }
    }

    /// The id and the selection apart.
    pub fn split(self) -> (LineId, Selection) {
        let LineSelection { line, dish, variant, quantity, weight_g, options, set, note } = self;
        (line, Selection { dish, variant, quantity, weight_g, options, set, note })
    }
}

/// A new line of the cart.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartLineRequest {
    /// The line.
    pub line: LineSelection,
}

/// How many are wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityRequest {
    /// 0 removes the line.
    #[schema(minimum = 0, maximum = 99)]
    pub quantity: u16,
}

/// Lines to be priced.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// At most 100.
    #[schema(max_items = 100)]
    pub lines: Vec<LineSelection>,
}

/// Puts a line into the table's cart.
#[utoipa::path(post, operation_id = "cart_put_line", path = "/stores/{store}/sessions/{session}/cart/lines", tag = "diner", request_body = CartLineRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn put_line(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    guest: Guest,
    Command { request, body }: Command<CartLineRequest>,
) -> Answer<Json<Party>> {
    Caller::Guest(guest).must_belong(session)?;
    let (line, selection) = body.line.split();
    let command = PutCartLine { session, guest: guest.guest, line, selection };
    app.store.submit_floor(request, FloorCommand::PutCartLine(command)).await?;
    party_after(&app, session).map(Json)
}

/// Changes how many of a cart line are wanted.
#[utoipa::path(post, operation_id = "cart_set_quantity", path = "/stores/{store}/sessions/{session}/cart/lines/{line}/quantity", tag = "diner", request_body = QuantityRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)),
    security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn set_quantity(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    caller: Caller,
    Command { request, body }: Command<QuantityRequest>,
) -> Answer<Json<Party>> {
    caller.must_belong(session)?;
    let command = FloorCommand::SetCartQuantity { session, line, quantity: body.quantity };
    app.store.submit_floor(request, command).await?;
    party_after(&app, session).map(Json)
}

/// Prices lines for this party. Changes nothing.
#[utoipa::path(post, operation_id = "cart_quote", path = "/stores/{store}/sessions/{session}/quote", tag = "diner", request_body = QuoteRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = Quote), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn quote(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Ask(body): Ask<QuoteRequest>,
) -> Answer<Json<Quote>> {
    caller.must_belong(session)?;
    if body.lines.len() > 100 {
        return Err(Problem::new("cart_full", "at most 100 lines are priced at once"));
    }
    body.lines.iter().try_for_each(LineSelection::check_bounds)?;
    let lines: Vec<_> = body.lines.into_iter().map(LineSelection::split).collect();
    let (known, now) = (app.known(), app.store.now());
    Ok(Json(app.store.floor(|floor| floor.quote(session, &lines, now, &known))?))
}
