//! What the page shows, read off the check at that moment.

use crate::app::App;
use crate::code::Payable;
use crate::diner::payments::add_wallet;
use domain::catalog::Mode;
use domain::floor::{Ask, AskState, Floor, Session};
use domain::view::{PaymentState, PaymentView, payment_view};
use domain::{AttemptId, Money, OrderId, ShareId, Text, Timestamp};

/// How long a try that brought nothing is mentioned. Units: milliseconds.
const MENTIONED_MS: i64 = 180_000;

/// Where the check stands for whoever scanned its code.
#[derive(Debug)]
pub(super) enum Standing {
    /// Nothing was ordered yet.
    Empty,
    /// This is to be paid.
    Due {
        amount: Money,
        order: Option<OrderId>,
        /// Shares still unpaid, where the code is for the whole check.
        shares: Vec<(ShareId, String, Money)>,
        /// A try just ended without money.
        failed: bool,
    },
    /// Somebody can pay right now.
    Waiting(PaymentView),
    /// The channel has not said for certain; nobody pays meanwhile.
    Checking(PaymentView),
    /// All is paid.
    Paid,
}

impl Standing {
    /// The number at the channel of the payment that is under way.
    pub fn attempt(&self) -> Option<AttemptId> {
        match self {
            Standing::Waiting(view) | Standing::Checking(view) => view.attempt,
            Standing::Empty | Standing::Due { .. } | Standing::Paid => None,
        }
    }
}

/// The check as the page shows it.
#[derive(Debug)]
pub(super) struct Sight {
    pub house: Text,
    pub table: String,
    /// Whose share it is, where it is one.
    pub share_name: Option<String>,
    pub standing: Standing,
    pub now: Timestamp,
}

impl Sight {
    /// Looks; nothing once the party has left, or the share is no more.
    pub fn of(app: &App, payable: Payable) -> Option<Sight> {
        let (known, now) = (app.known(), app.store.now().at);
        app.store.floor(|floor| {
            let session = floor.sessions.get(&payable.session).filter(|session| session.closed_at.is_none())?;
            let share = match payable.share {
                None => None,
                Some(id) => Some(session.split.iter().find(|share| share.share == id)?),
            };
            let open = session.asks.values().find(|ask| in_the_way(ask, payable.share));
            let standing = match open {
                Some(ask) => {
                    let mut views = [app.store.money(|money| payment_view(ask, money))];
                    add_wallet(&mut views, app.demo_wallet.as_deref());
                    let [view] = views;
                    under_way(view)
                }
                None => at_rest(floor, session, payable.share, now),
            };
            Some(Sight {
                house: known.house.name.clone(),
                table: session.table_name.clone(),
                share_name: share.map(|share| share.name.clone()),
                standing,
                now,
            })
        })
    }

    /// Differs for every page that looks different.
    pub fn key(&self) -> String {
        match &self.standing {
            Standing::Empty => "empty".to_owned(),
            Standing::Due { amount, .. } => format!("due.{}", amount.0),
            Standing::Waiting(view) => format!("waiting.{}", view.ask),
            Standing::Checking(view) => format!("checking.{}", view.ask),
            Standing::Paid => "paid".to_owned(),
        }
    }
}

/// Two may pay at once only where the check is split, and then different shares.
fn in_the_way(ask: &Ask, share: Option<ShareId>) -> bool {
    ask.state == AskState::Open && (share.is_none() || ask.share.is_none_or(|other| Some(other) == share))
}

fn under_way(view: PaymentView) -> Standing {
    match view.state {
        PaymentState::Waiting => Standing::Waiting(view),
        PaymentState::Starting | PaymentState::Checking | PaymentState::Paid | PaymentState::Failed | PaymentState::Closed => {
            Standing::Checking(view)
        }
    }
}

fn at_rest(floor: &Floor, session: &Session, share: Option<ShareId>, now: Timestamp) -> Standing {
    let (amount, order) = due_of(floor, session, share);
    if !amount.is_positive() {
        let empty = session.orders.is_empty() && session.tenders.is_empty();
        return if empty { Standing::Empty } else { Standing::Paid };
    }
    let unpaid = session.split.iter().filter(|_| share.is_none()).map(|s| (s.share, s.name.clone(), session.unpaid_of(s)));
    let latest = session.asks.values().filter(|ask| share.is_none() || ask.share == share).max_by_key(|ask| ask.asked_at);
    let failed = latest.is_some_and(|ask| match ask.state {
        AskState::Closed { .. } => now.since_ms(ask.asked_at) < MENTIONED_MS,
        AskState::Open | AskState::Credited { .. } => false,
    });
    Standing::Due { amount, order, shares: unpaid.filter(|(_, _, unpaid)| unpaid.is_positive()).collect(), failed }
}

/// Exactly what the check would take: see `check::due_of` in the domain.
fn due_of(floor: &Floor, session: &Session, share: Option<ShareId>) -> (Money, Option<OrderId>) {
    match session.mode {
        Mode::PayFirst => {
            let order = floor.awaiting_of(session).and_then(|id| floor.orders.get(&id));
            (order.map(|order| floor.due_for(session, order)).unwrap_or_default(), order.map(|order| order.id))
        }
        Mode::PayLater => {
            let due = floor.due(session);
            let amount = match share.and_then(|id| session.split.iter().find(|share| share.share == id)) {
                Some(share) => session.unpaid_of(share).min(due),
                None => {
                    let in_shares: Money = session.split.iter().map(|share| session.unpaid_of(share)).sum();
                    if (due - in_shares).is_positive() { due - in_shares } else { due }
                }
            };
            (amount, None)
        }
    }
}
