//! Payments whose ends are hard to tell: restarts, lost answers, answers that come too late.

use crate::channel::{Fake, says, says_after, unknown};
use crate::house::{PRICE, Room, is, is_paid};
use domain::AskId;
use domain::floor::{AskState, Way};
use domain::payment::AttemptState;
use pay::{ChannelName, ChannelState, Closed, Opened, Outcome, Reversed};

fn code() -> Outcome<Opened> {
    Outcome::Succeeded(Opened::Code { code_url: "https://qr.alipay.com/x".to_owned() })
}

fn refused<T>(code: &str) -> Outcome<T> {
    Outcome::DefinitelyFailed { code: code.to_owned(), message: String::new() }
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_in_the_middle_of_a_scanned_payment_nothing_is_sent_again_and_it_ends_reversed() {
    let channel = Fake::new(ChannelName::Wechat);
    says_after(&channel.pay, [(14_000, unknown())]);
    says(&channel.query, [is(ChannelState::Paying)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::NotYet), Outcome::Succeeded(Reversed::Reversed)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::WechatCode).await;
    room.wait(1).await;
    let room = room.restart().await;
    room.wait(40).await;
    assert_eq!(room.state(ask), AttemptState::Open, "nobody knows: the till says so");
    room.wait(15).await;
    assert_eq!(room.state(ask), AttemptState::Reversed);
    assert_eq!((room.channel.count("pay"), room.channel.count("reverse")), (1, 2));
    assert!(matches!(room.ask_state(ask), AskState::Closed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_payment_still_on_its_way_is_not_called_safe_because_the_channel_does_not_know_it_yet() {
    let channel = Fake::new(ChannelName::Alipay);
    says_after(&channel.pay, [(9_000, is_paid())]);
    says(&channel.query, [is(ChannelState::NotFound)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::NotFound)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayCode).await;
    room.wait(1).await;
    room.desk.cancel(ask).await.unwrap();
    assert_eq!(room.state(ask), AttemptState::Open);
    room.wait(9).await;
    assert!(room.is_captured(ask), "{:?}", room.state(ask));
    assert!(room.attempt(ask).timeline.iter().all(|step| step.what != "AttemptClosed"));
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_ends_unpaid_and_is_watched() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.query, [is(ChannelState::NotFound)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::NotFound)]);
    let room = Room::open(channel).await;
    // The wallet's code is lost: the house stopped between the wish and the first call.
    let (session, ask) = (room.sit_down().await, AskId(7));
    room.wish(session, ask, Way::AlipayCode).await;
    room.wait(30).await;
    assert_eq!((room.state(ask), room.channel.count("pay")), (AttemptState::Closed, 0));
    assert!(room.store.money(|money| money.watched.contains_key(&room.attempt(ask).attempt)));
}

#[tokio::test(start_paused = true)]
async fn a_reverse_whose_answer_was_lost_is_not_taken_for_a_payment() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.pay, [unknown()]);
    let gone = || is(ChannelState::Refunded(crate::channel::paid(PRICE)));
    says(&channel.query, [is(ChannelState::Paying)]);
    says(&channel.reverse, [unknown()]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayCode).await;
    room.wait(51).await;
    assert!(room.channel.count("reverse") > 0);
    says(&room.channel.query, [gone()]);
    room.wait(10).await;
    assert_eq!(room.state(ask), AttemptState::Reversed);
    assert!(matches!(room.ask_state(ask), AskState::Closed { .. }));
    // The notice of the payment that went back comes last.
    assert!(room.notice_of_payment(ask).await);
    assert_eq!(room.state(ask), AttemptState::Reversed);
}

#[tokio::test(start_paused = true)]
async fn a_late_notice_about_a_reversed_payment_stays_with_the_channel_until_it_says_what_holds() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.pay, [unknown()]);
    says(&channel.query, [is(ChannelState::Paying)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::Reversed)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayCode).await;
    room.wait(50).await;
    assert_eq!(room.state(ask), AttemptState::Reversed);
    says(&room.channel.query, [unknown()]);
    assert!(!room.notice_of_payment(ask).await);
    says(&room.channel.query, [is_paid()]);
    assert!(room.notice_of_payment(ask).await);
    assert!(room.is_captured(ask));
}

#[tokio::test(start_paused = true)]
async fn an_answer_older_than_the_reverse_brings_no_money_back_to_life() {
    let channel = Fake::new(ChannelName::Wechat);
    says(&channel.pay, [unknown()]);
    says(&channel.query, [is(ChannelState::Paying)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::Reversed)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::WechatCode).await;
    room.wait(42).await;
    // Somebody asks now; the answer is true, and takes four seconds. Meanwhile it is reversed.
    says_after(&room.channel.query, [(4_000, is_paid()), (20, is(ChannelState::Paying)), (20, is(ChannelState::Reversed))]);
    let desk = room.desk.clone();
    let asked = tokio::spawn(async move { desk.ask_now(ask).await });
    room.wait(3).await;
    room.desk.cancel(ask).await.unwrap();
    assert_eq!(room.state(ask), AttemptState::Reversed);
    asked.await.unwrap();
    assert_eq!(room.state(ask), AttemptState::Reversed);
}

#[tokio::test(start_paused = true)]
async fn what_is_paid_while_the_last_question_is_out_is_not_taken_back() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.pay, [unknown()]);
    says(&channel.query, [is(ChannelState::Paying)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::Reversed)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayCode).await;
    room.wait(30).await;
    says_after(&room.channel.query, [(4_000, unknown())]);
    room.wait(16).await;
    assert!(room.notice_of_payment(ask).await);
    room.wait(10).await;
    assert!(room.is_captured(ask));
    assert_eq!(room.channel.count("reverse"), 0);
    assert!(matches!(room.ask_state(ask), AskState::Credited { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_an_unclear_opening_proves_nothing_and_a_close_does() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.open, [unknown(), refused("ACQ.CONTEXT_INCONSISTENT")]);
    says(&channel.query, [is(ChannelState::NotPaid)]);
    says(&channel.close, [Outcome::Succeeded(Closed::NotFound)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayQr).await;
    room.wait(10).await;
    assert_eq!(room.state(ask), AttemptState::Closed, "the first may have worked, so it was closed and is watched");
    says(&room.channel.query, [is_paid()]);
    room.wait(20).await;
    assert!(room.is_captured(ask));
}

#[tokio::test(start_paused = true)]
async fn a_code_given_up_unseen_and_paid_all_the_same_counts() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.open, [code()]);
    says(&channel.query, [is(ChannelState::NotFound)]);
    says(&channel.close, [Outcome::Succeeded(Closed::NotFound)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayQr).await;
    room.wait(5).await;
    room.desk.cancel(ask).await.unwrap();
    assert_eq!(room.state(ask), AttemptState::Closed);
    let room = room.restart().await;
    says(&room.channel.query, [is_paid()]);
    room.wait(20).await;
    assert!(room.is_captured(ask));
    assert!(matches!(room.ask_state(ask), AskState::Credited { .. }));
}

#[tokio::test(start_paused = true)]
async fn what_another_application_was_paid_counts_once_the_configuration_is_right() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.open, [code()]);
    says(&channel.query, [is_paid()]);
    *channel.app.lock().unwrap() = "2021000000000002";
    let room = Room::open(channel).await;
    let ask = room.ask(Way::AlipayQr).await;
    room.wait(10).await;
    assert!(!room.is_captured(ask));
    *room.channel.app.lock().unwrap() = crate::channel::APP;
    room.wait(10).await;
    assert!(room.is_captured(ask));
}

#[tokio::test(start_paused = true)]
async fn a_clock_put_back_by_an_hour_holds_nothing_up() {
    let channel = Fake::new(ChannelName::Wechat);
    says(&channel.pay, [unknown()]);
    says(&channel.query, [is(ChannelState::Paying)]);
    says(&channel.reverse, [Outcome::Succeeded(Reversed::Reversed)]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::WechatCode).await;
    room.wait(20).await;
    room.put_clock(-3600);
    room.wait(10).await;
    assert_eq!(room.state(ask), AttemptState::Reversed);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_rests_is_back_soon_though_the_clock_was_put_back() {
    let channel = Fake::new(ChannelName::Wechat);
    says(&channel.pay, [unknown()]);
    says(&channel.query, [unknown()]);
    let room = Room::open(channel).await;
    for _ in 0..3 {
        room.ask(Way::WechatCode).await;
        room.wait(1).await;
    }
    assert!(!room.desk.is_offered(Way::WechatCode));
    room.put_clock(-3600);
    room.wait(30).await;
    assert!(room.desk.is_offered(Way::WechatCode));
}

#[tokio::test(start_paused = true)]
async fn a_code_is_asked_after_every_two_seconds_for_a_minute_and_then_every_five() {
    let channel = Fake::new(ChannelName::Alipay);
    says(&channel.open, [code()]);
    says(&channel.query, [is(ChannelState::NotFound)]);
    let room = Room::open(channel).await;
    room.ask(Way::AlipayQr).await;
    room.wait(60).await;
    let first = room.channel.count("query");
    room.wait(60).await;
    assert!((24..=30).contains(&first), "{first}");
    assert!((10..=12).contains(&(room.channel.count("query") - first)), "{}", room.channel.count("query"));
}
