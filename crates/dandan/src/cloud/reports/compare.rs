//! `dandan cloud compare` and `dandan cloud report`: stores beside each other, and one store in all its parts.

use super::{Reports, StationTimes, StoreFigures, Told, WayTotal};
use crate::database::DatabaseArgs;
use domain::StoreId;
use jiff::civil::Date;
use report::{DayRow, DishRow, SlotRow};
use serde::Serialize;

/// Arguments of `dandan cloud compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// The common database, or a replica of it.
    #[command(flatten)]
    database: DatabaseArgs,
    /// The first date of business days, in each store's own time: `2026-11-23`.
    #[arg(long)]
    from: Date,
    /// The last.
    #[arg(long)]
    to: Date,
    /// Only this store; may be given several times.
    #[arg(long)]
    store: Vec<StoreId>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `dandan cloud report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// The common database, or a replica of it.
    #[command(flatten)]
    database: DatabaseArgs,
    /// Which store.
    #[arg(long)]
    store: StoreId,
    /// The first date of business days, in the store's own time: `2026-11-23`.
    #[arg(long)]
    from: Date,
    /// The last.
    #[arg(long)]
    to: Date,
}

/// One store in all its parts.
#[derive(Debug, Serialize)]
struct StoreReport {
    days: Told<DayRow>,
    slots: Told<SlotRow>,
    ways: Told<WayTotal>,
    dishes: Told<DishRow>,
    stations: Told<StationTimes>,
}

/// Runs `dandan cloud report`.
pub async fn report(args: ReportArgs) -> anyhow::Result<()> {
    let reports = Reports::over(args.database.read()?)?;
    let ReportArgs { store, from, to, .. } = args;
    let report = StoreReport {
        days: reports.days(store, from, to).await?,
        slots: reports.slots(store, from, to).await?,
        ways: reports.ways(store, from, to).await?,
        dishes: reports.dishes(store, from, to).await?,
        stations: reports.stations(store, from, to).await?,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// Runs `dandan cloud compare`.
pub async fn compare(args: CompareArgs) -> anyhow::Result<()> {
    let stores = Reports::over(args.database.read()?)?.compare(&args.store, args.from, args.to).await?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&stores)?),
        false => print!("{}", text(&stores)),
    }
    Ok(())
}

const HEAD: [&str; 13] = [
    "门店 store",
    "天 days",
    "单 orders",
    "人 covers",
    "原价 gross",
    "优惠 off",
    "退菜 voids",
    "应收 net",
    "实收 received",
    "退款 refunded",
    "未结变化 owed, change",
    "出品 p90",
    "截至 as of (UTC)",
];

/// A table, with a line below it for what isn't complete.
fn text(stores: &[StoreFigures]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(stores.iter().map(row));
    let wide = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or_default();
    let widths: [usize; HEAD.len()] = std::array::from_fn(wide);
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, wide))| {
            let space = " ".repeat(wide - width(cell));
            if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    for store in stores {
        if store.as_of.behind > 0 {
            text.push_str(&format!("{}: 还有 {} 条未统计 events are not counted yet\n", store.store, store.as_of.behind));
        }
        if store.as_of.cut_off {
            text.push_str(&format!(
                "{}: 店里的盒子没有连上，可能还有更新 its box isn't heard from and may have more\n",
                store.store
            ));
        }
    }
    text
}

fn row(store: &StoreFigures) -> [String; HEAD.len()] {
    let figures = &store.figures;
    let at = store.as_of.at_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    [
        store.store.to_string(),
        store.days.to_string(),
        figures.orders.to_string(),
        figures.covers.to_string(),
        yuan(figures.gross),
        yuan(figures.discounts + figures.comps + figures.allowances),
        yuan(figures.voids),
        yuan(figures.net),
        // What was put on an account is no money yet.
        yuan(figures.received - figures.on_account),
        yuan(figures.refunded),
        yuan(figures.owed),
        minutes(store.cooking.items, store.cooking.p90_s),
        at.map_or_else(|| "–".to_owned(), |at| at.strftime("%m-%d %H:%M:%S").to_string()),
    ]
}

/// Fen as yuan.
fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

fn minutes(items: i64, seconds: Option<u64>) -> String {
    match (items, seconds) {
        (0, _) => "–".to_owned(),
        (_, Some(seconds)) => format!("≤{} min", seconds / 60),
        (_, None) => ">180 min".to_owned(),
    }
}

/// Columns on a terminal: Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if ('\u{2e80}'..='\u{ffdc}').contains(&c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{AsOf, CookTimes};
    use super::*;
    use report::DayFigures;

    #[test]
    fn a_comparison_reads_as_a_table() {
        let figures = DayFigures {
            orders: 12,
            covers: 30,
            gross: 123_456,
            discounts: 1_000,
            comps: 5,
            net: 122_451,
            owed: -7,
            ..DayFigures::default()
        };
        let as_of = AsOf { seq: 9, at_ms: Some(1_795_363_200_000), behind: 3, cut_off: true };
        let cooking = CookTimes { items: 4, overdue: 1, p50_s: Some(300), p90_s: Some(720) };
        let store = StoreFigures { store: StoreId(7), days: 1, unmatched: 0, figures, ways: Vec::new(), cooking, as_of };
        let text = text(&[store]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        for cell in ["12", "30", "1234.56", "10.05", "1224.51", "-0.07", "≤12 min", "11-22 16:00:00"] {
            assert!(lines[1].split("  ").any(|found| found.trim() == cell), "{cell} in {text}");
        }
        assert_eq!(width(lines[0]), width(lines[1]), "{text}");
        assert!(lines[2].contains("3 条") && lines[3].contains("may have more"), "{text}");
    }
}
