//! Starting a payment, whoever asks for it: the wish is recorded at once; what the channel says follows.

use super::payments::read;
use crate::app::{Answer, App};
use crate::problem::Problem;
use domain::floor::{AskPayment, FloorCommand, Way};
use domain::view::{PaymentState, PaymentView};
use domain::{AskId, SessionId};
use engine::Request;
use pay::AuthCode;
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use workers::Ended;

/// How long an answer waits for the channel; after that the page hears the rest from its feed.
const WAIT_FOR_CHANNEL: Duration = Duration::from_secs(4);
/// A wallet that was scanned is answered later: the channel may try several cards first.
const WAIT_FOR_WALLET: Duration = Duration::from_secs(6);

/// What the channel needs to know that never enters the journal.
#[derive(Debug)]
pub enum Secretly {
    /// Nothing.
    Nothing,
    /// Who pays.
    Payer(String),
    /// From which browser, and where it comes back to.
    Browser { ip: IpAddr, return_url: String },
    /// The code in the guest's wallet, and at which till it was scanned.
    Wallet { code: AuthCode, terminal: String },
}

/// Starts a payment and waits a moment for the channel. The same wish again gets the same payment.
///
/// # Errors
/// `payment_settled` or `payment_open` where `instead_of` is paid, or can't be proved to be unpaid in time.
pub async fn start(
    app: &App,
    request: Request,
    wish: AskPayment,
    secretly: Secretly,
    instead_of: Option<AskId>,
) -> Answer<PaymentView> {
    let (ask, session, way) = (wish.ask, wish.session, wish.way);
    let standing = read(app, session, ask).ok();
    if standing.is_none() {
        must_be_offered(app, way)?;
        if let Some(other) = instead_of {
            end_other(app, session, other).await?;
        }
    }
    if standing.is_none_or(|view| is_under_way(view.state)) {
        tell_secretly(app, ask, secretly);
    }
    let (mut floor, mut money) = (app.store.floor_commits(), app.store.money_commits());
    if let Err(refused) = app.store.submit_floor(request, FloorCommand::AskPayment(wish)).await {
        app.desk.forget(ask);
        return Err(refused.into());
    }
    let (patience, waits): (_, fn(PaymentState) -> bool) =
        if way.is_by_code() { (WAIT_FOR_WALLET, is_under_way) } else { (WAIT_FOR_CHANNEL, is_starting) };
    let _ = tokio::time::timeout(patience, async {
        while read(app, session, ask).is_ok_and(|view| waits(view.state)) {
            let gone = tokio::select! {
                biased;
                commit = floor.recv() => matches!(commit, Err(RecvError::Closed)),
                commit = money.recv() => matches!(commit, Err(RecvError::Closed)),
            };
            if gone {
                return;
            }
        }
    })
    .await;
    read(app, session, ask)
}

/// A channel that is down is said to be resting, so that the page offers another way.
fn must_be_offered(app: &App, way: Way) -> Answer<()> {
    match app.desk.offers().iter().find(|offer| offer.way == way) {
        Some(offer) if offer.up => Ok(()),
        Some(_) => Err(Problem::new("channel_resting", "the channel is not answering; ways says which others are up")),
        None => Err(Problem::new("channel_off", "this way to pay is not in service; cash is taken by staff")),
    }
}

/// Proves that another payment brings no money any more, before this one may begin.
async fn end_other(app: &App, session: SessionId, other: AskId) -> Answer<()> {
    read(app, session, other)?;
    match app.desk.end_first(other).await {
        Ended::Closed => Ok(()),
        Ended::Paid => Err(Problem::new("payment_settled", "the other payment went through")),
        Ended::Unclear => Err(Problem::new("payment_open", "the channel hasn't said yet what became of the other payment")),
    }
}

fn tell_secretly(app: &App, ask: AskId, secretly: Secretly) {
    match secretly {
        Secretly::Nothing => {}
        Secretly::Payer(payer) => app.desk.remember_payer(ask, payer),
        Secretly::Browser { ip, return_url } => app.desk.remember_browser(ask, ip, return_url),
        Secretly::Wallet { code, terminal } => app.desk.remember_code(ask, code, terminal),
    }
}

fn is_starting(state: PaymentState) -> bool {
    match state {
        PaymentState::Starting => true,
        PaymentState::Waiting | PaymentState::Checking | PaymentState::Paid | PaymentState::Failed | PaymentState::Closed => {
            false
        }
    }
}

/// Whether it may still bring money.
pub fn is_under_way(state: PaymentState) -> bool {
    match state {
        PaymentState::Starting | PaymentState::Waiting | PaymentState::Checking => true,
        PaymentState::Paid | PaymentState::Failed | PaymentState::Closed => false,
    }
}
