//! A world in which a law was broken, made as small as it can be, and told in words.

use crate::facts::{Fact, Noted, Told};
use crate::laws::{Broken, Court};
use crate::plan::Plan;
use crate::seams::Seams;
use crate::world;
use std::fmt::Write as _;
use std::path::Path;

/// Lines of the story before the law was broken.
const LAST: usize = 40;

/// The smallest world that shows it, and its story.
#[derive(Debug)]
pub struct Story {
    pub plan: Plan,
    pub words: String,
}

/// Takes away what the failure doesn't need, one thing after the other, and tells what happens in what is left.
///
/// # Errors
/// When a world can't be run at all.
pub fn of(plan: &Plan, broken: &Broken, keys: &Path) -> anyhow::Result<Story> {
    let mut smallest = plan.clone();
    let still = |plan: &Plan| -> anyhow::Result<bool> {
        let (seen, _) = world::run(plan, keys, &Seams::default(), Court::new(), false)?;
        Ok(seen.broken.iter().any(|seen| seen.law == broken.law))
    };
    for kind in plan.faults.keys() {
        let mut without = smallest.clone();
        without.faults.remove(kind);
        if still(&without)? {
            smallest = without;
        }
    }
    while smallest.parties > 1 {
        let without = Plan { parties: smallest.parties - 1, ..smallest.clone() };
        if !still(&without)? {
            break;
        }
        smallest = without;
    }
    for without in [Plan { cloud: false, ..smallest.clone() }, Plan { follower: false, ..smallest.clone() }] {
        if without != smallest && still(&without)? {
            smallest = without;
        }
    }
    if smallest.screens > 1 {
        let without = Plan { screens: 1, ..smallest.clone() };
        if still(&without)? {
            smallest = without;
        }
    }
    let (seen, facts) = world::run(&smallest, keys, &Seams::default(), Court::new(), false)?;
    let shown = seen.broken.iter().find(|seen| seen.law == broken.law).unwrap_or(broken);
    Ok(Story { words: tell(&smallest, shown, &facts), plan: smallest })
}

fn tell(plan: &Plan, broken: &Broken, facts: &[Noted]) -> String {
    let start = facts.first().map_or(0, |noted| noted.at_ms);
    let until: Vec<&Noted> = facts.iter().filter(|noted| noted.at_ms <= broken.at_ms).collect();
    let lines: Vec<String> = until
        .iter()
        .filter_map(|noted| Some(format!("{:>8.3} s  {}", (noted.at_ms - start) as f64 / 1000.0, words(&noted.fact)?)))
        .collect();
    let mut text = format!(
        "seed {}: {} is broken at {:.3} s: {}\nwith {} parties, {} screens, faults {:?}\n\nwhat happened before:\n",
        plan.seed,
        broken.law,
        (broken.at_ms - start) as f64 / 1000.0,
        broken.why,
        plan.parties,
        plan.screens,
        plan.faults,
    );
    for line in lines.iter().skip(lines.len().saturating_sub(LAST)) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn short(id: u128) -> String {
    format!("{id:032x}").chars().take(6).collect()
}

/// A fact in words; none for what nobody needs to read.
pub fn words(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::OrderWanted(wanted) => {
            format!("a guest wants {} lines for {} fen (wish {})", wanted.lines.len(), wanted.total.0, wanted.wish.0)
        }
        Fact::Sent { key, path, .. } if !path.contains("painted") => format!("sent {} to {path}", short(*key)),
        Fact::Answered { key, status, code, .. } => format!("answer for {}: {status} {code}", short(*key)),
        Fact::GaveUp { key, path } => format!("nobody waits any more for {} to {path}", short(*key)),
        Fact::PaymentShown { ask, paid, .. } => {
            format!("the phone shows payment {} as {}", short(*ask), if *paid { "paid" } else { "ended" })
        }
        Fact::Event(event) => match &event.told {
            Told::Floor(told) => format!(
                "durable: floor {} {} (command {}): {}",
                event.seq,
                event.kind,
                short(event.command),
                clipped(&format!("{told:?}"))
            ),
            Told::Money(told) => format!(
                "durable: money {} {} (command {}): {}",
                event.seq,
                event.kind,
                short(event.command),
                clipped(&format!("{told:?}"))
            ),
            Told::Catalog => return None,
        },
        Fact::TakenOver { stream, epoch, life } => format!("server {life} takes {} over, epoch {epoch}", stream.name()),
        Fact::Compared { stream, seq, equal } => {
            format!("{} at {seq} {} its events", stream.name(), if *equal { "equals" } else { "DIFFERS from" })
        }
        Fact::Started { life } => format!("server {life} serves"),
        Fact::Crashed { life } => format!("server {life} dies"),
        Fact::HomeMoved { why } => format!("the shop's home is another box: {why}"),
        Fact::Strayed { stream, epoch } => format!("a box of old opens {}, epoch {epoch}", stream.name()),
        Fact::StrayEvent { stream, seq, epoch, .. } => format!("a box of old writes {} {seq}, epoch {epoch}", stream.name()),
        Fact::StoodDown => "a box of old stops for good".to_owned(),
        Fact::KeptOut { by, why } => format!("{} keeps a box out: {why}", by.name()),
        Fact::Copied { at, stream, seq, epoch, .. } => format!("{} has {} {seq}, epoch {epoch}", at.name(), stream.name()),
        Fact::LinkShown { to, believed, unsent, trouble } => {
            let believed: Vec<String> = believed.iter().map(|(stream, seq)| format!("{} {seq}", stream.name())).collect();
            let why = trouble.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
            format!("shown: {} has {}; {unsent} unsent{why}", to.name(), believed.join(", "))
        }
        Fact::Relayed { wish, id } => format!("from far away: {} (command {})", short(*wish), short(*id)),
        Fact::RelayAnswered { wish, accepted } => format!("heard far away of {}: {accepted}", short(*wish)),
        Fact::CopyBegun { at } => format!("{} keeps a copy from now on", at.name()),
        Fact::CopyEnded { at } => format!("{} keeps a copy no more", at.name()),
        Fact::Painted { screen, item } => format!("{screen} draws {item}"),
        Fact::ScreenBlind { screen, blind } => format!("{screen} {}", if *blind { "shows nothing new" } else { "shows again" }),
        Fact::Paper(paper) => format!(
            "paper at {}: {:?}{}{}",
            paper.printer,
            paper.ticket,
            if paper.marked { ", marked" } else { "" },
            if paper.whole { "" } else { ", torn" }
        ),
        Fact::Alarm { about } => format!("alarm: {about}"),
        Fact::ChannelKnows { channel, number } => format!("{channel} knows {number}"),
        Fact::ChannelTook { channel, number, amount } => format!("{channel} took {} fen for {number}", amount.0),
        Fact::ChannelGaveBack { channel, number, refund, amount } => {
            format!("{channel} gave {} fen back for {number} ({refund:?})", amount.0)
        }
        Fact::ChannelKnowsRefund { channel, refund, amount, .. } => {
            format!("{channel} knows refund {refund} of {} fen", amount.0)
        }
        Fact::Fault { kind } => format!("fault: {kind}"),
        Fact::Healed => "nothing fails any more".to_owned(),
        Fact::Ended => "the end".to_owned(),
        Fact::MenuOnSale { version, .. } => format!("menu {version} goes on sale"),
        Fact::Sent { .. } | Fact::Shown { .. } | Fact::Command { .. } | Fact::StaffIs { .. } | Fact::Egress { .. } => {
            return None;
        }
    })
}

fn clipped(text: &str) -> String {
    text.chars().take(220).collect()
}
