//! The code on a table: which table, which printing, and a mark only this store can make.

use crate::app::App;
use crate::problem::Problem;
use domain::TableId;
use domain::catalog::Table;

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
}

fn code_text(app: &App, table: &Table) -> String {
    format!("table.{}.{}.{}", app.store.id(), table.id, table.code_version)
}
