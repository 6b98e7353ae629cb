//! Broken parts put into sound worlds: each must be noticed, by the law that is there for it. What isn't noticed is not watched.
//!
//! Nothing of this is in the house: rules, channels and requests are broken from outside, at the seams of the simulator.

mod channels;
mod corpus;
mod rules;

use channels::Broken as Channel;
use rules::Rule;
use sim::laws::Court;
use sim::plan::{FaultKind, Plan};
use sim::run::{Keys, whole};
use sim::seams::Seams;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Worlds that a broken part gets at most until it must have been noticed.
const WORLDS: u64 = 2_000;

/// A broken part: its name, the law that must notice it, how to break it, and the worlds in which it matters.
struct Mutant {
    name: &'static str,
    law: &'static str,
    break_it: fn(&mut Seams),
    faults: &'static [FaultKind],
}

const fn mutant(name: &'static str, law: &'static str, faults: &'static [FaultKind], break_it: fn(&mut Seams)) -> Mutant {
    Mutant { name, law, break_it, faults }
}

fn rule(seams: &mut Seams, rule: Rule) {
    seams.rules = Arc::new(rule);
}

fn channel(seams: &mut Seams, broken: Channel) {
    seams.channel = Some(Arc::new(move |inner| channels::around(inner, broken)));
}

const CRASHES: &[FaultKind] = &[FaultKind::Crash, FaultKind::DiskSlow];
const LOSSES: &[FaultKind] = &[FaultKind::AnswerLost, FaultKind::RequestLost];

fn all() -> Vec<Mutant> {
    use FaultKind as F;
    vec![
        mutant("the disk says \"durable\" before it is", "S1", CRASHES, |s| s.disk.answers_before_sync = true),
        mutant("a crash loses what was synced", "S1", CRASHES, |s| s.disk.loses_synced = 3),
        mutant("the disk alters a byte", "S13", &[], |s| s.disk.rots = true),
        mutant("the journal drops who did it", "S18", &[], |s| s.disk.drops_sender = true),
        mutant("recorded commands are forgotten", "V2", &[F::AnswerLost, F::Crash], |s| s.disk.forgets_commands = true),
        mutant("\"accepted\" for what was never placed", "S1", &[F::DoubleTap], |s| s.server.says_done = true),
        mutant("a new id for every try", "S3", LOSSES, |s| s.phone.new_key_per_try = true),
        mutant("the phone gives up at the first silence", "V2", LOSSES, |s| s.phone.gives_up = true),
        mutant("one wish leads to two orders", "S3", &[], |s| rule(s, Rule::OrdersTwice)),
        mutant("a line of an order gets lost", "S4", &[], |s| rule(s, Rule::DropsLine)),
        mutant("another total than was read", "S4", &[], |s| rule(s, Rule::OtherTotal)),
        mutant("the phone's price is believed", "S4", &[F::PriceEdit], |s| rule(s, Rule::BelievesPrices)),
        mutant("an order lands at another table", "S6", &[], |s| rule(s, Rule::OtherParty)),
        mutant("an order for a party that has left", "S6", &[F::OldPage], |s| rule(s, Rule::OrdersAfterClose)),
        mutant("stock is not looked at", "S7", &[], |s| rule(s, Rule::NoStock)),
        mutant("portions are taken twice", "S7", &[], |s| rule(s, Rule::ReservesNothing)),
        mutant("paying sends food to the kitchen again", "S8", &[], |s| rule(s, Rule::PayingFires)),
        mutant("a paid payment is closed afterwards", "S8", &[], |s| rule(s, Rule::PaidIsClosed)),
        mutant("more is credited than was captured", "S9", &[], |s| rule(s, Rule::CreditsMore)),
        mutant("the same capture is credited twice", "S9", &[], |s| rule(s, Rule::CreditsTwice)),
        mutant("captured without the channel's word", "S10", &[], |s| rule(s, Rule::CapturesUnpaid)),
        mutant("captured with another amount", "S10", &[], |s| rule(s, Rule::CapturesLess)),
        mutant("a notice counts without its signature", "S10", &[F::NoticeWeather, F::Thief], |s| {
            channel(s, Channel::NoSignature)
        }),
        mutant("a payment is opened under an unrecorded number", "S11", &[], |s| channel(s, Channel::OtherNumber)),
        mutant("every try at a refund has a new number", "S12", &[F::PaidTwice], |s| channel(s, Channel::RefundNewNumber)),
        mutant("one refund wish sends money back twice", "S12", &[F::PaidTwice], |s| channel(s, Channel::RefundTwice)),
        mutant("a lead's yes to their own wish is enough", "S17", &[F::DishonestCashier], |s| rule(s, Rule::OwnYes)),
        mutant("a cashier voids alone", "S17", &[F::DishonestCashier], |s| rule(s, Rule::VoidsAlone)),
        mutant("a phone is shown another party", "S19", &[], |s| s.server.shows_others = true),
        mutant("the server talks to a stranger", "S21", &[], |s| s.server.phones_home = true),
        mutant("every slip kicks the drawer", "S22", &[], |s| s.printer.kicks_drawer = true),
        mutant("a screen draws a dish twice as new", "S5", &[F::ScreenCutOff], |s| s.screen.draws_again = true),
        mutant("a printer prints every slip twice", "S5′", &[], |s| s.printer.prints_twice = true),
        mutant("nobody remembers that a slip may be out", "S5′", &[F::PrinterMute], |s| rule(s, Rule::ForgetsMaybePrinted)),
        mutant("what is received counts as drawn", "S2", &[F::ScreenFrozen], |s| s.screen.says_painted_unseen = true),
        mutant("feeds say nothing new, and nobody looks after it", "V1", &[], |s| {
            s.server.no_feeds = true;
            s.server.no_print_desk = true;
        }),
        mutant("nobody drives payments", "V3", &[], |s| s.server.no_desk = true),
        mutant("nobody asks the channel", "V4", &[F::NoticeWeather], |s| channel(s, Channel::NeverAsks)),
        mutant("late money is dropped", "V4", &[F::LateConfirm], |s| rule(s, Rule::DropsLateMoney)),
        mutant("too much money is kept", "E1", &[F::PaidTwice, F::LateConfirm], |s| rule(s, Rule::KeepsTooMuch)),
        mutant("a table closes with money owed", "E1", &[], |s| rule(s, Rule::ClosesUnpaid)),
        mutant("a stream goes on for whoever has lost it", "S14", &[F::TwoServers], |s| s.disk.takes_any_epoch = true),
        mutant("a copy takes what arrives unchecked", "S13", &[F::LinkDamaged], |s| s.copy.unchecked = true),
        mutant("a follower is promoted without a higher epoch", "S14", &[F::Promote], |s| s.copy.no_fence = true),
        mutant("a box with an old journal is let in", "S14", &[F::RestoreOld], |s| s.copy.lets_old_in = true),
        mutant("a copy skips an event", "S15", &[F::LinkSlow], |s| s.copy.disk.skips = true),
        mutant("a copy says \"durable\" before it is", "S15", &[F::CloudCrash], |s| s.copy.disk.answers_before_sync = true),
        mutant("what is sent from far away has a new id for every try", "S15", &[F::LinkHole, F::LinkLoss], |s| {
            s.copy.renews_relayed = true;
        }),
        mutant("the cloud is called once, and never again", "V5", &[F::LinkCut], |s| s.copy.dials_once = true),
        mutant("what is unsent isn't shown", "V5", &[F::LinkCut, F::LinkHole], |s| s.copy.hides_unsent = true),
        mutant("what nobody sees doesn't climb", "V6", &[], |s| {
            s.server.no_feeds = true;
            rule(s, Rule::NeverClimbs);
        }),
    ]
}

fn plan(mutant: &Mutant, seed: u64) -> Plan {
    let mut plan = Plan { faults: Default::default(), parties: 3, ..Plan::of_seed(seed) };
    // The sound worlds of most mutants are as they always were.
    (plan.cloud, plan.follower) = (false, false);
    for kind in mutant.faults {
        plan = plan.with(*kind, 40 + (seed % 60) as u8);
    }
    plan
}

#[test]
#[ignore = "runs thousands of worlds: `cargo xtask test --only sim` runs it optimised"]
fn every_broken_part_is_noticed_by_its_law() {
    let keys = Keys::make().unwrap();
    let mutants = all();
    let only = std::env::var("MUTANT").unwrap_or_default();
    assert!(mutants.len() >= 30);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut told = Vec::new();
        while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !mutant.name.contains(&only) {
                continue;
            }
            let mut seams = Seams::default();
            (mutant.break_it)(&mut seams);
            let began = std::time::Instant::now();
            let broken_in = |seed: u64| whole(&plan(mutant, seed), &keys.0, &seams, Court::new()).unwrap().broken;
            let mut others = std::collections::BTreeSet::new();
            let seen = (0..WORLDS).find(|seed| {
                let broken = broken_in(*seed);
                let named = broken.iter().any(|broken| broken.law == mutant.law);
                others.extend(broken.into_iter().map(|broken| broken.law));
                named
            });
            let took = began.elapsed().as_millis();
            told.push((mutant.name, mutant.law, seen, others, took));
        }
        told
    };
    let told: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut missed = Vec::new();
    for (name, law, seen, others, took) in &told {
        println!("{law:<4} {name}: world {seen:?}, laws broken {others:?}, {took} ms");
        if seen.is_none() {
            missed.push(format!("{name} (by {law}; broken: {others:?})"));
        }
    }
    assert!(missed.is_empty(), "not noticed: {missed:#?}");
}

/// Sound worlds of the same kinds break no law: the laws don't cry wolf.
#[test]
#[ignore = "runs many worlds: `cargo xtask test --only sim` runs it optimised"]
fn sound_worlds_of_the_same_kinds_break_nothing() {
    let keys = Keys::make().unwrap();
    for mutant in all() {
        for seed in 0..2 {
            let broken = whole(&plan(&mutant, seed), &keys.0, &Seams::default(), Court::new()).unwrap().broken;
            assert!(broken.is_empty(), "in the worlds of \"{}\": {broken:?}", mutant.name);
        }
    }
}
