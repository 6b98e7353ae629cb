//! The lunch's figures on paper: a section of docs/benchmarks.md, a picture beside it, and JSON for other programs.

use super::super::report::{count, millis};
use super::figures::{self, Hop, rate, short, thousands};
use super::{PAID_ONE_IN, PARTIES, Part, SCREENS_EACH, Seen, TILLS, chart};
use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

const PAGE: &str = "docs/benchmarks.md";
const PICTURE: &str = "docs/benchmarks-lunch.svg";
const PROOF: &str = "target/proof/lunch.json";
/// The section is between these lines, and written anew each time.
const BEGIN: &str = "<!-- lunch: written by `dandan bench lunch --write` -->";
const END: &str = "<!-- end of lunch -->";

/// Writes all three.
pub(super) fn write(seen: &Seen) -> anyhow::Result<()> {
    let machine = Machine::this();
    let page = std::fs::read_to_string(PAGE).with_context(|| format!("{PAGE} is not below this folder"))?;
    std::fs::write(PAGE, replaced(&page, &section(seen, &machine))?)?;
    let hops: Vec<Hop> = lunch_hops(seen).into_iter().chain(floors(seen)).collect();
    let title = format!("One store, {} orders/s for {} s 标准午市", seen.menu.rate, seen.menu.lunch.as_secs());
    std::fs::write(PICTURE, chart::draw(&title, &hops))?;
    if let Some(folder) = Path::new(PROOF).parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(PROOF, serde_json::to_string_pretty(&proof(seen, &machine))? + "\n")?;
    println!("written: {PAGE}, {PICTURE}, {PROOF}");
    Ok(())
}

/// The floors of the run, as rows beside the hops.
pub(super) fn floors(seen: &Seen) -> Vec<Hop> {
    vec![
        Hop::floor("floor: an order's bytes fsynced 落盘", seen.floors.fsync.clone()),
        Hop::floor("floor: a bare answer over HTTP", seen.floors.http.clone()),
        Hop::floor("floor: bare handler, same journal, same pace", seen.floors.commit.clone()),
    ]
}

fn lunch_hops(seen: &Seen) -> Vec<Hop> {
    seen.parts.first().map(|part| part.hops.clone()).unwrap_or_default().into_iter().chain(seen.money.iter().cloned()).collect()
}

/// What came of the crowd, in a sentence.
pub(super) fn crowd_line(seen: &Seen) -> String {
    let crowd = &seen.crowd;
    let of = |times: &[Duration]| {
        let hop = Hop::of("", times.iter().copied().map(Some));
        [0.5, 0.99, 1.0].map(|quantile| short(millis(&hop.times, quantile))).join(" / ")
    };
    format!(
        "{} people at once for {} s: {} orders/s accepted ({} ms, p50 / p99 / max), {} times somebody was told to come back, with the time \
         ({} ms); {} without an answer, {} answered otherwise{}",
        thousands(seen.menu.people as u64),
        crowd.length.as_secs(),
        thousands(whole(rate(crowd.accepted.len(), crowd.length))),
        of(&crowd.accepting),
        thousands(crowd.refusals),
        of(&crowd.refusing),
        crowd.lost.len(),
        crowd.otherwise,
        crowd.strangest.map(|status| format!(" (first: {status})")).unwrap_or_default()
    )
}

/// A rounded number.
fn whole(n: f64) -> u64 {
    Duration::from_secs_f64(n.max(0.0).round()).as_secs()
}

fn section(seen: &Seen, machine: &Machine) -> String {
    let mut text = String::new();
    let (menu, account) = (&seen.menu, &seen.account);
    let Machine { date, cores, model, nice } = machine;
    let _ = write!(
        text,
        "{date}, {cores} cores ({model}), nice {nice}, load average when it began {}. Server, simulated channels, {} screens and tills, \
         diners and attackers share the cores.\n\n![]({})\n\n",
        seen.load_average.split(' ').take(3).collect::<Vec<_>>().join(" "),
        4 * SCREENS_EACH + TILLS,
        PICTURE.trim_start_matches("docs/")
    );
    let paid = seen.parts.first().map_or(0, |part| part.paid.len());
    let _ = write!(
        text,
        "**{} orders/s for {} s**, four dishes each, at random moments (Poisson) whether or not anybody was answered; one in {PAID_ONE_IN} is paid \
         through WeChat Pay or Alipay ({paid} payments, {:.0} a second). Counted from the moment the order was *due*.\n\n",
        menu.rate,
        menu.lunch.as_secs(),
        rate(paid, menu.lunch)
    );
    text += &figures::table(&lunch_hops(seen).into_iter().chain(floors(seen)).collect::<Vec<_>>());
    text += "\n| | orders | not accepted | accepted p50 / p99 / p99.9 / max, ms | painted p99, ms | CPU: server, rest, s | goal | |\n|--|--:|--:|--:|--:|--:|--|--|\n";
    for part in &seen.parts {
        text += &row(part);
    }
    for (name, answers) in ["one address", "50 addresses"].iter().zip(&seen.attacks) {
        let statuses: Vec<String> =
            answers.statuses.iter().map(|(status, count)| format!("{} × {status}", thousands(*count))).collect();
        let _ = write!(
            text,
            "\n**The attackers** at {}, 1,000 requests/s, a quarter each of forged table codes, bad tokens, broken bodies and real orders by a party \
             that sits at a table: {}; {} held back without Retry-After, {} unanswered.\n",
            name,
            statuses.join(", "),
            answers.without_retry_after,
            answers.unanswered
        );
    }
    let _ = write!(text, "\n**Beyond capacity.** {}.\n", crowd_line(seen));
    let _ = write!(
        text,
        "\n**Afterwards** the journal, read from its first event with its hash chain: {} orders in {} events; {} accepted and missing, {} twice, \
         {} half done, {} there though turned away, {} nobody's. {} payments captured and {} credited, of {} made. Started again on it, the server \
         answered after {:.2} s.\n",
        thousands(account.orders as u64),
        thousands(account.events),
        account.missing,
        account.twice,
        account.halves,
        account.not_turned_away,
        account.strange,
        account.captured,
        account.credited,
        seen.told.paid,
        seen.again.as_secs_f64()
    );
    let _ = write!(
        text,
        "\n**How.** {PARTIES} parties, each at an address of its own behind the trusted proxy. {SCREENS_EACH} screens at each of four stations draw a change \
         two frames of a 60 Hz display after they read it (33 ms of *painted* are that), and report it as the kitchen's page does, one report at a time; \
         an order counts when the last of its stations has it on one of its screens. {TILLS} tills hear payments announced and report them as said; the \
         seconds of speech itself are in no figure. The {} feeds read {:.0} MB in {} frames and had to come back {} times; {} reports of painted dishes \
         were accepted. The server made {} commits and used {:.0} MB of memory at the end.\n",
        4 * SCREENS_EACH + TILLS,
        count(seen.traffic.bytes.load(Ordering::Relaxed)) / 1e6,
        thousands(seen.traffic.frames.load(Ordering::Relaxed)),
        seen.traffic.returns.load(Ordering::Relaxed),
        thousands(seen.reports.accepted.load(Ordering::Relaxed)),
        thousands(seen.commits),
        count(seen.memory) / 1e6
    );
    text
}

fn row(part: &Part) -> String {
    let at = |times: &Histogram<u64>, quantile| short(millis(times, quantile));
    let accepted = part
        .hops
        .first()
        .map_or_else(String::new, |hop| [0.5, 0.99, 0.999, 1.0].map(|quantile| at(&hop.times, quantile)).join(" / "));
    let painted = part.hops.get(2).map_or_else(String::new, |hop| at(&hop.times, 0.99));
    let verdict = if part.p99() <= 500.0 && part.refused() == 0 { "met" } else { "**missed**" };
    format!(
        "| {}, {}/s for {} s | {} | {} | {accepted} | {painted} | {:.1}, {:.1} | p99 < 500 ms | {verdict} |\n",
        part.name,
        part.rate,
        part.length.as_secs(),
        thousands(part.placed.len() as u64),
        thousands(part.refused() as u64),
        part.cpu.0.as_secs_f64(),
        part.cpu.1.as_secs_f64()
    )
}

/// The page with the section between its two lines.
fn replaced(page: &str, section: &str) -> anyhow::Result<String> {
    let (Some((before, rest)), true) = (page.split_once(BEGIN), page.contains(END)) else {
        bail!("{PAGE} has no place for the lunch: {BEGIN} … {END}");
    };
    let (_, after) = rest.split_once(END).context("the lunch has no end")?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", section.trim_end()))
}

fn proof(seen: &Seen, machine: &Machine) -> Value {
    let part = |part: &Part| {
        json!({
            "name": part.name, "rate": part.rate, "seconds": part.length.as_secs(), "orders": part.placed.len(),
            "not_accepted": part.refused(), "paid": part.paid.len(), "unpaid": part.unpaid,
            "cpu_s_server": part.cpu.0.as_secs_f64(), "cpu_s_rest": part.cpu.1.as_secs_f64(),
            "hops_ms": part.hops.iter().map(Hop::json).collect::<Vec<_>>(),
        })
    };
    let (account, crowd) = (&seen.account, &seen.crowd);
    json!({
        "date": machine.date, "machine": { "cores": machine.cores, "model": machine.model, "nice": machine.nice, "load_average": seen.load_average },
        "feeds": 4 * SCREENS_EACH + TILLS, "paid_one_in": PAID_ONE_IN,
        "parts": seen.parts.iter().map(part).collect::<Vec<_>>(),
        "money_ms": seen.money.iter().map(Hop::json).collect::<Vec<_>>(),
        "floors_ms": floors(seen).iter().map(Hop::json).collect::<Vec<_>>(),
        "attacks": seen.attacks.iter().map(|answers| json!({
            "statuses": answers.statuses, "orders_accepted": answers.accepted.len(),
            "without_retry_after": answers.without_retry_after, "unanswered": answers.unanswered,
        })).collect::<Vec<_>>(),
        "beyond_capacity": {
            "people": seen.menu.people, "seconds": crowd.length.as_secs(), "accepted": crowd.accepted.len(),
            "told_to_come_back": crowd.refusals, "lost": crowd.lost.len(), "otherwise": crowd.otherwise,
        },
        "journal": {
            "orders": account.orders, "events": account.events, "missing": account.missing, "twice": account.twice,
            "halves": account.halves, "not_turned_away": account.not_turned_away, "strange": account.strange,
            "captured": account.captured, "credited": account.credited, "paid": seen.told.paid,
            "faults": account.faults(&seen.told),
        },
        "start_again_s": seen.again.as_secs_f64(), "memory_mb": count(seen.memory) / 1e6, "commits": seen.commits,
    })
}

/// The machine it ran on.
struct Machine {
    date: String,
    cores: usize,
    model: String,
    nice: String,
}

impl Machine {
    fn this() -> Machine {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
        // The fields behind the name in brackets begin with the third; niceness is the nineteenth.
        let stat = read("/proc/self/stat");
        let nice = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(16)).unwrap_or("?");
        Machine {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
            model: model.trim_start_matches([' ', '\t', ':']).replace("(R)", ""),
            nice: nice.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lunchs_own_section_is_written_anew() {
        let page = format!("# A\n\n{BEGIN}\nold\n{END}\n\n# B\n");
        let anew = replaced(&page, "new\n").expect("has a place");
        assert_eq!(anew, format!("# A\n\n{BEGIN}\n\nnew\n\n{END}\n\n# B\n"));
        assert_eq!(replaced(&anew, "new").expect("has a place"), anew);
        assert!(replaced("# A\n", "new").is_err());
    }
}
