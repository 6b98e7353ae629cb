//! Receipts of the cloud's at the desk: counted once, proved as soon as the channel can be asked.

use crate::channel::{Fake, says};
use crate::house::{PRICE, Room, is, is_paid};
use domain::floor::Way;
use domain::payment::{AttemptState, CaseKind, ChannelTag};
use domain::{AskId, AttemptId, Currency, Money, StoreId, Timestamp};
use pay::{ChannelName, ChannelState, Closed, Opened, Outcome};
use receipt::Receipt;
use workers::ReceiptTaken;

fn receipt(attempt: AttemptId) -> Receipt {
    Receipt {
        store: StoreId(1),
        attempt,
        amount: PRICE,
        currency: Currency::Cny,
        channel: ChannelTag::Wechat,
        channel_txn: "T1".to_owned(),
        paid_at: Timestamp(1_795_320_000_000),
        signed_at: Timestamp(1_795_320_001_000),
    }
}

/// A guest with a code on the phone, in a restaurant that reaches no channel from here on.
async fn cut_off() -> (Room, AskId) {
    let channel = Fake::new(ChannelName::Wechat);
    says(&channel.open, [Outcome::Succeeded(Opened::Code { code_url: "weixin://x".to_owned() })]);
    says(&channel.query, [away()]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::WechatNative).await;
    room.wait(3).await;
    (room, ask)
}

fn away() -> Outcome<ChannelState> {
    Outcome::Unknown { why: "no way there".to_owned() }
}

async fn take(room: &Room, receipt: &Receipt) -> ReceiptTaken {
    room.desk.take_receipt(room.store.fresh_request(), receipt, "DDR1.x.y").await.unwrap()
}

fn cases(room: &Room, kind: CaseKind) -> usize {
    room.store.money(|money| money.cases.values().filter(|case| case.kind == kind && case.resolved.is_none()).count())
}

fn tenders(room: &Room) -> usize {
    room.store.floor(|floor| floor.sessions.values().map(|party| party.tenders.len()).sum())
}

fn unproved(room: &Room) -> usize {
    room.store.money(|money| money.unproved.len())
}

#[tokio::test(start_paused = true)]
async fn a_receipt_counts_once_and_the_notice_that_comes_later_proves_it() {
    let (room, ask) = cut_off().await;
    let told = receipt(room.attempt(ask).attempt);
    assert_eq!(take(&room, &told).await, ReceiptTaken::Counted);
    assert_eq!((room.is_captured(ask), tenders(&room), unproved(&room)), (true, 1, 1));
    assert_eq!(take(&room, &told).await, ReceiptTaken::CountedBefore);
    room.wait(120).await;
    assert_eq!((unproved(&room), cases(&room, CaseKind::ReceiptFalse)), (1, 0), "a channel that can't be asked denies nothing");
    let room = room.restart().await;
    assert_eq!(unproved(&room), 1, "what is unproved is remembered");
    assert!(room.notice_of_payment(ask).await);
    assert_eq!((tenders(&room), unproved(&room)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_channel_is_asked_as_soon_as_it_can_be() {
    let (room, ask) = cut_off().await;
    take(&room, &receipt(room.attempt(ask).attempt)).await;
    says(&room.channel.query, [is_paid()]);
    room.wait(60).await;
    assert_eq!((unproved(&room), tenders(&room), cases(&room, CaseKind::ReceiptFalse)), (0, 1, 0));
    let asked = room.channel.count("query");
    room.wait(600).await;
    assert_eq!(room.channel.count("query"), asked, "what is proved is asked after no more");
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_knows_of_no_money_is_a_case_until_it_does() {
    let (room, ask) = cut_off().await;
    take(&room, &receipt(room.attempt(ask).attempt)).await;
    says(&room.channel.query, [is(ChannelState::NotPaid)]);
    room.wait(60).await;
    assert_eq!(cases(&room, CaseKind::ReceiptFalse), 1);
    let asked = room.channel.count("query");
    room.wait(600).await;
    assert_eq!((room.channel.count("query"), cases(&room, CaseKind::ReceiptFalse)), (asked, 1), "a person looks, once");
    says(&room.channel.query, [is_paid()]);
    room.desk.ask_now(ask).await;
    assert_eq!((unproved(&room), cases(&room, CaseKind::ReceiptFalse)), (0, 0), "the channel's own word ends it");
}

#[tokio::test(start_paused = true)]
async fn a_receipt_of_something_else_credits_nothing() {
    let (room, ask) = cut_off().await;
    let told = receipt(room.attempt(ask).attempt);
    let nobody = Receipt { attempt: AttemptId(5), ..told.clone() };
    assert_eq!(take(&room, &nobody).await, ReceiptTaken::ForAPerson);
    assert_eq!(take(&room, &nobody).await, ReceiptTaken::ForAPerson);
    assert_eq!(cases(&room, CaseKind::NobodyAsked), 1);
    let detail = room.store.money(|money| money.cases.values().find(|case| case.attempt.is_none()).unwrap().detail.clone());
    assert!(detail.starts_with(&AttemptId(5).to_string()) && detail.ends_with("DDR1.x.y"), "{detail}");
    for other in [
        Receipt { amount: PRICE - Money(1), ..told.clone() },
        Receipt { currency: Currency::Usd, ..told.clone() },
        Receipt { channel: ChannelTag::Alipay, ..told.clone() },
    ] {
        assert_eq!(take(&room, &other).await, ReceiptTaken::Mismatch);
        assert_eq!((room.is_captured(ask), tenders(&room)), (false, 0));
    }
    assert_eq!(cases(&room, CaseKind::Mismatch), 1);
    assert_eq!(take(&room, &told).await, ReceiptTaken::Counted);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_for_a_payment_that_was_closed_meanwhile_is_late_money() {
    let (room, ask) = cut_off().await;
    says(&room.channel.close, [Outcome::Succeeded(Closed::Closed)]);
    room.desk.cancel(ask).await.unwrap();
    assert_eq!(room.state(ask), AttemptState::Closed);
    assert_eq!(take(&room, &receipt(room.attempt(ask).attempt)).await, ReceiptTaken::Counted);
    room.wait(1).await;
    assert_eq!((room.is_captured(ask), tenders(&room)), (true, 1));
}
