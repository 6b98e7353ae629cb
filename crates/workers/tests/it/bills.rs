//! Mornings: yesterday's bill is held against the book, and what it tells is acted on before anybody complains.

use crate::channel::{Fake, says};
use crate::house::{PRICE, Room, is, is_paid};
use domain::floor::Way;
use domain::payment::{AttemptState, CaseKind};
use domain::{AskId, AttemptId, Money};
use pay::bill::RowKind;
use pay::{BillRow, ChannelName, ChannelState, Closed, Opened, Outcome, RefundState, RefundStatus};

fn row(room: &Room, ask: AskId, channel_txn: &str, line: u32) -> BillRow {
    BillRow {
        kind: RowKind::Payment,
        attempt_no: room.attempt(ask).attempt.to_string(),
        channel_txn: channel_txn.to_owned(),
        refund_no: None,
        channel_refund: None,
        amount: PRICE,
        settled: PRICE,
        fee_e5: 0,
        at_ms: crate::channel::paid(PRICE).paid_at_ms,
        state: "SUCCESS".to_owned(),
        line,
    }
}

fn cases(room: &Room, kind: CaseKind) -> Vec<Option<Money>> {
    room.store.money(|money| money.cases.values().filter(|case| case.kind == kind).map(|case| case.amount).collect())
}

#[tokio::test(start_paused = true)]
async fn complaint_20_a_charge_only_the_channel_knows_of_is_found_by_its_bill_and_goes_back() {
    let channel = Fake::new(ChannelName::Wechat);
    says(&channel.open, [Outcome::Succeeded(Opened::Code { code_url: "weixin://x".to_owned() })]);
    says(&channel.query, [is(ChannelState::NotPaid)]);
    says(&channel.close, [Outcome::Succeeded(Closed::Closed)]);
    let back = RefundState {
        attempt_no: String::new(),
        refund_no: String::new(),
        channel_refund: Some("50".to_owned()),
        amount: PRICE,
        status: RefundStatus::Succeeded,
        at_ms: None,
    };
    says(&channel.refund, [Outcome::Succeeded(back)]);
    let room = Room::open(channel).await;
    // The guest gives a payment up, the channel says closed, and takes the money all the same. The second one is paid and booked.
    let (session, first, second) = (room.sit_down().await, AskId(7), AskId(8));
    room.wish(session, first, Way::WechatNative).await;
    room.wait(5).await;
    room.desk.cancel(first).await.unwrap();
    room.wait(5).await;
    says(&room.channel.query, [is_paid()]);
    room.wish(session, second, Way::WechatNative).await;
    room.wait(60).await;
    assert_eq!((room.state(first), room.is_captured(second)), (AttemptState::Closed, true), "charged twice, and one is shown");
    let refunds = || -> Vec<(AttemptId, Money)> {
        room.store.money(|money| money.refunds.values().map(|refund| (refund.attempt, refund.amount)).collect())
    };
    assert_eq!(refunds(), []);

    *room.channel.bill.lock().unwrap() = Some(vec![row(&room, first, "T0", 2), row(&room, second, "T1", 3)]);
    room.put_clock(40 * 60 * 60);
    room.wait(20 * 60).await;
    assert_eq!(cases(&room, CaseKind::BillMissed), [Some(PRICE)], "no customer had to come");
    assert!(room.is_captured(first), "the channel was asked, and it is booked now");
    assert_eq!(refunds(), vec![(room.attempt(first).attempt, PRICE)], "and one of the two is on its way back");
    assert_eq!(room.channel.count("refund"), 1);
}

#[tokio::test(start_paused = true)]
async fn complaint_20_two_charges_under_one_number_are_a_case() {
    let channel = Fake::new(ChannelName::Wechat);
    says(&channel.open, [Outcome::Succeeded(Opened::Code { code_url: "weixin://x".to_owned() })]);
    says(&channel.query, [is_paid()]);
    let room = Room::open(channel).await;
    let ask = room.ask(Way::WechatNative).await;
    room.wait(60).await;
    assert!(room.is_captured(ask));
    *room.channel.bill.lock().unwrap() = Some(vec![row(&room, ask, "T1", 2), row(&room, ask, "T2", 3)]);
    room.put_clock(40 * 60 * 60);
    room.wait(20 * 60).await;
    assert_eq!(cases(&room, CaseKind::BillDuplicate), [Some(PRICE)]);
}
