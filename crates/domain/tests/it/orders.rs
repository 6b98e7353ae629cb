//! Orders: accepted at the price seen, portions taken once, paid before fire at the counter, and what happens to them overnight.

use crate::house::*;
use crate::story::*;
use domain::floor::*;
use domain::menu::LineProblem;
use domain::*;

const EXPIRE: FloorCommand = FloorCommand::ExpireOrder { order: O1 };
const CANCEL: FloorCommand = FloorCommand::CancelOrder { session: S1, order: O1 };
const CLOSE_TABLE: FloorCommand = FloorCommand::CloseTable { session: S1 };

/// An order of the counter that expired although its guest had begun to pay.
fn expired_while_paying(dish: &str, amount: i64) -> Story {
    at_counter().and([place_one(O1, S1, L1, dish, 1), ask(A1, S1, amount, Some(O1)), close_ask(A1)]).at(15).and([EXPIRE])
}

#[test]
fn an_accepted_order_carries_price_names_and_station_itself() {
    let story = seated().and([put(S1, G1, L1, beef(&[("hot", 1), ("egg", 2)]))]);
    let story =
        story.when(place(O1, S1, &[(L1, beef(&[("hot", 1), ("egg", 2)]))])).records_kinds(["OrderPlaced", "OrderReleased"]);
    let order = story.order(O1);
    assert_eq!((order.number.as_str(), order.round, order.total), ("T1-1", 1, Money(4600)));
    assert_eq!(order.lines[0].items[0].part.station, code("wok"));
    assert_eq!(order.lines[0].added_by, "1", "the phone that put it into the cart");
    assert!(story.party(S1).cart.is_empty(), "what is ordered leaves the cart");
}

#[test]
fn an_order_takes_its_lines_out_of_the_cart_and_leaves_the_others() {
    let story = seated().and([put(S1, G1, L1, plain("rice", 1)), put(S1, G1, L2, plain("salad", 1))]);
    let story = story.and([place_one(O1, S1, L1, "rice", 1)]);
    assert_eq!(story.party(S1).cart.iter().map(|line| line.line).collect::<Vec<_>>(), [L2]);
}

#[test]
fn a_total_that_does_not_match_is_refused_with_the_right_one() {
    let command = PlaceOrder { total: Money(1), ..order(O1, S1, &[(L1, plain("rice", 2))]) };
    let (differences, quote) = seated().when(FloorCommand::PlaceOrder(command)).differs();
    assert_eq!((differences.len(), quote.total), (0, Money(600)));
}

#[test]
fn every_difference_is_named_at_once() {
    let story = seated().and([stock("salad", true, None), stock("duck", false, Some(1))]).minute(900);
    let mut command = order(
        O1,
        S1,
        &[
            (LineId(1), plain("rice", 1)),
            (LineId(2), plain("salad", 1)),
            (LineId(3), plain("duck", 2)),
            (LineId(4), plain("lunch", 1)),
            (LineId(5), plain("noodles", 1)),
            (LineId(6), plain("unicorn", 1)),
            (LineId(7), beef(&[])),
        ],
    );
    command.lines[4].amount = Money(1700);
    let (differences, quote) = story.when(FloorCommand::PlaceOrder(command)).differs();
    let named: Vec<_> = differences.iter().map(|d| (d.line.0, d.problem, d.left)).collect();
    use LineProblem::*;
    assert_eq!(
        named,
        [
            (2, SoldOut, Some(0)),
            (3, NotEnoughLeft, Some(1)),
            (4, OffHours, None),
            (5, PriceChanged, None),
            (6, NotOnMenu, None),
            (7, OptionsChanged, None),
        ]
    );
    assert_eq!(quote.total, Money(300 + 1800), "what can be had: rice and noodles");
}

#[test]
fn a_dish_sold_at_lunch_only_is_refused_a_minute_after() {
    let lunch = || place_one(O1, S1, L1, "lunch", 1);
    seated().minute(839).when(lunch()).records_kinds(["OrderPlaced", "OrderReleased"]);
    let (differences, _) = seated().minute(840).when(lunch()).differs();
    assert_eq!(differences[0].problem, LineProblem::OffHours);
}

#[test]
fn portions_of_one_order_count_together() {
    let lines: Vec<_> = (0..3).map(|i| (LineId(i), plain("duck", 2))).collect();
    let (differences, _) = seated().when(place(O1, S1, &lines)).differs();
    assert_eq!(differences.iter().map(|d| (d.line.0, d.left)).collect::<Vec<_>>(), [(2, Some(5))]);
}

#[test]
fn a_check_never_grows_past_the_largest() {
    seated().and([place_one(O1, S1, L1, "gold", 1)]).when(place_one(O2, S1, L2, "rice", 1)).refuses(Reject::TooDear);
    let (differences, _) = seated().when(place_one(O1, S1, L1, "gold", 2)).differs();
    assert_eq!(differences.len(), 1);
}

#[test]
fn a_set_meal_takes_its_own_portion_and_those_of_its_parts() {
    let meal = || set(&[("main", "duck", 1), ("side", "rice", 1)]);
    let story = seated().and([place(O1, S1, &[(L1, meal())])]);
    assert_eq!((story.left("set"), story.left("duck")), (Some(2), Some(4)));
    let story = story.and([void(S1, L1)]);
    assert_eq!((story.left("set"), story.left("duck")), (Some(3), Some(5)), "nobody had begun to cook it");
}

#[test]
fn a_set_meal_that_is_sold_out_cannot_be_ordered() {
    let meal = || set(&[("main", "noodles", 1), ("side", "rice", 1)]);
    let story = seated().and([stock("set", true, None)]);
    story.clone().when(put(S1, G1, L1, meal())).refuses(Reject::SoldOut { left: 0 });
    let (differences, _) = story.when(place(O1, S1, &[(L1, meal())])).differs();
    assert_eq!(differences[0].problem, LineProblem::SoldOut);
}

#[test]
fn a_set_meal_begun_by_one_station_is_not_on_sale_again() {
    let meal = set(&[("main", "duck", 1), ("side", "salad", 1)]);
    let story = seated().and([place(O1, S1, &[(L1, meal)]), step(L1, 1, Step::Start), void(S1, L1)]);
    assert_eq!((story.left("set"), story.left("duck")), (Some(2), Some(5)));
}

#[test]
fn a_voided_portion_is_on_sale_again_unless_somebody_began_to_cook_it() {
    let duck = || seated().and([place_one(O1, S1, L1, "duck", 2)]);
    assert_eq!(duck().and([void(S1, L1)]).left("duck"), Some(5));
    assert_eq!(duck().and([step(L1, 0, Step::Start), void(S1, L1)]).left("duck"), Some(3));
    let recalled = [step(L1, 0, Step::Ready), step(L1, 0, Step::Recall), void(S1, L1)];
    assert_eq!(duck().and(recalled).left("duck"), Some(3), "a dish that was ready and called back was cooked");
}

#[test]
fn an_unpaid_order_gives_its_portions_back_at_expiry() {
    let story = at_counter().and([place_one(O1, S1, L1, "last", 1)]);
    assert_eq!(story.left("last"), Some(0));
    let story = story.at(14).when(EXPIRE).refuses(Reject::OrderNotExpired);
    let story = story.at(15).when(EXPIRE).records_kinds(["OrderEnded"]);
    assert_eq!(story.left("last"), Some(1));
    story.when(EXPIRE).records([]);
}

#[test]
fn an_order_does_not_expire_while_its_payment_may_still_come() {
    let story = unpaid().and([ask(A1, S1, 3000, Some(O1))]).at(60);
    story.clone().when(EXPIRE).refuses(Reject::PaymentOpen { ask: A1 });
    story.when(CANCEL).refuses(Reject::PaymentOpen { ask: A1 });
}

#[test]
fn yesterdays_unpaid_order_puts_nothing_on_sale_today() {
    let overnight =
        at_counter().and([place_one(O1, S1, L1, "duck", 2), sign_and_close_day()]).at(600).and([FloorCommand::OpenDay]);
    assert_eq!(overnight.left("duck"), Some(5), "a new day, five new portions");
    assert_eq!(overnight.clone().and([EXPIRE]).left("duck"), Some(5));
    assert_eq!(overnight.and([CANCEL]).left("duck"), Some(5));
}

#[test]
fn yesterdays_line_voided_today_puts_nothing_on_sale_today() {
    let overnight = seated().and([place_one(O1, S1, L1, "duck", 2), sign_and_close_day(), FloorCommand::OpenDay]);
    assert_eq!(overnight.and([void(S1, L1)]).left("duck"), Some(5));
}

#[test]
fn yesterdays_order_revived_today_takes_todays_portions() {
    // A second unpaid order carries the party over the night.
    let overnight =
        expired_while_paying("duck", 8800).and([place_one(O2, S1, L2, "rice", 1), sign_and_close_day(), FloorCommand::OpenDay]);
    let story = overnight.when(credit(A1, 8800)).records_kinds(["TenderCredited", "OrderRevived", "OrderReleased"]);
    assert_eq!(story.left("duck"), Some(4));
}

#[test]
fn a_late_payment_takes_the_portions_again() {
    let story = expired_while_paying("last", 4800);
    assert_eq!(story.left("last"), Some(1));
    let story = story.when(credit(A1, 4800)).records_kinds(["TenderCredited", "OrderRevived", "OrderReleased"]);
    assert_eq!((story.left("last"), story.balance(S1)), (Some(0), Money(0)));
}

#[test]
fn a_late_payment_does_not_cook_what_was_sold_out_meanwhile() {
    let story = expired_while_paying("rice", 300).and([stock("rice", true, None)]);
    let story = story.when(credit(A1, 300)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert_eq!(story.balance(S1), Money(-300), "the money is still on its way back");
    story.when(CLOSE_TABLE).records_kinds(["TableClosed"]);
}

#[test]
fn a_late_payment_takes_portions_of_a_dish_counted_only_since() {
    let story = expired_while_paying("rice", 300).and([stock("rice", false, Some(2))]);
    let story = story.when(credit(A1, 300)).records_kinds(["TenderCredited", "OrderRevived", "OrderReleased"]);
    assert_eq!(story.left("rice"), Some(1));
}

#[test]
fn a_late_payment_does_not_cook_for_a_party_that_has_left() {
    let story = expired_while_paying("rice", 300).and([CLOSE_TABLE]);
    let story = story.when(credit(A1, 300)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert_eq!(story.balance(S1), Money(-300));
    let story = story.when(close_day()).refuses_with("day_unmatched");
    story.and([FloorCommand::PayRefund { refund: back_of(A1) }]).when(close_day()).records_kinds(["DayClosed"]);
}

#[test]
fn money_of_a_lost_order_does_not_hide_an_unpaid_one_at_day_close() {
    let story = expired_while_paying("rice", 300).and([stock("rice", true, None), credit(A1, 300), stock("rice", false, None)]);
    let story = story.and([place_one(O2, S1, L2, "rice", 1)]);
    assert_eq!(story.balance(S1), Money(0), "one order too much paid, another not at all");
    let story = story.when(close_day()).refuses_with("day_unmatched");
    let story = story.and([sign_and_close_day()]);
    assert!(story.floor.sessions.contains_key(&S1) && story.floor.orders.contains_key(&O2), "carried over, not forgotten");
}

#[test]
fn a_paid_line_at_the_counter_is_not_voided_on_the_credit_of_another_order() {
    let story = unpaid().and([cash(0xe1, S1, 3000, Some(O1)), place_one(O2, S1, L2, "rice", 10)]);
    story.when(void(S1, L1)).refuses(Reject::LinePaid);
}

#[test]
fn a_paid_line_in_the_hall_is_not_voided() {
    ordered().and([cash(0xe1, S1, 3000, None)]).when(void(S1, L1)).refuses(Reject::LinePaid);
}

#[test]
fn a_free_order_at_the_counter_has_nothing_to_wait_for() {
    let story = at_counter().when(place_one(O1, S1, L1, "water", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    assert_eq!(story.order(O1).number, "A001");
    story.at(60).when(EXPIRE).records([]);
}

#[test]
fn pick_up_numbers_count_up_and_start_anew_each_day() {
    let story = at_counter().and([place_one(O1, S1, L1, "water", 1), place_one(O2, S1, L2, "water", 1)]);
    assert_eq!((story.order(O1).number.as_str(), story.order(O2).number.as_str()), ("A001", "A002"));
    let story = story.and([sign_and_close_day(), FloorCommand::OpenDay, join(S2, "c1", G2), place_one(O1, S2, L1, "water", 1)]);
    assert_eq!(story.order(O1).number, "A001");
}

#[test]
fn pick_up_number_after_999_takes_the_next_letter() {
    let mut story = at_counter();
    story.floor.last_pick_up = 998;
    let story = story.and([place_one(O1, S1, L1, "water", 1), place_one(O2, S1, L2, "water", 1)]);
    assert_eq!((story.order(O1).number.as_str(), story.order(O2).number.as_str()), ("A999", "B001"));
}

#[test]
fn a_pick_up_number_carried_over_night_is_not_given_twice() {
    let story = unpaid().and([sign_and_close_day(), FloorCommand::OpenDay, join(S2, "c1", G2), place_one(O2, S2, L2, "rice", 1)]);
    assert_ne!(story.order(O1).number, story.order(O2).number);
}

#[test]
fn staff_open_another_party_at_a_counter_where_a_guest_stands() {
    let open = FloorCommand::OpenTable(OpenTable {
        session: S2,
        table: code("c1"),
        covers: 1,
        by: code("ann"),
        reservation: None,
        entry: None,
    });
    at_counter().when(open).records_kinds(["TableOpened"]);
}

#[test]
fn an_order_with_a_line_twice_or_none_or_too_many_is_refused() {
    let many: Vec<_> = (0..101).map(|i| (LineId(i), plain("rice", 1))).collect();
    seated().when(place(O1, S1, &[])).refuses(Reject::NothingOrdered);
    seated().when(place(O1, S1, &[(L1, plain("rice", 1)), (L1, plain("rice", 1))])).refuses(Reject::LineTaken);
    seated().when(place(O1, S1, &many)).refuses(Reject::CartFull);
    seated().when(place(O1, S1, &many[..100])).records_kinds(["OrderPlaced", "OrderReleased"]);
}

#[test]
fn a_note_that_a_printer_would_obey_is_refused() {
    let note =
        |note: &str| FloorCommand::PlaceOrder(PlaceOrder { note: Some(note.into()), ..order(O1, S1, &[(L1, plain("rice", 1))]) });
    for bad in ["\u{1b}p", "a\nb", "\u{202e}drawkcab", "a\u{2028}b", &"长".repeat(61)] {
        seated().when(note(bad)).refuses(Reject::BadText);
    }
    let story = seated().and([note("  不要香菜 🙏  ")]);
    assert_eq!(story.order(O1).note.as_deref(), Some("不要香菜 🙏"));
}

#[test]
fn a_guest_of_another_party_cannot_order_here() {
    let story = seated().and([join(S2, "t2", G2)]);
    let command = PlaceOrder { by: Actor::Guest(G2), ..order(O1, S1, &[(L1, plain("rice", 1))]) };
    story.when(FloorCommand::PlaceOrder(command)).refuses(Reject::GuestNotJoined);
}

#[test]
fn the_twice_submitted_order_is_known_by_its_id() {
    ordered().when(place_one(O1, S1, L1, "rice", 10)).refuses(Reject::OrderExists);
}

#[test]
fn cash_says_the_change_and_takes_no_less_than_due() {
    let take = |received| FloorCommand::TakeCash(TakeCash { received: Money(received), ..notes(1, S1, 3000) });
    ordered().when(take(2999)).refuses(Reject::NotEnoughCash { amount: Money(3000) });
    let taken = ordered().when(take(5000));
    assert_eq!(taken.answer(), &FloorAnswer::CashTaken { change: Money(2000) });
    taken.records_kinds(["TenderCredited"]).when(take(5000)).refuses(Reject::AskExists);
}

#[test]
fn a_round_added_while_somebody_pays_is_owed_after_the_payment() {
    let story = ordered().and([ask(A1, S1, 3000, None), place_one(O2, S1, L2, "rice", 1), credit(A1, 3000)]);
    assert_eq!((story.balance(S1), story.order(O2).number.as_str()), (Money(300), "T1-2"));
    story.when(ask(A2, S1, 300, None)).records_kinds(["PaymentAsked"]);
}

#[test]
fn a_quote_says_what_a_cart_costs_and_what_is_missing() {
    let story = seated().and([stock("duck", false, Some(1))]);
    let lines = [(L1, plain("rice", 2)), (L2, plain("duck", 2))];
    let quote = story.floor.quote(S1, &lines, story.now, &story.known).unwrap();
    assert_eq!(quote.total, Money(600));
    assert_eq!(quote.lines[1].problem, Some(LineProblem::NotEnoughLeft));
    assert_eq!(story.floor.quote(S2, &lines, story.now, &story.known), Err(Reject::SessionUnknown));
}

#[test]
fn a_settled_party_with_a_payment_under_way_is_carried_over_night() {
    let story = ordered().and([ask(A1, S1, 3000, None), close_ask(A1), ask(A2, S1, 3000, None), credit(A1, 3000)]);
    assert_eq!(story.balance(S1), Money(0), "the first came late");
    let story = story.when(close_day()).refuses_with("day_unmatched").and([sign_and_close_day()]);
    let story = story.when(credit(A2, 3000)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert_eq!(story.balance(S1), Money(-3000), "the second came too, and goes back");
}
