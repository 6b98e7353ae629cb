//! The load: connections that send one order after another, each with fresh ids, and what they saw.

use super::client::{Call, Client, find};
use super::house::{BenchHouse, Party};
use anyhow::bail;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// Orders a party sends before the connection goes on with the next one.
pub(crate) const ORDERS_PER_PARTY: usize = 10;

/// Ids that look random, from a seed.
#[derive(Clone, Debug)]
pub(crate) struct Ids(u64);

impl Ids {
    /// Everything follows from the seed.
    pub fn new(seed: u64) -> Ids {
        Ids(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// The next id.
    pub fn next(&mut self) -> u128 {
        (u128::from(self.half()) << 64) | u128::from(self.half())
    }

    fn half(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A party's order as bytes on the wire, in which only the ids change.
#[derive(Clone, Debug)]
pub(crate) struct OrderForm {
    bytes: Vec<u8>,
    order_spots: Vec<usize>,
    line_spots: Vec<usize>,
    /// What it costs.
    pub total: i64,
}

impl OrderForm {
    /// A party's order of four lines, sent to `path`.
    pub fn new(house: &BenchHouse, party: &Party, number: usize, path: &str) -> OrderForm {
        OrderForm::from(house, party, number, path, None)
    }

    /// The same, from a phone at an address.
    pub fn from(house: &BenchHouse, party: &Party, number: usize, path: &str, forwarded: Option<Ipv4Addr>) -> OrderForm {
        let blank = |n: u8| char::from(b'@' + n).to_string().repeat(32);
        let dishes = house.four_dishes(number);
        let lines: Vec<Value> = (1..).zip(&dishes).map(|(n, (dish, price))| line(&blank(n), dish, price.0, n)).collect();
        let total: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
        let body =
            json!({ "order": blank(0), "menu_version": house.known.menu.version, "total": total, "lines": lines, "note": null });
        let call = Call { method: "POST", path, token: Some(&party.token), key: Some(0), forwarded, body: Some(&body) };
        let mut bytes = call.bytes();
        let key = find(&bytes, "0".repeat(32).as_bytes()).unwrap_or_default();
        bytes[key..key + 32].fill(b'@');
        let order_spots = spots(&bytes, blank(0).as_bytes());
        let line_spots = (1..=4).flat_map(|n| spots(&bytes, blank(n).as_bytes())).collect();
        OrderForm { bytes, order_spots, line_spots, total }
    }

    /// The order with this id and fresh lines.
    pub fn fill(&mut self, order: u128, ids: &mut Ids) -> &[u8] {
        for spot in &self.order_spots {
            write_id(&mut self.bytes[*spot..*spot + 32], order);
        }
        for spot in &self.line_spots {
            write_id(&mut self.bytes[*spot..*spot + 32], ids.next());
        }
        &self.bytes
    }
}

fn line(id: &str, dish: &domain::menu::Dish, price: i64, n: u8) -> Value {
    let quantity = i64::from(n % 2) + 1;
    let note = (n == 1).then_some("少盐");
    json!({
        "line": id, "dish": dish.id, "variant": dish.variants.first().map(|variant| &variant.id), "quantity": quantity,
        "weight_g": null, "options": [], "set": [], "note": note, "unit_price": price, "amount": price * quantity,
    })
}

/// Where an id stands in a text.
fn spots(text: &[u8], id: &[u8]) -> Vec<usize> {
    let (mut spots, mut from) = (Vec::new(), 0);
    while let Some(at) = text.get(from..).and_then(|rest| find(rest, id)) {
        spots.push(from + at);
        from += at + id.len();
    }
    spots
}

/// Writes an id as 32 hexadecimal characters.
fn write_id(out: &mut [u8], id: u128) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in out.chunks_exact_mut(2).zip(id.to_be_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// When a window begins and ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub begin: Instant,
    pub end: Instant,
}

impl Span {
    /// A window after a warm-up.
    pub fn after(warm_up: Duration, length: Duration) -> Span {
        let begin = Instant::now() + warm_up;
        Span { begin, end: begin + length }
    }
}

/// A histogram of times, in nanoseconds.
pub(crate) fn times() -> Histogram<u64> {
    // Three digits up to a minute: the arguments are in range.
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("these bounds are sound")
}

/// Notes a time.
pub(crate) fn note(times: &mut Histogram<u64>, took: Duration) {
    times.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
}

/// One connection's load over a window: orders as fast as they are answered. Counts those answered inside the window.
pub(crate) async fn drive(
    address: SocketAddr,
    mut forms: Vec<OrderForm>,
    span: Span,
    seed: u64,
) -> anyhow::Result<Histogram<u64>> {
    let mut client = Client::connect(address).await?;
    let mut ids = Ids::new(seed);
    let mut seen = times();
    let (mut party, mut sent) = (0, 0);
    loop {
        // A connection that has used up its parties goes on with its last one.
        if sent >= ORDERS_PER_PARTY && party + 1 < forms.len() {
            (party, sent) = (party + 1, 0);
        }
        let order = ids.next();
        let request = forms[party].fill(order, &mut ids);
        let began = Instant::now();
        let reply = client.send(request).await?;
        let ended = Instant::now();
        if reply.status != 201 {
            bail!("an order was answered with {}: {}", reply.status, String::from_utf8_lossy(reply.body));
        }
        if ended >= span.end {
            return Ok(seen);
        }
        if ended >= span.begin {
            note(&mut seen, ended - began);
        }
        sent += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_they_are_displayed() {
        let mut out = [0; 32];
        let id = Ids::new(1).next();
        write_id(&mut out, id);
        assert_eq!(std::str::from_utf8(&out).expect("ascii"), format!("{id:032x}"));
        assert_eq!(spots(b"x@@x@@@", b"@@"), [1, 4]);
    }
}
