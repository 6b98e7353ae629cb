//! Weighed dishes: ordered by an estimate, billed by what the scale says. `fish` is 68.00 for 500 g.

use crate::adjust::{comp, reprice};
use crate::house::*;
use crate::story::*;
use domain::floor::*;
use domain::menu::{Choice, OptionGroup, OptionKind};
use domain::*;

fn weigh(line: LineId, weight_g: u32) -> FloorCommand {
    FloorCommand::ConfirmWeight { session: S1, line, weight_g, by: code("ann") }
}

/// A fish said to be 500 g.
fn fishing() -> Story {
    seated().and([place(O1, S1, &[(L1, fish(500))])])
}

/// The same where a fish isn't paid before it was on the scale.
fn strict() -> Story {
    let known = known_with(|house, _| house.policy.service.confirm_weights = true);
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place(O1, S1, &[(L1, fish(500))])])
}

#[test]
fn the_scale_says_what_it_costs() {
    let story = fishing().at(5).when(weigh(L1, 560)).records([LineWeighed {
        line: L1,
        session: S1,
        weight_g: 560,
        was_g: 500,
        unit_price: Money(7616),
        amount: Money(7616),
        was: Money(6800),
        by: code("ann"),
        at: at(5).at,
    }
    .into()]);
    assert_eq!((story.balance(S1), story.line(L1).weight_g), (Money(7616), Some(560)));
    assert!(!story.line(L1).needs_weight());
}

#[test]
fn the_estimate_itself_is_confirmed_and_weighing_again_corrects() {
    let story = fishing().when(weigh(L1, 500)).records_kinds(["LineWeighed"]);
    let story = story.when(weigh(L1, 500)).records([]).and([weigh(L1, 480), weigh(L1, 515)]);
    assert_eq!(story.balance(S1), Money(7004));
}

#[test]
fn what_options_cost_does_not_grow_with_the_weight() {
    let known = known_with(|_, menu| {
        let fish = menu.dishes.iter_mut().find(|dish| dish.id == code("fish")).unwrap();
        let steamed =
            Choice { id: code("steamed"), name: Text::new("清蒸", "steamed"), price: Money(1000), max: 1, excludes: vec![] };
        let (id, name) = (code("way"), Text::new("做法", "way"));
        fish.groups.push(OptionGroup { id, name, kind: OptionKind::Method, min: 0, max: 1, options: vec![steamed] });
    });
    let selection = domain::menu::Selection { options: vec![picked("steamed", 1)], ..fish(500) };
    let priced = known.menu.price(&selection, 2, LocalMinute(NOON)).unwrap();
    let line =
        AskedLine { unit_price: priced.unit_price, amount: priced.amount, ..order(O1, S1, &[(L1, selection)]).lines.remove(0) };
    let order = PlaceOrder { total: Money(7800), lines: vec![line], ..order(O1, S1, &[]) };
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), FloorCommand::PlaceOrder(order), weigh(L1, 1000)]);
    assert_eq!(story.balance(S1), Money(13_600 + 1000));
}

#[test]
fn where_the_house_wants_it_nobody_pays_before_the_scale_has_spoken() {
    let open = Reject::WeightOpen { lines: vec![L1] };
    strict().when(ask(A1, S1, 6800, None)).refuses(open.clone());
    strict().when(cash(1, S1, 6800, None)).refuses(open.clone());
    strict().when(part_in_cash(1, S1, 1)).refuses(open.clone());
    strict().when(FloorCommand::TakeTender(beside(1, S1, Way::Card, 6800, "POS-1"))).refuses(open);
    strict().and([weigh(L1, 480)]).when(cash(1, S1, 6528, None)).records_kinds(["TenderCredited"]);
    strict().and([void(S1, L1), place_one(O2, S1, L2, "rice", 1)]).when(cash(1, S1, 300, None)).records_kinds(["TenderCredited"]);
    fishing().when(cash(1, S1, 6800, None)).records_kinds(["TenderCredited"]);
}

#[test]
fn only_a_weighed_dish_of_a_reasonable_weight_is_weighed() {
    ordered().when(weigh(L1, 500)).refuses(Reject::NotWeighed);
    fishing().when(weigh(L2, 500)).refuses(Reject::LineUnknown);
    for grams in [0, 9, 50_001, u32::MAX] {
        fishing().when(weigh(L1, grams)).refuses(Reject::WeightOutOfRange);
    }
    fishing().and([void(S1, L1)]).when(weigh(L1, 500)).refuses(Reject::LineVoided);
    let counter = at_counter().and([place(O1, S1, &[(L1, fish(500))])]);
    counter.when(weigh(L1, 500)).refuses(Reject::OrderNotInKitchen);
}

#[test]
fn the_weight_is_fixed_once_somebody_pays() {
    fishing().and([ask(A1, S1, 6800, None)]).when(weigh(L1, 400)).refuses(Reject::PaymentOpen { ask: A1 });
    fishing().and([part_in_cash(1, S1, 100)]).when(weigh(L1, 400)).refuses(Reject::CheckHasMoney);
}

#[test]
fn a_price_somebody_made_is_not_weighed_away() {
    fishing().when(reprice(L1, 5000, with_bob())).refuses(Reject::PriceNotPossible);
    let story = fishing().and([weigh(L1, 510), reprice(L1, 5000, with_bob())]);
    story.when(weigh(L1, 520)).refuses(Reject::PriceNotPossible);
    let given = fishing().and([comp(L1, with_bob()), weigh(L1, 520)]);
    assert_eq!(given.balance(S1), Money(0), "given away, whatever it weighs");
}

#[test]
fn weighing_undoes_a_split() {
    let story =
        seated().and([place(O1, S1, &[(L1, fish(500)), (L2, plain("rice", 1))]), split_evenly(S1, W1, 2), weigh(L1, 510)]);
    assert!(story.party(S1).split.is_empty());
}
