//! Processes that stand still for seconds and then go on as if nothing had been: the server under load, the channel in a payment.

use crate::people::Habits;
use crate::report::Row;
use crate::world::{Config, Plan, World};
use anyhow::Context;
use std::time::Duration;

/// Longer than a phone waits for one answer.
const SERVER_STANDS: Duration = Duration::from_millis(1_500);
const CHANNEL_STANDS: Duration = Duration::from_millis(2_000);

/// Stops and continues both.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let patience = crate::people::Patience { request: Duration::from_secs(1), ..Default::default() };
    let mut world = World::open(config, "sigstop", Plan { channel: true, patience, ..Plan::default() }).await?;
    let mut payer = world.phone(30).await?;
    let crew = world.crew(3, Habits::default()).await?;
    let (wallet, mut stops) = (world.wallet()?, 0);
    let mut payments = Vec::new();
    while stops < 2 || !world.is_past(3) {
        world.more_answers(&crew, 20).await?;
        world.server()?.signal("STOP").await?;
        tokio::time::sleep(SERVER_STANDS).await;
        world.server()?.signal("CONT").await?;
        stops += 1;
        payments.push(wallet.order_and_pay(&mut payer, "wechat_native").await?);
        let payment = payments.last().context("a payment")?;
        wallet.is_paid(&mut payer, payment).await?;
    }
    // The channel freezes once before it is asked for a code, and once with the money already taken.
    let mut frozen = 0;
    for way in ["wechat_native", "alipay_qr"] {
        payer.order().await?;
        world.channel.as_mut().context("no channel")?.signal("STOP").await?;
        let (ask, amount) = payer.ask_to_pay(way).await?;
        tokio::time::sleep(CHANNEL_STANDS).await;
        world.channel.as_mut().context("no channel")?.signal("CONT").await?;
        let payment = wallet.pay_when_asked(&mut payer, ask, amount).await?;
        world.channel.as_mut().context("no channel")?.signal("STOP").await?;
        tokio::time::sleep(CHANNEL_STANDS / 2).await;
        world.channel.as_mut().context("no channel")?.signal("CONT").await?;
        frozen += 2;
        let took = wallet.is_paid(&mut payer, &payment).await?;
        row.remark(format!("{way}: paid {} ms after the channel went on", took.as_millis()));
    }
    row.fault("server SIGSTOP", stops);
    row.fault("channel SIGSTOP", frozen);
    world.finish(Some(crew), vec![payer], row).await
}
