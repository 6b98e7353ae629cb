//! Notices in one process: when they come, how often, and in which wrong ways.
#![allow(clippy::unwrap_used)]

mod plain;

use std::time::Duration;

use channel_sim::{Fault, Kind};
use plain::{Delivery, Drill, drill, wait_s};
use serde_json::Value;

const NO: &str = "P20261122_0001";

fn body(delivery: &Delivery) -> Value {
    serde_json::from_str(&delivery.body).unwrap()
}

/// Pays under a fault and returns everything that came within a minute.
async fn told_under(kind: Kind, change: impl FnOnce(&mut Fault)) -> (Drill, Vec<Delivery>) {
    let drill = drill();
    let mut fault = Fault { count: Some(1), ..Fault::new(kind) };
    change(&mut fault);
    drill.sim.fault(fault);
    drill.paid_order(NO).await;
    wait_s(60).await;
    let deliveries = drill.deliveries();
    (drill, deliveries)
}

#[tokio::test(start_paused = true)]
async fn an_unheard_notice_comes_sixteen_times_in_a_day() {
    let drill = drill();
    drill.shop.answers.lock().unwrap().extend([500; 40]);
    drill.paid_order(NO).await;
    let paid_ms = drill.now_ms();
    tokio::time::sleep(Duration::from_secs(48 * 3600)).await;
    let deliveries = drill.deliveries();
    let gaps: Vec<i64> = deliveries.windows(2).map(|pair| (pair[1].at_ms - pair[0].at_ms + 500) / 1000).collect();
    assert!(deliveries[0].at_ms - paid_ms < 100);
    assert_eq!(gaps, [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600]);
    let ids: std::collections::BTreeSet<String> = deliveries.iter().map(|told| body(told)["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "every delivery has the same id");
    assert!(deliveries.iter().all(|told| drill.notice_is_signed(told)));
    assert!(!drill.sim.rows()[0].notified);
}

#[tokio::test(start_paused = true)]
async fn a_probe_comes_before_the_notice_and_is_signed_by_nobody() {
    let (drill, told) = told_under(Kind::SignTestNotice, |_| {}).await;
    assert_eq!(told.len(), 2);
    assert!(told[0].headers["wechatpay-signature"].starts_with("WECHATPAY/SIGNTEST/"));
    assert!(!drill.notice_is_signed(&told[0]) && drill.notice_is_signed(&told[1]));
}

#[tokio::test(start_paused = true)]
async fn a_first_delivery_can_get_lost_and_a_notice_can_never_come() {
    let (drill, told) = told_under(Kind::LostDelivery, |_| {}).await;
    let paid_ms = drill.sim.rows()[0].paid_ms.unwrap();
    assert_eq!(told.iter().map(|told| (told.at_ms - paid_ms) / 1000).collect::<Vec<_>>(), [15], "the repeat came");
    let (_, told) = told_under(Kind::DropNotice, |_| {}).await;
    assert!(told.is_empty());
}

#[tokio::test(start_paused = true)]
async fn notices_overtake_each_other() {
    let drill = drill();
    drill.sim.fault(Fault { delay_ms: 5000, count: Some(1), ..Fault::new(Kind::DelayNotice) });
    drill.paid_order(NO).await;
    drill.paid_order("P20261122_0002").await;
    wait_s(10).await;
    let numbers: Vec<Value> =
        drill.deliveries().iter().map(|told| drill.open(&body(told)["resource"]).unwrap()["out_trade_no"].clone()).collect();
    assert_eq!(numbers, ["P20261122_0002", NO]);
}

#[tokio::test(start_paused = true)]
async fn notices_are_encrypted_wrongly_in_three_ways() {
    for kind in [Kind::WrongAadNotice, Kind::WrongNonceNotice, Kind::WrongCiphertextNotice] {
        let (drill, told) = told_under(kind, |_| {}).await;
        assert!(drill.notice_is_signed(&told[0]), "the signature holds: {kind:?}");
        assert!(drill.open(&body(&told[0])["resource"]).is_none(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn notices_come_from_strangers_twice_short_or_late() {
    let (drill, told) = told_under(Kind::ForgedNotice, |_| {}).await;
    assert_eq!(told.iter().map(|told| drill.notice_is_signed(told)).collect::<Vec<_>>(), [false, true]);
    let (_, told) = told_under(Kind::DuplicateNotice, |_| {}).await;
    assert_eq!(told.len(), 2);
    assert_eq!(body(&told[0])["id"], body(&told[1])["id"]);
    let (drill, told) = told_under(Kind::WrongAmountNotice, |_| {}).await;
    assert_eq!(drill.open(&body(&told[0])["resource"]).unwrap()["amount"]["total"], 3799);
    let (drill, told) = told_under(Kind::StaleClockNotice, |fault| fault.skew_s = -3600).await;
    let timestamp: i64 = told[0].headers["wechatpay-timestamp"].parse().unwrap();
    assert_eq!(timestamp, told[0].at_ms / 1000 - 3600);
    assert!(drill.notice_is_signed(&told[0]));
    let (_, told) = told_under(Kind::UnknownSerialNotice, |_| {}).await;
    assert_eq!(told[0].headers["wechatpay-serial"], "PUB_KEY_ID_SIM9999999999999999");
}

#[tokio::test(start_paused = true)]
async fn certificate_and_public_key_sign_notices_in_the_mix_that_is_set() {
    let drill = drill();
    let mut settings = drill.sim.settings();
    settings.cert_percent = 50;
    drill.sim.set(settings);
    for i in 0..40 {
        drill.paid_order(&format!("P_mix_{i}")).await;
    }
    wait_s(1).await;
    let by_key = drill.deliveries().iter().filter(|told| told.headers["wechatpay-serial"].starts_with("PUB_KEY_ID")).count();
    assert!((8..32).contains(&by_key), "{by_key} of 40");
}

#[tokio::test(start_paused = true)]
async fn a_payer_can_be_faster_than_the_answer() {
    let drill = drill();
    drill.sim.fault(Fault { delay_ms: 2000, count: Some(1), ..Fault::new(Kind::PaidBeforeReply) });
    let before = drill.now_ms();
    drill.post("/v3/pay/transactions/native", &drill.place_body(NO)).await;
    let told = drill.deliveries();
    assert_eq!(told.len(), 1);
    assert!(told[0].at_ms - before < 100 && drill.now_ms() - before >= 2000);
}
