//! Bills (对账单): what each channel booked on a day, in its own layout, right or wrong on purpose.
//!
//! WeChat Pay cuts days by the time of success of payments and of acceptance of refunds, Alipay alike; both in Beijing
//! time. A bill can be had from 10:00 (WeChat Pay) or 09:00 (Alipay) the next morning.

mod alipay;
mod entry;
mod http;
mod pack;
mod spoil;
mod wechat;

use std::collections::BTreeMap;

use jiff::civil::Date;
use ring::digest;

use self::entry::Entry;
pub use self::spoil::{Spoil, Wrong};
pub(crate) use self::{
    http::{WechatRefusal, alipay_url, control_routes, routes, wechat_download, wechat_fund_flow, wechat_trade},
    pack::gbk,
    wechat::BillType,
};
use crate::{crypto::random_text, faults::Which, identity::SELLER_ID, sim::Sim};

/// An address given out works this long.
const TICKET_LIFE_MS: i64 = 30 * 1000;
/// What is on the merchant's account before the first payment.
const OPENING_FEN: i64 = 10_000_000;
const HOUR_MS: i64 = 3_600_000;

/// Why there is no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBill {
    /// Not made yet: the day is not over, or it is too early the next morning.
    NotYet,
    /// Nothing happened on that day.
    Empty,
    /// Longer ago than the channel keeps bills.
    TooOld,
}

/// A bill as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillFile {
    /// The file: WeChat Pay's text in UTF-8, Alipay's ZIP.
    pub bytes: Vec<u8>,
    /// Lower-case hexadecimal SHA-1 that goes with it (WeChat Pay), of the uncompressed text.
    pub sha1: String,
    /// Alipay answers an empty day with a file without rows.
    pub empty: bool,
}

/// What the bill server remembers: addresses given out, and what is to be wrong.
#[derive(Debug, Default)]
pub(crate) struct Bills {
    tickets: BTreeMap<String, Ticket>,
    spoils: Vec<Spoil>,
}

#[derive(Clone, Debug)]
struct Ticket {
    bytes: Vec<u8>,
    until_ms: i64,
}

impl Bills {
    pub(crate) fn spoil(&mut self, spoil: Spoil) {
        self.spoils.push(spoil);
    }

    pub(crate) fn clear(&mut self) {
        self.tickets.clear();
        self.spoils.clear();
    }

    /// A token for these bytes.
    fn give_out(&mut self, bytes: Vec<u8>, now: i64) -> String {
        self.tickets.retain(|_, ticket| ticket.until_ms >= now);
        let token = random_text(32).unwrap_or_default();
        self.tickets.insert(token.clone(), Ticket { bytes, until_ms: now + TICKET_LIFE_MS });
        token
    }

    fn redeem(&self, token: &str, now: i64) -> Option<Vec<u8>> {
        self.tickets.get(token).filter(|ticket| ticket.until_ms >= now).map(|ticket| ticket.bytes.clone())
    }

    fn has(&self, wrong: Wrong, channel: Which, day: Date) -> bool {
        self.spoils.iter().any(|spoil| spoil.kind == wrong && spoil.hits(channel, day))
    }
}

/// A day's rows, and whatever is to be wrong with the file.
struct Book {
    rows: Vec<Entry>,
    /// Everything before, undisturbed.
    opening_fen: i64,
    old_columns: bool,
    truncated: bool,
    wrong_hash: bool,
}

fn book(sim: &Sim, channel: Which, day: Date) -> Result<Book, NoBill> {
    let now = sim.now_ms();
    let (start, end) = entry::day_bounds(day).ok_or(NoBill::TooOld)?;
    let bills = sim.bills.lock();
    let (opens, keeps_days) = match channel {
        Which::Wechat => (end + 10 * HOUR_MS, 93),
        Which::Alipay => (end + 9 * HOUR_MS, 6 * 366),
    };
    if now < opens && !bills.has(Wrong::Early, channel, day) {
        return Err(NoBill::NotYet);
    }
    if now - start > keeps_days * 24 * HOUR_MS {
        return Err(NoBill::TooOld);
    }
    let all = entry::all(sim.ledger.lock().orders(), channel, now);
    Ok(Book {
        rows: entry::of_day(&all, day, channel, &bills.spoils),
        opening_fen: OPENING_FEN + all.iter().filter(|entry| entry.at_ms < start).map(wechat::net_fen).sum::<i64>(),
        old_columns: bills.has(Wrong::OldColumns, channel, day),
        truncated: bills.has(Wrong::Truncated, channel, day),
        wrong_hash: bills.has(Wrong::WrongHash, channel, day),
    })
}

/// WeChat Pay's trade bill.
pub(crate) fn wechat_trade_file(sim: &Sim, day: Date, kind: BillType) -> Result<BillFile, NoBill> {
    let book = book(sim, Which::Wechat, day)?;
    if !book.rows.iter().any(|entry| kind.has(entry)) {
        return Err(NoBill::Empty);
    }
    Ok(wechat_file(&book, &wechat::trade(&book.rows, kind, book.old_columns)))
}

/// WeChat Pay's fund-flow bill.
pub(crate) fn wechat_fund_flow_file(sim: &Sim, day: Date) -> Result<BillFile, NoBill> {
    let book = book(sim, Which::Wechat, day)?;
    if book.rows.is_empty() {
        return Err(NoBill::Empty);
    }
    Ok(wechat_file(&book, &wechat::fund_flow(&book.rows, book.opening_fen)))
}

/// The hash is of the whole text, so that a cut one is noticed.
fn wechat_file(book: &Book, text: &str) -> BillFile {
    let mut bytes = text.as_bytes().to_vec();
    let hashed = if book.wrong_hash { b"another file".as_slice() } else { &bytes };
    let sha1 = hex::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, hashed));
    if book.truncated {
        bytes.truncate(bytes.len() * 2 / 3);
    }
    BillFile { bytes, sha1, empty: false }
}

/// Alipay's 业务明细 (`trade`) or 账务明细 (`signcustomer`). A truncated one is a sound ZIP of a text that ends too early.
pub(crate) fn alipay_file(sim: &Sim, day: Date, account: bool) -> Result<BillFile, NoBill> {
    let book = book(sim, Which::Alipay, day)?;
    let now = sim.now_ms();
    let cut = |text: String| {
        let wanted = if book.truncated { text.chars().count() * 2 / 3 } else { usize::MAX };
        text.chars().take(wanted).collect::<String>()
    };
    let name = |what: &str| format!("{SELLER_ID}_{}_{what}.csv", day.strftime("%Y%m%d"));
    let files = if account {
        vec![(name("账务明细"), cut(alipay::account(&book.rows, day, now, book.opening_fen)))]
    } else {
        let detail = alipay::detail(&book.rows, day, now, book.old_columns);
        vec![(name("业务明细"), cut(detail)), (name("业务明细(汇总)"), alipay::summary(&book.rows, day, now))]
    };
    // Writing to memory does not fail.
    let bytes = pack::zip(&files).unwrap_or_default();
    Ok(BillFile { bytes, sha1: String::new(), empty: book.rows.is_empty() })
}

/// Bills for a drill, without HTTP.
impl crate::Simulator {
    /// WeChat Pay's trade bill (`bill_type=ALL`).
    ///
    /// # Errors
    /// Why there is none.
    pub fn wechat_trade_bill(&self, day: Date) -> Result<BillFile, NoBill> {
        wechat_trade_file(self.sim(), day, BillType::All)
    }

    /// WeChat Pay's fund-flow bill (`account_type=BASIC`).
    ///
    /// # Errors
    /// Why there is none.
    pub fn wechat_fund_flow_bill(&self, day: Date) -> Result<BillFile, NoBill> {
        wechat_fund_flow_file(self.sim(), day)
    }

    /// Alipay's trade bill, a ZIP; empty days have one too.
    ///
    /// # Errors
    /// Why there is none.
    pub fn alipay_trade_bill(&self, day: Date) -> Result<BillFile, NoBill> {
        alipay_file(self.sim(), day, false)
    }

    /// Makes a bill wrong.
    pub fn spoil_bill(&self, spoil: Spoil) {
        self.sim().bills.lock().spoil(spoil);
    }

    /// Makes all bills right again.
    pub fn clear_bills(&self) {
        self.sim().bills.lock().clear();
    }
}
