//! The template a restaurant fills in: the form with a small example, and what each column means.

use crate::table::{Kind, Sheet};
use crate::{RowError, WriteError, csv_form, xlsx_form};

const EXAMPLE: &[u8] = include_bytes!("example.csv");

/// General remarks of the help sheet.
pub(crate) const HELP: &[(&str, &str)] = &[
    (
        "单单菜单模板。把示例行换成自己的菜，然后导入。",
        "Dandan's menu template. Replace the example rows with your own dishes, then import the file.",
    ),
    (
        "标题行不要改；栏目的顺序可以变，不用的栏目可以删。",
        "Keep the headings; columns may stand in another order, and those you don't use may be deleted.",
    ),
    (
        "有任何一行写错，整份文件都不会导入，并列出所有错处。",
        "If any row is wrong, nothing is imported, and everything that is wrong is listed.",
    ),
    (
        "代码只用小写字母、数字、- 和 _；换新版菜单时请保持菜品代码不变。",
        "Codes are a-z, 0-9, - and _. Keep a dish's code when the menu changes.",
    ),
    (
        "价格写元，最多两位小数；公式按算出的值读取。",
        "Prices are in yuan with at most two decimals; of a formula, its result is read.",
    ),
    ("最多 5,000 行、8 MB。以 # 开头的行是备注。", "At most 5,000 rows and 8 MB. Rows that start with # are remarks."),
];

/// The template as an Excel workbook: a help sheet, then one sheet for each kind of record.
///
/// # Errors
/// When the workbook can't be built.
pub fn template_xlsx() -> Result<Vec<u8>, WriteError> {
    Ok(xlsx_form::write(&example()?, true)?)
}

/// The template as one CSV file, with remarks.
///
/// # Errors
/// When the text can't be built.
pub fn template_csv() -> Result<Vec<u8>, WriteError> {
    Ok(csv_form::write(&example()?, true)?)
}

/// The example's rows under all headings of the form.
fn example() -> Result<Vec<Sheet>, WriteError> {
    let mut errors: Vec<RowError> = Vec::new();
    let rows = csv_form::rows(EXAMPLE, &mut errors).unwrap_or_default();
    if let Some(error) = errors.first() {
        return Err(WriteError::NotRepresentable(error.to_string()));
    }
    let cells = |kind: Kind| {
        let of_kind = rows.iter().filter(move |row| row.kind == kind);
        of_kind.map(|row| kind.columns().iter().map(|column| row.cell(column.key).to_owned()).collect()).collect()
    };
    Ok(crate::table::KINDS.into_iter().map(|kind| Sheet { kind, rows: cells(kind) }).collect())
}

#[cfg(test)]
mod tests {
    use crate::table::KINDS;
    use std::fmt::Write;
    use std::path::Path;

    /// The part of the guide that lists every sheet and column.
    fn columns_page() -> String {
        let mut page = String::new();
        for kind in KINDS {
            let (zh, en) = kind.help();
            let _ = write!(
                page,
                "\n### {} {} (CSV: `{}`)\n{zh}\n{en}\n\n| column | | 说明 | meaning |\n|--|--|--|--|\n",
                kind.sheet(),
                kind.title(),
                kind.record()
            );
            for column in kind.columns() {
                let needed = if column.required { "必填 required" } else { "" };
                let _ = writeln!(page, "| `{}` {} | {needed} | {} | {} |", column.key, column.title, column.zh, column.en);
            }
        }
        page
    }

    /// Run with `UPDATE_DOCS=1` to rewrite the guide.
    #[test]
    fn the_guide_lists_every_column() {
        const BEGIN: &str = "<!-- columns: begin -->\n";
        const END: &str = "<!-- columns: end -->";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/menu-file.md");
        let guide = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = guide.split_once(BEGIN).unwrap();
        let (listed, after) = rest.split_once(END).unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", columns_page())).unwrap();
        } else {
            assert_eq!(listed, columns_page(), "docs/guide/menu-file.md is behind; run this test with UPDATE_DOCS=1");
        }
    }
}
