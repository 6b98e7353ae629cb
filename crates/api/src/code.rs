//! Codes to scan: the one on a table (which table, which printing) and the one of a check (which party, which share), each with
//! a mark only this store can make.

use crate::app::App;
use crate::auth::Signer;
use crate::problem::Problem;
use domain::catalog::Table;
use domain::{SessionId, ShareId, StoreId, TableId, Timestamp};

/// What the code of a check leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payable {
    /// The party.
    pub session: SessionId,
    /// Its share, where the check is split and the code is for one of them.
    pub share: Option<ShareId>,
}

impl App {
    /// The code printed for a table.
    pub fn table_code(&self, table: &Table) -> String {
        let mark = self.signer.mark(&code_text(self, table), 10);
        format!("{}.{}.{mark}", table.id, table.code_version)
    }

    /// The table a code leads to.
    ///
    /// # Errors
    /// `code_unknown` for a forged code, another store's, or one whose printing was replaced. All look alike.
    pub fn table_of_code(&self, code: &str) -> Result<TableId, Problem> {
        let unknown = || Problem::new("code_unknown", "the code is not one of this store's, or was replaced");
        let (id, mark) = code.split_once('.').and_then(|(id, rest)| Some((id, rest.split_once('.')?.1))).ok_or_else(unknown)?;
        let id: TableId = id.parse().map_err(|_| unknown())?;
        let known = self.store.known();
        let table = known.house.table(&id).ok_or_else(unknown)?;
        let window = code.split('.').nth(1).and_then(|part| part.strip_prefix('w'));
        if let Some(window) = window {
            return self.is_screen_code(table, window, mark).then(|| table.id.clone()).ok_or_else(unknown);
        }
        let genuine = mark.len() == 20 && self.signer.is_mark(&code_text(self, table), mark) && self.table_code(table) == code;
        genuine.then(|| table.id.clone()).ok_or_else(unknown)
    }

    /// The code of a table on a screen: good until then, and the next one begins when it ends. Units of `every_s`: seconds.
    pub fn screen_code(&self, table: &Table, every_s: u32, now: Timestamp) -> (String, Timestamp) {
        let every_ms = i64::from(every_s.max(1)) * 1000;
        let window = now.0.div_euclid(every_ms);
        let mark = self.signer.mark(&screen_text(self, table, window), 10);
        (format!("{}.w{window}.{mark}", table.id), Timestamp((window + 1) * every_ms))
    }

    /// The code on a slip, for one party only.
    pub fn party_code(&self, session: SessionId) -> String {
        party_code(&self.signer, self.store.id(), session)
    }

    /// The party a slip's code leads to; nothing where it isn't such a code.
    pub fn party_of_code(&self, code: &str) -> Option<SessionId> {
        let (session, mark) = code.strip_prefix("s.")?.split_once('.')?;
        let session: SessionId = session.parse().ok()?;
        (mark.len() == 20 && self.signer.is_mark(&party_text(self.store.id(), session), mark)).then_some(session)
    }

    /// Whether a screen's code is of this moment, or of the one just over: whoever scans takes a while to arrive.
    fn is_screen_code(&self, table: &Table, window: &str, mark: &str) -> bool {
        let every_s = self.store.known().house.policy.service.screen_code_s;
        let Ok(window) = window.parse::<i64>() else { return false };
        let now = self.store.now().at.0.div_euclid(i64::from(every_s.max(1)) * 1000);
        every_s > 0
            && (now - 1..=now).contains(&window)
            && mark.len() == 20
            && self.signer.is_mark(&screen_text(self, table, window), mark)
    }

    /// The code of a check, to be paid with any wallet.
    pub fn pay_code(&self, payable: Payable) -> String {
        pay_code(&self.signer, self.store.id(), payable)
    }

    /// What a check's code leads to; nothing for a forged one.
    pub fn payable_of_code(&self, code: &str) -> Option<Payable> {
        let (what, mark) = code.rsplit_once('.')?;
        if mark.len() != 20 || !self.signer.is_mark(&pay_text(self.store.id(), what), mark) {
            return None;
        }
        let (session, share) = match what.split_once('.') {
            None => (what, None),
            Some((session, share)) => (session, Some(share)),
        };
        Some(Payable { session: session.parse().ok()?, share: share.map(str::parse).transpose().ok()? })
    }
}

fn payable_text(payable: Payable) -> String {
    match payable.share {
        None => payable.session.to_string(),
        Some(share) => format!("{}.{share}", payable.session),
    }
}

/// The code of a check.
pub fn pay_code(signer: &Signer, store: StoreId, payable: Payable) -> String {
    let what = payable_text(payable);
    format!("{what}.{}", signer.mark(&pay_text(store, &what), 10))
}

/// The code of a party.
pub fn party_code(signer: &Signer, store: StoreId, session: SessionId) -> String {
    format!("s.{session}.{}", signer.mark(&party_text(store, session), 10))
}

fn pay_text(store: StoreId, what: &str) -> String {
    format!("pay.{store}.{what}")
}

fn screen_text(app: &App, table: &Table, window: i64) -> String {
    format!("screen.{}.{}.{}.{window}", app.store.id(), table.id, table.code_version)
}

fn party_text(store: StoreId, session: SessionId) -> String {
    format!("party.{store}.{session}")
}

fn code_text(app: &App, table: &Table) -> String {
    format!("table.{}.{}.{}", app.store.id(), table.id, table.code_version)
}
