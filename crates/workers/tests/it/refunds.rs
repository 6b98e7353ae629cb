//! Money going back: one number for ever, until the channel has given it up.

use crate::channel::{Fake, says, says_after, unknown};
use crate::house::{PRICE, Room, is, is_paid};
use domain::floor::{AskRefund, FloorCommand, Way};
use domain::payment::RefundState as State;
use domain::{AskId, Money, RefundId, TenderId};
use pay::{ChannelName, ChannelState, Opened, Outcome, RefundState, RefundStatus};

fn refund(status: RefundStatus) -> Outcome<RefundState> {
    Outcome::Succeeded(RefundState {
        attempt_no: String::new(),
        refund_no: String::new(),
        channel_refund: None,
        amount: PRICE,
        status,
        at_ms: None,
    })
}

async fn paid_room() -> (Room, AskId) {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.open, [Outcome::Succeeded(Opened::Code { code_url: "https://qr.alipay.com/x".to_owned() })]);
    says(&channel.query, [is(ChannelState::NotPaid), is_paid()]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayQr).await;
    room.wait(10).await;
    assert!(room.is_captured(ask));
    (room, ask)
}

async fn give_back(room: &Room, ask: AskId) -> RefundId {
    let (refund, attempt) = (RefundId(room.store.fresh_id()), room.attempt(ask));
    let command = AskRefund {
        refund,
        session: attempt.session,
        tender: TenderId(attempt.attempt.0),
        lines: Vec::new(),
        amount: PRICE,
        reason: "错".to_owned(),
        reference: None,
        owed_again: false,
        by: "s1".parse().unwrap(),
    };
    room.floor(FloorCommand::AskRefund(command)).await;
    refund
}

fn state(room: &Room, refund: RefundId) -> State {
    room.store.money(|money| money.refunds[&refund].state.clone())
}

#[tokio::test(start_paused = true)]
async fn an_unclear_refund_is_sent_again_under_the_same_number() {
    let (room, ask) = paid_room().await;
    says(&room.channel.refund, [unknown(), refund(RefundStatus::Processing)]);
    says(&room.channel.query_refund, [refund(RefundStatus::NotFound), refund(RefundStatus::Succeeded)]);
    let id = give_back(&room, ask).await;
    room.wait(1).await;
    let room = room.restart().await;
    room.wait(120).await;
    assert!(matches!(state(&room, id), State::Succeeded { .. }), "{:?}", state(&room, id));
    let sent = room.channel.with("refund");
    assert!(sent.len() >= 2 && sent.iter().all(|number| *number == id.to_string()), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_an_unclear_refund_is_a_failure_only_on_the_channels_own_word() {
    let refused = || Outcome::DefinitelyFailed { code: "SIGN_ERROR".to_owned(), message: String::new() };
    let (room, ask) = paid_room().await;
    says(&room.channel.refund, [unknown(), refused()]);
    says(&room.channel.query_refund, [unknown(), refund(RefundStatus::Succeeded)]);
    let id = give_back(&room, ask).await;
    room.wait(15).await;
    assert_eq!(state(&room, id), State::Open, "refused, and no answer about the first: nobody knows");
    room.wait(60).await;
    assert!(matches!(state(&room, id), State::Succeeded { .. }), "{:?}", state(&room, id));
}

#[tokio::test(start_paused = true)]
async fn only_a_number_the_channel_gave_up_is_followed_by_the_next() {
    let (room, ask) = paid_room().await;
    says(&room.channel.refund, [refund(RefundStatus::Abnormal), refund(RefundStatus::Closed), refund(RefundStatus::Succeeded)]);
    says(&room.channel.query_refund, [unknown()]);
    let id = give_back(&room, ask).await;
    for _ in 0..2 {
        room.wait(1).await;
        room.desk.retry_refund(id).await.unwrap();
    }
    room.wait(1).await;
    let first = id.to_string();
    assert_eq!(room.channel.with("refund"), [first.clone(), first.clone(), format!("{first}-1")]);
    assert!(matches!(state(&room, id), State::Succeeded { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_about_a_dead_number_does_not_kill_the_next() {
    let (room, ask) = paid_room().await;
    says(&room.channel.refund, [refund(RefundStatus::Closed), refund(RefundStatus::Processing)]);
    let id = give_back(&room, ask).await;
    room.wait(1).await;
    assert!(matches!(state(&room, id), State::Failed { dead: true, .. }));
    says_after(&room.channel.query_refund, [(4_000, refund(RefundStatus::Closed)), (20, refund(RefundStatus::Processing))]);
    let desk = room.desk.clone();
    let asked = tokio::spawn(async move { desk.ask_refund_now(id).await });
    room.wait(1).await;
    room.desk.retry_refund(id).await.unwrap();
    asked.await.unwrap();
    assert_eq!(state(&room, id), State::Open);
}

#[tokio::test(start_paused = true)]
async fn a_refund_put_right_at_the_channel_is_seen_when_somebody_asks() {
    let (room, ask) = paid_room().await;
    says(&room.channel.refund, [refund(RefundStatus::Abnormal)]);
    says(&room.channel.query_refund, [refund(RefundStatus::Succeeded)]);
    let id = give_back(&room, ask).await;
    room.wait(1).await;
    assert!(matches!(state(&room, id), State::Failed { .. }));
    room.desk.ask_refund_now(id).await;
    assert!(matches!(state(&room, id), State::Succeeded { .. }));
    assert_eq!(room.channel.count("refund"), 1);
}

#[tokio::test(start_paused = true)]
async fn money_on_a_check_does_not_go_back_behind_its_back() {
    let (room, ask) = paid_room().await;
    let attempt = room.attempt(ask).attempt;
    assert!(room.desk.send_back(attempt).await.is_err());
    assert!(room.desk.refund_attempt(RefundId(9), attempt, Money(1)).await.is_err());
    room.wait(5).await;
    assert_eq!(room.channel.count("refund"), 0);
}
