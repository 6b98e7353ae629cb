//! Which ways to pay are offered right now: a channel that is down rests, and its button with it, while the others go on.

use crate::app::{Answer, App};
use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::code::Payable;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::floor::{Floor, Known, Way};
use domain::{AccountId, Money, SessionId, ShareId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use workers::WayOffer;

/// Whether a way can be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayState {
    /// It can.
    Up,
    /// Its channel isn't answering; the other ways are offered.
    Resting,
}

/// How a way is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayKind {
    /// Inside the wallet's own app.
    InApp,
    /// The guest scans a code.
    Code,
    /// From any browser on the guest's phone.
    Browser,
    /// Staff scan the guest's wallet.
    ScanWallet,
    /// Staff take it and write it down.
    ByHand,
}

/// A way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WayView {
    /// Which.
    pub way: Way,
    /// Whether it can be used now.
    pub state: WayState,
    /// How it is used.
    pub kind: WayKind,
}

/// A customer who may pay by account, and what stands on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its code.
    pub id: AccountId,
    /// Who it is.
    pub name: String,
    /// The most that may stand on it.
    pub limit: Money,
    /// What stands on it.
    pub owed: Money,
}

/// Everything a page needs to offer payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaysView {
    /// The ways in service here.
    pub ways: Vec<WayView>,
    /// Tips offered, in hundredths of a percent of what is paid; none: the house takes no tips.
    pub tips_bp: Vec<u32>,
    /// Cash is rounded down to a multiple of so many fen; 0 and 1 round nothing.
    pub cash_rounding_fen: u32,
    /// For staff only.
    pub accounts: Vec<AccountView>,
    /// Since when the house has no line to the outside, if it knows: that is why the wallets rest.
    pub cut_off_since: Option<Timestamp>,
    /// When this was so.
    pub checked_at: Timestamp,
}

/// Which code.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfShare {
    /// Only this share of a split check; all of it where it isn't said.
    pub share: Option<ShareId>,
}

/// The code of a check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PayCodeAnswer {
    /// What the code holds: any wallet, and any phone's camera, can open it.
    pub url: String,
}

/// Reads which ways to pay are offered right now.
#[utoipa::path(get, operation_id = "ways_show", path = "/stores/{store}/sessions/{session}/ways", tag = "diner",
    params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = WaysView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
) -> Answer<Json<WaysView>> {
    caller.must_belong(session)?;
    let known = app.known();
    let mut ways = way_views(&app.desk.offers(), &known);
    let accounts = match &caller {
        Caller::Staff(_) => app.store.floor(|floor| account_views(floor, &known)),
        Caller::Guest(_) => {
            ways.retain(|view| is_for_guests(view.way));
            Vec::new()
        }
    };
    let policy = &known.house.policy;
    Ok(Json(WaysView {
        ways,
        tips_bp: policy.tips_bp.clone(),
        cash_rounding_fen: policy.cash_rounding_fen,
        accounts,
        cut_off_since: app.hub.cloud().filter(|cloud| !cloud.connected).and_then(|cloud| cloud.since),
        checked_at: app.store.now().at,
    }))
}

/// Reads the one code of the check that any wallet can scan.
#[utoipa::path(get, operation_id = "ways_pay_code", path = "/stores/{store}/sessions/{session}/pay-code", tag = "diner",
    params(("store" = StoreId, Path), ("session" = SessionId, Path), OfShare), security(("token" = [])),
    responses((status = 200, body = PayCodeAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn pay_code(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Query(of): Query<OfShare>,
) -> Answer<Json<PayCodeAnswer>> {
    caller.must_belong(session)?;
    app.store.floor(|floor| {
        let party = floor.sessions.get(&session).ok_or_else(|| Problem::new("session_unknown", "no such party today"))?;
        if party.closed_at.is_some() {
            return Err(Problem::new("session_closed", "the party has left"));
        }
        match of.share {
            Some(id) if party.split.iter().all(|share| share.share != id) => {
                Err(Problem::new("share_unknown", "the check has no such share"))
            }
            Some(_) | None => Ok(()),
        }
    })?;
    let code = app.pay_code(Payable { session, share: of.share });
    Ok(Json(PayCodeAnswer { url: format!("{}/p/{code}", app.public_url) }))
}

/// The ways in service: the channels' as they stand, and what staff take by hand.
pub fn way_views(offers: &[WayOffer], known: &Known) -> Vec<WayView> {
    let by_channel = offers.iter().filter(|offer| offer.way.is_by_channel()).map(|offer| WayView {
        way: offer.way,
        state: if offer.up { WayState::Up } else { WayState::Resting },
        kind: kind_of(offer.way),
    });
    let account = (!known.house.accounts.is_empty()).then_some(Way::HouseAccount);
    let by_hand = [Some(Way::Cash), Some(Way::Card), account, Some(Way::MemberBalance)].into_iter().flatten();
    by_channel.chain(by_hand.map(|way| WayView { way, state: WayState::Up, kind: kind_of(way) })).collect()
}

/// The house's accounts with what stands on them.
pub fn account_views(floor: &Floor, known: &Known) -> Vec<AccountView> {
    let view = |account: &domain::catalog::HouseAccount| AccountView {
        id: account.id.clone(),
        name: account.name.clone(),
        limit: account.limit,
        owed: floor.accounts.get(&account.id).copied().unwrap_or_default(),
    };
    known.house.accounts.iter().map(view).collect()
}

fn kind_of(way: Way) -> WayKind {
    match way {
        Way::WechatJsapi | Way::AlipayApp => WayKind::InApp,
        Way::WechatNative | Way::AlipayQr => WayKind::Code,
        Way::WechatH5 | Way::AlipayWap => WayKind::Browser,
        Way::WechatCode | Way::AlipayCode => WayKind::ScanWallet,
        Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => WayKind::ByHand,
    }
}

/// What a guest starts alone, and cash, for which they call.
fn is_for_guests(way: Way) -> bool {
    match kind_of(way) {
        WayKind::InApp | WayKind::Code | WayKind::Browser => true,
        WayKind::ScanWallet => false,
        WayKind::ByHand => way == Way::Cash,
    }
}
