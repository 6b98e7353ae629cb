//! Codes to scan: the one on a table (which table, which printing) and the one of a check (which party, which share), each with
//! a mark only this store can make.

use crate::app::App;
use crate::problem::Problem;
use domain::catalog::Table;
use domain::{SessionId, ShareId, TableId};

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
        let genuine = mark.len() == 20 && self.signer.is_mark(&code_text(self, table), mark) && self.table_code(table) == code;
        genuine.then(|| table.id.clone()).ok_or_else(unknown)
    }

    /// The code of a check, to be paid with any wallet.
    pub fn pay_code(&self, payable: Payable) -> String {
        let what = payable_text(payable);
        format!("{what}.{}", self.signer.mark(&pay_text(self, &what), 10))
    }

    /// What a check's code leads to; nothing for a forged one.
    pub fn payable_of_code(&self, code: &str) -> Option<Payable> {
        let (what, mark) = code.rsplit_once('.')?;
        if mark.len() != 20 || !self.signer.is_mark(&pay_text(self, what), mark) {
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

fn pay_text(app: &App, what: &str) -> String {
    format!("pay.{}.{what}", app.store.id())
}

fn code_text(app: &App, table: &Table) -> String {
    format!("table.{}.{}.{}", app.store.id(), table.id, table.code_version)
}
