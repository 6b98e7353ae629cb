//! The wires between server and payment channel, in every kind of weather: what the payer paid is credited once, however bad it is.

use crate::people::Patience;
use crate::proxy::kinds;
use crate::report::Row;
use crate::world::{Config, Plan, World};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What a connection carries: some requests of 700 bytes, and their answers.
const REQUESTS: u64 = 2_500;
const ANSWERS: u64 = 2_500;
/// How long each kind lasts at the least: on the way out, and on the notice's way in.
const LEAST: Duration = Duration::from_millis(300);
const WAYS: [&str; 2] = ["wechat_native", "alipay_qr"];

/// One payment for each kind of weather, on both wires at once.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let patience = Patience { request: Duration::from_secs(6), ..Patience::default() };
    let mut world = World::open(config, "proxy_channel", Plan { channel: true, patience, ..Plan::default() }).await?;
    let wallet = world.wallet()?;
    let kinds = kinds(REQUESTS, ANSWERS);
    let each = (config.span / u32::try_from(kinds.len())? / 3).max(LEAST);
    let mut payers = Vec::new();
    let (mut slowest, mut money) = (Duration::ZERO, 0);
    for (n, (name, weather)) in kinds.into_iter().enumerate() {
        let mut payer = world.phone(1 + n).await?;
        payer.order().await?;
        let before = (world.bank.faults(), world.notices.faults());
        world.bank.set(weather.clone());
        world.notices.set(weather);
        world.bank.reset_all();
        let calm_again = async {
            tokio::time::sleep(each).await;
            world.bank.heal();
        };
        let (asked, ()) = tokio::join!(payer.ask_to_pay(WAYS[n % 2]), calm_again);
        let (ask, amount) = asked?;
        let payment = wallet.pay_when_asked(&mut payer, ask, amount).await?;
        world.notices.reset_all();
        tokio::time::sleep(each).await;
        row.fault(&format!("{name}, calls"), world.bank.faults() - before.0);
        row.fault(&format!("{name}, notices"), world.notices.faults() - before.1);
        world.notices.heal();
        slowest = slowest.max(wallet.is_paid(&mut payer, &payment).await?);
        money += payment.amount;
        payers.push(payer);
    }
    row.remark(format!(
        "{} payments of {money} fen; the slowest was on its check {} ms after the weather was fair",
        payers.len(),
        slowest.as_millis()
    ));
    let calls = world.bank.tally().connections.load(Ordering::Relaxed);
    row.remark(format!("{calls} connections to the channels"));
    world.finish(None, payers, row).await
}
