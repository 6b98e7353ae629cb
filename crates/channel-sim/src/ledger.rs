//! The channel's book: orders, payments and refunds, kept as JSON lines so that a restart forgets nothing.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;

pub(crate) use crate::order::{NewOrder, Order, Product, Refund, RefundEnd, Refused, State};
use crate::{
    codepay::{self, CodePay, Plan},
    crypto::sha256,
    faults::Which,
};

/// A channel takes this many refunds of one order.
const MOST_REFUNDS: usize = 50;

type Key = (Which, String);

/// All orders, and the file they are kept in.
#[derive(Debug)]
pub(crate) struct Ledger {
    orders: BTreeMap<Key, Order>,
    /// Whose each code, prepay id, payer's code and channel number is.
    codes: BTreeMap<String, Key>,
    /// Which order a refund number was first used for.
    refunds: BTreeMap<Key, Key>,
    /// Absent when the book is kept in memory.
    file: Option<File>,
}

impl Ledger {
    /// A book that is forgotten with the simulator.
    pub(crate) fn in_memory() -> Self {
        Self { orders: BTreeMap::new(), codes: BTreeMap::new(), refunds: BTreeMap::new(), file: None }
    }

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
        let mut ledger = Self { orders, codes: BTreeMap::new(), refunds: BTreeMap::new(), file: Some(file) };
        let known: Vec<Order> = ledger.orders.values().cloned().collect();
        known.iter().for_each(|order| ledger.index(order));
        Ok(ledger)
    }

    /// Forgets everything, on disk too.
    pub(crate) fn reset(&mut self) -> anyhow::Result<()> {
        if let Some(file) = &self.file {
            file.set_len(0)?;
        }
        self.orders.clear();
        self.codes.clear();
        self.refunds.clear();
        Ok(())
    }

    /// Makes the order findable by everything that names it.
    fn index(&mut self, order: &Order) {
        let key = (order.channel, order.number.clone());
        let codes = order.codes.iter().map(|(code, _)| code);
        let texts = codes.chain([&order.txn]).chain(order.code_pay.as_ref().map(|code_pay| &code_pay.auth_code));
        self.codes.extend(texts.map(|text| (text.clone(), key.clone())));
        for refund in &order.refunds {
            self.refunds.entry((order.channel, refund.number.clone())).or_insert_with(|| key.clone());
        }
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub(crate) fn get(&self, channel: Which, number: &str) -> Option<&Order> {
        self.orders.get(&(channel, number.to_owned()))
    }

    /// By the channel's number, which is in use once money was taken.
    pub(crate) fn by_txn(&self, channel: Which, txn: &str) -> Option<&Order> {
        let order = self.orders.get(self.codes.get(txn)?)?;
        (order.channel == channel && order.txn == txn && order.paid_ms.is_some()).then_some(order)
    }

    pub(crate) fn by_refund(&self, channel: Which, number: &str) -> Option<(&Order, &Refund)> {
        let order = self.orders.get(self.refunds.get(&(channel, number.to_owned()))?)?;
        Some((order, order.refunds.iter().find(|refund| refund.number == number)?))
    }

    /// The order a code, prepay id or order number names.
    pub(crate) fn find(&self, text: &str) -> Option<&Order> {
        match self.codes.get(text).or_else(|| self.codes.get(prepay_id(text))) {
            Some(key) => self.orders.get(key),
            None => [Which::Wechat, Which::Alipay].into_iter().find_map(|channel| self.get(channel, text)),
        }
    }

    /// Takes a first order or a repeat; a repeat with the same parameters gets a fresh code.
    pub(crate) fn place(&mut self, new: NewOrder, now: i64) -> Result<String, Refused> {
        let key = (new.channel, new.number.clone());
        if let Some(order) = self.orders.get_mut(&key) {
            is_open(order)?;
            if order.product != new.product || order.params != new.params {
                return Err(Refused::OtherParams);
            }
            let code = match order.product {
                // The trade is the one made at first.
                Product::Create => order.txn.clone(),
                _ => make_code(order.channel, order.product, &order.number, order.codes.len(), now),
            };
            order.codes.push((code.clone(), now));
            self.keep(&key);
            return Ok(code);
        }
        let code = make_code(new.channel, new.product, &new.number, 0, now);
        let mut order = fresh(new, now);
        order.codes.push((code.clone(), now));
        self.orders.insert(key.clone(), order);
        self.keep(&key);
        Ok(code)
    }

    /// Takes a payment by the payer's code; the code is used up.
    pub(crate) fn code_pay(&mut self, new: NewOrder, code: &str, plan: Plan, now: i64, revoke_ms: i64) -> Result<Order, Refused> {
        let key = (new.channel, new.number.clone());
        self.advance(new.channel, &new.number, now);
        if let Some(order) = self.orders.get(&key) {
            is_open(order)?;
            return Err(if order.params == new.params { Refused::CodeUsed } else { Refused::OtherParams });
        }
        if self.codes.contains_key(code) {
            return Err(Refused::CodeUsed);
        }
        if plan.does == codepay::Payer::CodeExpired {
            return Err(Refused::CodeExpired);
        }
        let code_pay = CodePay::new(code, plan, now, revoke_ms);
        let state = code_pay.first_state();
        let paid_ms = (state == State::Paid).then_some(now);
        let order = Order { state, paid_ms, code_pay: Some(code_pay), ..fresh(new, now) };
        self.orders.insert(key.clone(), order.clone());
        self.keep(&key);
        if plan.does == codepay::Payer::NotEnough { Err(Refused::NotEnough) } else { Ok(order) }
    }

    /// What becomes of the order by itself up to now; the order, when that was its payment.
    pub(crate) fn advance(&mut self, channel: Which, number: &str, now: i64) -> Option<Order> {
        let key = (channel, number.to_owned());
        let order = self.orders.get_mut(&key)?;
        if !codepay::advance(order, now) {
            return None;
        }
        let paid = (order.state == State::Paid).then(|| order.clone());
        self.keep(&key);
        paid
    }

    /// The payer at the password enters it, or gives up.
    pub(crate) fn password(&mut self, channel: Which, number: &str, entered: bool, now: i64) -> Result<Order, Refused> {
        self.advance(channel, number, now);
        match self.get(channel, number).ok_or(Refused::NoSuchOrder)?.state {
            State::UserPaying => {}
            State::NotPaid | State::PayError => return Err(Refused::NotPaid),
            State::Paid => return Err(Refused::AlreadyPaid),
            State::Closed => return Err(Refused::Closed),
            State::Revoked => return Err(Refused::Reversed),
        }
        self.change(channel, number, |order| {
            order.state = if entered { State::Paid } else { State::NotPaid };
            order.paid_ms = entered.then_some(now);
        })
    }

    /// Undoes a code payment: unpaid it can no longer be paid, paid it is given back. Twice is once.
    pub(crate) fn reverse(&mut self, channel: Which, number: &str, now: i64) -> Result<Order, Refused> {
        self.advance(channel, number, now);
        let order = self.get(channel, number).ok_or(Refused::NoSuchOrder)?;
        if order.product != Product::CodePay {
            return Err(Refused::NotCodePay);
        }
        if !order.refunds.is_empty() {
            return Err(Refused::AlreadyRefunded);
        }
        match order.state {
            State::UserPaying => Err(Refused::UserPaying),
            State::Revoked => Ok(order.clone()),
            State::NotPaid | State::PayError | State::Paid | State::Closed => self.change(channel, number, |order| {
                order.state = State::Revoked;
                order.reversed_ms = Some(now);
            }),
        }
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
        is_open(&order)?;
        if now > order.expires_ms {
            return Err(Refused::Expired);
        }
        let by_number = text == order.number && order.product != Product::CodePay;
        if !by_number && !order.is_current(text, now) && !order.is_current(prepay_id(text), now) {
            return Err(Refused::CodeReplaced);
        }
        self.change(order.channel, &order.number, |order| {
            order.state = State::Paid;
            order.paid_ms = Some(now);
        })
    }

    /// Makes an unpaid order unpayable; closing twice is closing once.
    pub(crate) fn close(&mut self, channel: Which, number: &str) -> Result<Order, Refused> {
        let order = self.get(channel, number).ok_or(Refused::NoSuchOrder)?;
        if order.product == Product::CodePay && channel == Which::Wechat {
            return Err(Refused::MustReverse);
        }
        match order.state {
            State::Paid => Err(Refused::AlreadyPaid),
            State::Revoked => Err(Refused::Reversed),
            State::NotPaid | State::UserPaying | State::PayError | State::Closed => {
                self.change(channel, number, |order| order.state = State::Closed)
            }
        }
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
        if order.refunds.len() >= MOST_REFUNDS {
            return Err(Refused::TooManyRefunds);
        }
        if ask.fen <= 0 || order.refunded_fen() + ask.fen > order.fen {
            return Err(Refused::RefundTooLarge);
        }
        let order = self.change(channel, number, |order| order.refunds.push(ask.clone()))?;
        Ok((order, ask, true))
    }

    /// Decides how and when a refund ends; one that has ended stays so.
    pub(crate) fn settle_refund(
        &mut self,
        channel: Which,
        number: &str,
        end: RefundEnd,
        now: i64,
    ) -> Result<(Order, Refund), Refused> {
        let (order, refund) = self.by_refund(channel, number).ok_or(Refused::NoSuchOrder)?;
        if refund.done_ms <= now {
            return Err(Refused::RefundDiffers);
        }
        let order = order.number.clone();
        let order = self.change(channel, &order, |order| {
            for refund in order.refunds.iter_mut().filter(|refund| refund.number == number) {
                refund.end = end;
                refund.done_ms = now;
            }
        })?;
        let refund = order.refunds.iter().find(|refund| refund.number == number).cloned().ok_or(Refused::NoSuchOrder)?;
        Ok((order, refund))
    }

    /// The merchant has acknowledged the notice of the payment, or of this refund.
    pub(crate) fn notified(&mut self, channel: Which, number: &str, refund: Option<&str>) {
        let _ = self.change(channel, number, |order| match refund {
            None => order.notified = true,
            Some(refund) => order.refunds.iter_mut().filter(|r| r.number == refund).for_each(|r| r.notified = true),
        });
    }

    /// Changes one order and keeps it.
    pub(crate) fn change(&mut self, channel: Which, number: &str, change: impl FnOnce(&mut Order)) -> Result<Order, Refused> {
        let key = (channel, number.to_owned());
        change(self.orders.get_mut(&key).ok_or(Refused::NoSuchOrder)?);
        self.keep(&key);
        self.orders.get(&key).cloned().ok_or(Refused::NoSuchOrder)
    }

    /// Appends the order's whole record in one write.
    fn keep(&mut self, key: &Key) {
        let Some(order) = self.orders.get(key).cloned() else {
            return;
        };
        self.index(&order);
        let Some(file) = &mut self.file else {
            return;
        };
        let written = serde_json::to_string(&order)
            .map_err(anyhow::Error::from)
            .and_then(|line| Ok(file.write_all(format!("{line}\n").as_bytes())?));
        if let Err(error) = written {
            tracing::error!(%error, "the simulator cannot keep its ledger");
        }
    }
}

/// Whether someone may still pay it.
fn is_open(order: &Order) -> Result<(), Refused> {
    match order.state {
        State::NotPaid => Ok(()),
        State::UserPaying => Err(Refused::UserPaying),
        // The same number is spent, whatever became of the money.
        State::PayError => Err(Refused::OtherParams),
        State::Paid => Err(Refused::AlreadyPaid),
        State::Closed => Err(Refused::Closed),
        State::Revoked => Err(Refused::Reversed),
    }
}

/// The `prepay_id` in a package or an H5 address, or the text itself.
fn prepay_id(text: &str) -> &str {
    let from = text.find("prepay_id=").map_or(text, |at| &text[at + "prepay_id=".len()..]);
    from.split('&').next().unwrap_or(from)
}

fn fresh(new: NewOrder, now: i64) -> Order {
    let txn = make_txn(new.channel, &new.number, now);
    Order {
        channel: new.channel,
        number: new.number,
        product: new.product,
        fen: new.fen,
        description: new.description,
        attach: new.attach,
        notify_url: new.notify_url,
        params: new.params,
        codes: Vec::new(),
        created_ms: now,
        expires_ms: new.expires_ms,
        state: State::NotPaid,
        scanned: !matches!(new.product, Product::Precreate | Product::Wap),
        txn,
        payer: new.payer,
        paid_ms: None,
        reversed_ms: None,
        code_pay: None,
        page: crate::order::Page::default(),
        notified: false,
        refunds: Vec::new(),
    }
}

fn make_code(channel: Which, product: Product, number: &str, n: usize, now: i64) -> String {
    let hash = sha256(format!("{channel:?}/{number}/{n}/{now}").as_bytes());
    match product {
        Product::Native => format!("weixin://wxpay/bizpayurl?pr=SIM{}", &hash[..12]),
        Product::Jsapi | Product::H5 => format!("wx{}", &hash[..34]),
        Product::Wap => format!("SIMWAP{}", &hash[..26]),
        Product::Precreate => format!("https://qr.alipay.com/sim{}", &hash[..20]),
        Product::Create | Product::CodePay => make_txn(channel, number, now),
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
