//! Placing an order: the first station of the road.

use crate::app::{Answer, App};
use crate::auth::Caller;
use crate::body::{Command, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::floor::{Actor, AskedLine, FloorCommand, PlaceOrder};
use domain::menu::{PickedDish, PickedOption, Selection};
use domain::view::{OrderView, order_view};
use domain::{DishId, LineId, Money, OrderId, SessionId, StaffId, StoreId, VariantId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Dishes submitted together. The Idempotency-Key is the order's id.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrderRequest {
    /// Made and stored by the phone before the first send.
    pub order: OrderId,
    /// The menu the phone showed.
    pub menu_version: u32,
    /// The total the person saw.
    pub total: Money,
    /// 1 to 100 lines.
    #[schema(min_items = 1, max_items = 100)]
    pub lines: Vec<OrderLineRequest>,
    /// A wish for the whole order.
    #[schema(max_length = 60)]
    pub note: Option<String>,
}

/// One line, with the price the person saw.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderLineRequest {
    /// The cart line's id.
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
    /// Price of one portion as shown.
    pub unit_price: Money,
    /// Price of the line as shown.
    pub amount: Money,
    /// Which course (道), from 1; staff only.
    #[schema(minimum = 1, maximum = 9)]
    pub course: Option<u8>,
    /// Who at the table it is for, from 1.
    #[schema(minimum = 1, maximum = 99)]
    pub seat: Option<u8>,
    /// 叫起: not cooked before somebody fires it.
    #[serde(default)]
    pub hold: bool,
}

impl From<OrderLineRequest> for AskedLine {
    fn from(asked: OrderLineRequest) -> AskedLine {
        let OrderLineRequest {
            line,
            dish,
            variant,
            quantity,
            weight_g,
            options,
            set,
            note,
            unit_price,
            amount,
            course,
            seat,
            hold,
        } = asked;
        let selection = Selection { dish, variant, quantity, weight_g, options, set, note };
        AskedLine { line, selection, unit_price, amount, course, seat, hold }
    }
}

/// Places an order. The same id and content get the same order again, however often they are sent.
#[utoipa::path(post, operation_id = "orders_place", path = "/stores/{store}/sessions/{session}/orders", tag = "diner", request_body = PlaceOrderRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header, description = "the order's id")),
    security(("token" = [])),
    responses((status = 201, body = OrderView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn place(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Command { request, body }: Command<PlaceOrderRequest>,
) -> Answer<(StatusCode, Json<OrderView>)> {
    caller.must_belong(session)?;
    if request.id != body.order.0 {
        return Err(Problem::new("malformed", "the Idempotency-Key of an order is the order's id"));
    }
    if body.lines.iter().any(|line| line.course.is_some_and(|course| !(1..=9).contains(&course)) || line.seat == Some(0)) {
        return Err(Problem::new("malformed", "courses are 1 to 9, seats count from 1"));
    }
    let order = body.order;
    let command = PlaceOrder {
        order,
        session,
        by: match caller {
            Caller::Guest(guest) => Actor::Guest(guest.guest),
            Caller::Staff(staff) => Actor::Staff { name: staff_name(&app, &staff.id), id: staff.id },
        },
        menu_version: body.menu_version,
        total: body.total,
        lines: body.lines.into_iter().map(AskedLine::from).collect(),
        note: body.note,
    };
    app.store.submit_floor(request, FloorCommand::PlaceOrder(command)).await?;
    Ok((StatusCode::CREATED, Json(read(&app, session, order)?)))
}

/// Reads an order. After a lost answer this tells whether it was accepted.
#[utoipa::path(get, operation_id = "orders_show", path = "/stores/{store}/sessions/{session}/orders/{order}", tag = "diner",
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("order" = OrderId, Path)), security(("token" = [])),
    responses((status = 200, body = OrderView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    State(app): State<Arc<App>>,
    Path((_, session, order)): Path<(StoreId, SessionId, OrderId)>,
    caller: Caller,
) -> Answer<Json<OrderView>> {
    caller.must_belong(session)?;
    read(&app, session, order).map(Json)
}

/// Takes back an order that nobody has paid or cooked.
#[utoipa::path(post, operation_id = "orders_cancel", path = "/stores/{store}/sessions/{session}/orders/{order}/cancel", tag = "diner", request_body = crate::body::Nothing,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("order" = OrderId, Path), ("Idempotency-Key" = String, Header)),
    security(("token" = [])),
    responses((status = 200, body = OrderView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    Path((_, session, order)): Path<(StoreId, SessionId, OrderId)>,
    caller: Caller,
    Command { request, .. }: Command<crate::body::Nothing>,
) -> Answer<Json<OrderView>> {
    caller.must_belong(session)?;
    app.store.submit_floor(request, FloorCommand::CancelOrder { session, order }).await?;
    read(&app, session, order).map(Json)
}

fn staff_name(app: &App, id: &StaffId) -> String {
    let name = app.store.catalog(|catalog| catalog.staff.get(id).map(|staff| staff.name.clone()));
    name.unwrap_or_else(|| id.to_string())
}

fn read(app: &App, session: SessionId, order: OrderId) -> Answer<OrderView> {
    let view = app.store.floor(|floor| floor.orders.get(&order).filter(|order| order.session == session).map(order_view));
    view.ok_or_else(|| Problem::new("order_unknown", "this party has no such order"))
}
