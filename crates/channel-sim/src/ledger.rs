//! The channel's book: orders, payments and refunds, kept as JSON lines so that a restart forgets nothing.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::{crypto::sha256, faults::Which};

/// Codes and prepay ids live this long.
const CODE_LIFE_MS: i64 = 2 * 60 * 60 * 1000;

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Product {
    Jsapi,
    Native,
    /// Alipay's code: no trade before it is scanned.
    Precreate,
    /// Alipay's trade made at once for a known payer.
    Create,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    NotPaid,
    Paid,
    Closed,
}

/// One refund of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub number: String,
    pub id: String,
    pub fen: i64,
    pub asked_ms: i64,
    /// Under way before, done after.
    pub done_ms: i64,
    pub notify_url: Option<String>,
}

/// One order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub channel: Which,
    pub number: String,
    pub product: Product,
    pub fen: i64,
    pub description: String,
    pub notify_url: Option<String>,
    /// The first request's parameters; a repeat must bring the same.
    pub params: String,
    /// Codes or prepay ids given out, newest last, with the time of each.
    pub codes: Vec<(String, i64)>,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub state: State,
    /// Alipay: someone has scanned the code, so there is a trade.
    pub scanned: bool,
    pub txn: String,
    pub payer: String,
    pub paid_ms: Option<i64>,
    /// The merchant has acknowledged the payment notice.
    pub notified: bool,
    pub refunds: Vec<Refund>,
}

impl Order {
    pub(crate) fn refunded_fen(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.fen).sum()
    }

    fn is_current(&self, code: &str, now: i64) -> bool {
        let fresh = |at: i64| now - at <= CODE_LIFE_MS;
        match self.product {
            // A new code kills the one before.
            Product::Native => self.codes.last().is_some_and(|(c, at)| c == code && fresh(*at)),
            Product::Jsapi | Product::Precreate | Product::Create => self.codes.iter().any(|(c, at)| c == code && fresh(*at)),
        }
    }
}

/// A first or repeated order request.
#[derive(Debug)]
pub(crate) struct NewOrder {
    pub channel: Which,
    pub number: String,
    pub product: Product,
    pub fen: i64,
    pub description: String,
    pub notify_url: Option<String>,
    pub params: String,
    pub payer: String,
    pub expires_ms: i64,
}

/// Why an order, payment or refund was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    NoSuchOrder,
    OtherParams,
    Closed,
    AlreadyPaid,
    NotPaid,
    Expired,
    CodeReplaced,
    RefundTooLarge,
    RefundDiffers,
}

impl Refused {
    /// The name in the control API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchOrder => "no_such_order",
            Self::OtherParams => "other_params",
            Self::Closed => "closed",
            Self::AlreadyPaid => "already_paid",
            Self::NotPaid => "not_paid",
            Self::Expired => "expired",
            Self::CodeReplaced => "code_replaced",
            Self::RefundTooLarge => "refund_too_large",
            Self::RefundDiffers => "refund_differs",
        }
    }
}

type Key = (Which, String);

/// All orders, and the file they are kept in.
#[derive(Debug)]
pub(crate) struct Ledger {
    orders: BTreeMap<Key, Order>,
    /// Whose each code or prepay id is.
    codes: BTreeMap<String, Key>,
    file: File,
}

impl Ledger {
    /// Reads the file; the last line about an order wins, and a torn last line is dropped.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut orders = BTreeMap::new();
        if path.exists() {
            for line in BufReader::new(File::open(path)?).lines() {
                if let Ok(order) = serde_json::from_str::<Order>(&line?) {
                    orders.insert((order.channel, order.number.clone()), order);
                }
            }
        }
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(path).with_context(|| format!("{}", path.display()))?;
        let mut ledger = Self { orders, codes: BTreeMap::new(), file };
        let known = ledger.orders.iter();
        ledger.codes = known.flat_map(|(key, order)| order.codes.iter().map(|(code, _)| (code.clone(), key.clone()))).collect();
        Ok(ledger)
    }

    /// Forgets everything, on disk too.
    pub(crate) fn reset(&mut self) -> anyhow::Result<()> {
        self.file.set_len(0)?;
        self.orders.clear();
        self.codes.clear();
        Ok(())
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub(crate) fn get(&self, channel: Which, number: &str) -> Option<&Order> {
        self.orders.get(&(channel, number.to_owned()))
    }

    pub(crate) fn by_txn(&self, channel: Which, txn: &str) -> Option<&Order> {
        self.orders.values().find(|order| order.channel == channel && order.txn == txn && order.paid_ms.is_some())
    }

    pub(crate) fn by_refund(&self, channel: Which, number: &str) -> Option<(&Order, &Refund)> {
        self.orders
            .values()
            .filter(|order| order.channel == channel)
            .find_map(|order| Some((order, order.refunds.iter().find(|r| r.number == number)?)))
    }

    /// The order a code, prepay id or order number names.
    pub(crate) fn find(&self, text: &str) -> Option<&Order> {
        let text = text.strip_prefix("prepay_id=").unwrap_or(text);
        match self.codes.get(text) {
            Some(key) => self.orders.get(key),
            None => [Which::Wechat, Which::Alipay].into_iter().find_map(|channel| self.get(channel, text)),
        }
    }

    /// Takes a first order or a repeat; a repeat with the same parameters gets a fresh code.
    pub(crate) fn place(&mut self, new: NewOrder, now: i64) -> Result<String, Refused> {
        let key = (new.channel, new.number.clone());
        if let Some(order) = self.orders.get_mut(&key) {
            match order.state {
                State::Paid => return Err(Refused::AlreadyPaid),
                State::Closed => return Err(Refused::Closed),
                State::NotPaid if order.product != new.product || order.params != new.params => {
                    return Err(Refused::OtherParams);
                }
                State::NotPaid => {}
            }
            let code = make_code(order.channel, order.product, &order.number, order.codes.len(), now);
            order.codes.push((code.clone(), now));
            self.codes.insert(code.clone(), key.clone());
            self.keep(&key);
            return Ok(code);
        }
        let code = make_code(new.channel, new.product, &new.number, 0, now);
        let txn = make_txn(new.channel, &new.number, now);
        let order = Order {
            channel: new.channel,
            number: new.number,
            product: new.product,
            fen: new.fen,
            description: new.description,
            notify_url: new.notify_url,
            params: new.params,
            codes: vec![(code.clone(), now)],
            created_ms: now,
            expires_ms: new.expires_ms,
            state: State::NotPaid,
            scanned: new.product != Product::Precreate,
            txn,
            payer: new.payer,
            paid_ms: None,
            notified: false,
            refunds: Vec::new(),
        };
        self.orders.insert(key.clone(), order);
        self.codes.insert(code.clone(), key.clone());
        self.keep(&key);
        Ok(code)
    }

    /// Someone looks at the order in their wallet; for an Alipay code this makes the trade.
    pub(crate) fn scan(&mut self, text: &str) -> Option<Order> {
        let key = self.find(text).map(|order| (order.channel, order.number.clone()))?;
        let order = self.orders.get_mut(&key)?;
        if !order.scanned {
            order.scanned = true;
            self.keep(&key);
        }
        self.orders.get(&key).cloned()
    }

    /// Someone confirms. Named by number, the newest code is meant.
    pub(crate) fn pay(&mut self, text: &str, now: i64) -> Result<Order, Refused> {
        let order = self.scan(text).ok_or(Refused::NoSuchOrder)?;
        let code = text.strip_prefix("prepay_id=").unwrap_or(text);
        match order.state {
            State::Paid => return Err(Refused::AlreadyPaid),
            State::Closed => return Err(Refused::Closed),
            State::NotPaid if now > order.expires_ms => return Err(Refused::Expired),
            State::NotPaid if code != order.number && !order.is_current(code, now) => {
                return Err(Refused::CodeReplaced);
            }
            State::NotPaid => {}
        }
        self.change(order.channel, &order.number, |order| {
            order.state = State::Paid;
            order.paid_ms = Some(now);
        })
    }

    /// Makes an unpaid order unpayable; closing twice is closing once.
    pub(crate) fn close(&mut self, channel: Which, number: &str) -> Result<Order, Refused> {
        let order = self.get(channel, number).ok_or(Refused::NoSuchOrder)?;
        if order.state == State::Paid {
            return Err(Refused::AlreadyPaid);
        }
        self.change(channel, number, |order| order.state = State::Closed)
    }

    /// Refunds once per refund number; true when money moves now.
    pub(crate) fn refund(&mut self, channel: Which, number: &str, ask: Refund) -> Result<(Order, Refund, bool), Refused> {
        let order = self.get(channel, number).ok_or(Refused::NoSuchOrder)?;
        if order.state != State::Paid {
            return Err(Refused::NotPaid);
        }
        // WeChat Pay wants the number unique for the merchant, Alipay within the trade.
        let elsewhere =
            channel == Which::Wechat && self.by_refund(channel, &ask.number).is_some_and(|(other, _)| other.number != number);
        if elsewhere {
            return Err(Refused::RefundDiffers);
        }
        if let Some(known) = order.refunds.iter().find(|refund| refund.number == ask.number) {
            return if known.fen == ask.fen { Ok((order.clone(), known.clone(), false)) } else { Err(Refused::RefundDiffers) };
        }
        if ask.fen <= 0 || order.refunded_fen() + ask.fen > order.fen {
            return Err(Refused::RefundTooLarge);
        }
        let order = self.change(channel, number, |order| order.refunds.push(ask.clone()))?;
        Ok((order, ask, true))
    }

    /// The merchant has acknowledged the payment notice.
    pub(crate) fn notified(&mut self, channel: Which, number: &str) {
        let _ = self.change(channel, number, |order| order.notified = true);
    }

    fn change(&mut self, channel: Which, number: &str, change: impl FnOnce(&mut Order)) -> Result<Order, Refused> {
        let key = (channel, number.to_owned());
        change(self.orders.get_mut(&key).ok_or(Refused::NoSuchOrder)?);
        self.keep(&key);
        self.orders.get(&key).cloned().ok_or(Refused::NoSuchOrder)
    }

    /// Appends the order's whole record in one write.
    fn keep(&mut self, key: &Key) {
        let Some(order) = self.orders.get(key) else {
            return;
        };
        let written = serde_json::to_string(order)
            .map_err(anyhow::Error::from)
            .and_then(|line| Ok(self.file.write_all(format!("{line}\n").as_bytes())?));
        if let Err(error) = written {
            tracing::error!(%error, "the simulator cannot keep its ledger");
        }
    }
}

fn make_code(channel: Which, product: Product, number: &str, n: usize, now: i64) -> String {
    let hash = sha256(format!("{channel:?}/{number}/{n}/{now}").as_bytes());
    match product {
        Product::Native => format!("weixin://wxpay/bizpayurl?pr=SIM{}", &hash[..12]),
        Product::Jsapi => format!("wx{}", &hash[..34]),
        Product::Precreate => format!("https://qr.alipay.com/sim{}", &hash[..20]),
        Product::Create => make_txn(channel, number, now),
    }
}

/// 28 digits, as both channels have, beginning like theirs.
fn make_txn(channel: Which, number: &str, now: i64) -> String {
    let hash = sha256(format!("{channel:?}/{number}/{now}").as_bytes());
    let digits: String = hash.bytes().map(|b| char::from(b'0' + b % 10)).take(18).collect();
    match channel {
        Which::Wechat => format!("4200009999{digits}"),
        Which::Alipay => format!("2026999922{digits}"),
    }
}
