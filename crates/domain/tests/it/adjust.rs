//! What the house gives away: who may let go how much, and what a check comes to then.

use crate::house::*;
use crate::properties::config;
use crate::story::*;
use domain::catalog::{DiscountLimit, Role};
use domain::floor::*;
use domain::*;
use proptest::prelude::*;

pub fn comp(line: LineId, hand: Hand) -> FloorCommand {
    FloorCommand::CompLine { session: S1, line, reason: "等太久".into(), hand }
}

pub fn reprice(line: LineId, amount: i64, hand: Hand) -> FloorCommand {
    FloorCommand::RepriceLine { session: S1, line, amount: Money(amount), reason: "熟客".into(), hand }
}

pub fn discount(discount: Option<Discount>, hand: Hand) -> FloorCommand {
    FloorCommand::DiscountCheck { session: S1, discount, reason: "会员".into(), hand }
}

pub fn percent(bp: u32) -> Option<Discount> {
    Some(Discount::Percent(bp))
}

fn amount(fen: i64) -> Option<Discount> {
    Some(Discount::Amount(Money(fen)))
}

pub fn waive(fees: Fees, hand: Hand) -> FloorCommand {
    FloorCommand::WaiveFees { session: S1, fees, reason: "老客".into(), hand }
}

const ALL_FEES: Fees = Fees { seat_fee: true, minimum_spend: true, service_charge: true };

/// Ann in her role, and somebody in another who says yes.
fn beside_of(role: Role, other: Role) -> Hand {
    Hand { approver: Some(Approver { by: code("bob"), role: other }), ..as_role(role) }
}

/// Ann says yes to herself.
fn herself() -> Hand {
    Hand { approver: Some(Approver { by: code("ann"), role: Role::Owner }), ..alone() }
}

/// Waiters may let go a tenth, leads three tenths; 30.00 stand on the check.
fn with_limits() -> Story {
    let limits = [(Role::Waiter, 1000), (Role::Lead, 3000)].map(|(role, bp)| DiscountLimit { role, bp });
    let known = known_with(|house, _| house.policy.service.discount_limits = limits.to_vec());
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), stock("duck", false, None), place_one(O1, S1, L1, "rice", 10)])
}

/// Two guests sit at `v1`, where a seat is 3.00, service a tenth and the least spend 50.00, before rice for 30.00 and a salad.
fn with_fees() -> Story {
    let known = known_with(|house, _| {
        let terrace = house.areas.iter_mut().find(|area| area.id == code("terrace")).unwrap();
        (terrace.seat_fee, terrace.minimum_spend) = (Money(300), Money(5000));
    });
    given_in(known, [FloorCommand::OpenDay, join(S1, "v1", G1)])
}

fn with_rice() -> Story {
    with_fees().and([place_one(O1, S1, L1, "rice", 10)])
}

fn rice_and_salad() -> Story {
    seated().and([place(O1, S1, &[(L1, plain("rice", 10)), (L2, plain("salad", 1))])])
}

// Who may.

#[test]
fn each_role_lets_go_as_much_as_the_house_says() {
    let judged = |role, left| with_limits().when(reprice(L1, left, as_role(role)));
    for (role, left) in [(Role::Waiter, 2700), (Role::Lead, 2100), (Role::Manager, 0), (Role::Owner, 0)] {
        judged(role, left).records_kinds(["LineRepriced"]);
    }
    for (role, left) in
        [(Role::Waiter, 2699), (Role::Lead, 2099), (Role::Cashier, 2999), (Role::Kitchen, 2999), (Role::Support, 2999)]
    {
        judged(role, left).refuses(Reject::ApprovalNeeded);
    }
}

#[test]
fn one_fen_beyond_the_limit_is_beyond_it_however_large_the_price() {
    let dear = || with_limits().and([place_one(O2, S1, L2, "duck", 30), void(S1, L1)]);
    dear().when(reprice(L2, 237_600, alone())).records_kinds(["LineRepriced"]);
    dear().when(reprice(L2, 237_599, alone())).refuses(Reject::ApprovalNeeded);
}

#[test]
fn nobody_passes_their_limit_bit_by_bit() {
    let story = with_limits().and([reprice(L1, 2800, alone()), reprice(L1, 2700, alone())]);
    let story = story.when(reprice(L1, 2600, alone())).refuses(Reject::ApprovalNeeded);
    let story = story.and([reprice(L1, 2600, with_bob())]);
    assert_eq!(story.line(L1).repriced.as_ref().unwrap().was, Money(3000), "what it cost at first stays known");
    story.and([reprice(L1, 4000, with_bob())]).when(reprice(L1, 3500, alone())).records_kinds(["LineRepriced"]);
}

#[test]
fn without_limits_only_manager_and_owner_let_go_anything_alone() {
    for role in Role::ALL {
        let outcome = ordered().when(comp(L1, as_role(role)));
        match role {
            Role::Manager | Role::Owner => outcome.records_kinds(["LineComped"]),
            Role::Waiter | Role::Cashier | Role::Kitchen | Role::Lead | Role::Support => outcome.refuses(Reject::ApprovalNeeded),
        };
    }
}

#[test]
fn a_second_person_lets_go_what_they_may_themselves() {
    let story = || with_limits();
    story().when(comp(L1, beside_of(Role::Waiter, Role::Lead))).refuses(Reject::ApproverNotAllowed);
    story().when(reprice(L1, 2100, beside_of(Role::Waiter, Role::Lead))).records_kinds(["LineRepriced"]);
    story().when(comp(L1, beside_of(Role::Waiter, Role::Manager))).records([LineComped {
        line: L1,
        session: S1,
        amount: Money(3000),
        reason: "等太久".into(),
        by: code("ann"),
        approved_by: Some(code("bob")),
        at: Timestamp(0),
    }
    .into()]);
}

#[test]
fn who_needed_nobody_names_nobody() {
    let story = with_limits().and([reprice(L1, 2700, beside_of(Role::Waiter, Role::Cashier))]);
    let Some(FloorEvent::LineRepriced(e)) = story.log.last() else { panic!("not repriced") };
    assert_eq!(e.approved_by, None, "a cashier couldn't have allowed it; the waiter didn't need her");
}

#[test]
fn nobody_is_their_own_second_person() {
    for command in
        [comp(L1, herself()), reprice(L1, 2000, herself()), discount(percent(500), herself()), waive(ALL_FEES, herself())]
    {
        ordered().when(command).refuses(Reject::ApproverNotAllowed);
    }
    let void = FloorCommand::VoidLine { session: S1, line: L1, reason: "上错了".into(), hand: herself() };
    ordered().when(void).refuses(Reject::ApproverNotAllowed);
}

#[test]
fn a_higher_price_needs_a_second_person_whoever_asks_but_the_owner() {
    for role in [Role::Waiter, Role::Lead, Role::Manager] {
        ordered().when(reprice(L1, 3001, as_role(role))).refuses(Reject::ApprovalNeeded);
    }
    ordered().when(reprice(L1, 3001, beside_of(Role::Manager, Role::Cashier))).refuses(Reject::ApproverNotAllowed);
    ordered().when(reprice(L1, 3001, beside_of(Role::Manager, Role::Lead))).records_kinds(["LineRepriced"]);
    ordered().when(reprice(L1, 3001, as_role(Role::Owner))).records_kinds(["LineRepriced"]);
}

#[test]
fn whoever_may_approve_lets_fees_go_alone() {
    for role in Role::ALL {
        let outcome = with_rice().when(waive(ALL_FEES, as_role(role)));
        match role {
            Role::Lead | Role::Manager | Role::Owner => outcome.records_kinds(["FeesWaived"]),
            Role::Waiter | Role::Cashier | Role::Kitchen | Role::Support => outcome.refuses(Reject::ApprovalNeeded),
        };
    }
}

#[test]
fn everything_given_away_says_why() {
    for reason in ["", "  ", "\u{1b}"] {
        let (session, line, hand) = (S1, L1, with_bob());
        let comp = FloorCommand::CompLine { session, line, reason: reason.into(), hand: hand.clone() };
        ordered().when(comp).refuses(Reject::BadText);
        let waive = FloorCommand::WaiveFees { session, fees: ALL_FEES, reason: reason.into(), hand };
        ordered().when(waive).refuses(Reject::BadText);
    }
}

// One line.

#[test]
fn a_line_given_away_is_still_cooked_and_costs_nothing() {
    let story = rice_and_salad().and([comp(L2, with_bob())]);
    assert_eq!(story.balance(S1), Money(3000));
    assert_eq!(story.tickets().iter().map(|ticket| ticket.items.len()).sum::<usize>(), 2, "the kitchen isn't told otherwise");
    story.when(comp(L2, with_bob())).records([]).when(reprice(L2, 100, with_bob())).refuses(Reject::PriceNotPossible);
}

#[test]
fn another_price_says_what_it_was_and_is_given_once() {
    let story = ordered().and([reprice(L1, 2000, with_bob())]);
    assert_eq!((story.balance(S1), story.line(L1).repriced.as_ref().unwrap().was), (Money(2000), Money(3000)));
    for amount in [2000, -1] {
        story.clone().when(reprice(L1, amount, with_bob())).refuses(Reject::PriceNotPossible);
    }
    let story = story.and([reprice(L1, 0, with_bob())]);
    assert_eq!(story.balance(S1), Money(0));
    ordered().when(reprice(L1, money::LARGEST.0 + 1, with_bob())).refuses(Reject::TooDear);
}

#[test]
fn what_is_paid_is_refunded_not_given_away() {
    let paid = || ordered().and([cash(1, S1, 3000, None)]);
    paid().when(comp(L1, with_bob())).refuses(Reject::LinePaid);
    paid().when(reprice(L1, 2999, with_bob())).refuses(Reject::LinePaid);
    let half = ordered().and([part_in_cash(1, S1, 1500)]);
    let half = half.when(reprice(L1, 1499, with_bob())).refuses(Reject::LinePaid);
    let settled = half.and([reprice(L1, 1500, with_bob())]);
    assert_eq!(settled.balance(S1), Money(0));
}

#[test]
fn nothing_changes_under_somebody_who_pays() {
    let story = || ordered().and([ask(A1, S1, 3000, None)]);
    let open = Reject::PaymentOpen { ask: A1 };
    for command in
        [comp(L1, with_bob()), reprice(L1, 1, with_bob()), discount(percent(1), with_bob()), waive(ALL_FEES, with_bob())]
    {
        story().when(command).refuses(open.clone());
    }
}

#[test]
fn a_line_has_to_be_there_and_with_the_kitchen() {
    ordered().when(comp(L2, with_bob())).refuses(Reject::LineUnknown);
    ordered().and([void(S1, L1)]).when(comp(L1, with_bob())).refuses(Reject::LineVoided);
    unpaid().when(comp(L1, with_bob())).refuses(Reject::OrderNotInKitchen);
    let other = ordered().and([join(S2, "t2", G2), place_one(O2, S2, L2, "rice", 1)]);
    other.when(comp(L2, with_bob())).refuses(Reject::LineUnknown);
}

// The whole check.

#[test]
fn a_discount_is_a_part_of_the_dishes_or_an_amount_of_them() {
    let due = |wanted| ordered().and([discount(wanted, with_bob())]).balance(S1);
    assert_eq!((due(percent(1000)), due(percent(3333)), due(percent(10_000))), (Money(2700), Money(2000), Money(0)));
    assert_eq!((due(amount(1)), due(amount(3000))), (Money(2999), Money(0)));
    for wanted in [percent(0), percent(10_001), amount(0), amount(-1), amount(3001)] {
        ordered().when(discount(wanted, with_bob())).refuses(Reject::DiscountNotPossible);
    }
    let counter = unpaid().and([cash(1, S1, 3000, Some(O1)), join(S2, "c1", G2)]);
    let at_the_counter =
        FloorCommand::DiscountCheck { session: S2, discount: percent(1), reason: "会员".into(), hand: with_bob() };
    counter.when(at_the_counter).refuses(Reject::DiscountNotPossible);
}

#[test]
fn a_discount_of_an_amount_is_judged_by_its_part_of_the_dishes() {
    with_limits().when(discount(amount(300), alone())).records_kinds(["CheckDiscounted"]);
    with_limits().when(discount(amount(301), alone())).refuses(Reject::ApprovalNeeded);
    with_limits().when(discount(percent(1001), alone())).refuses(Reject::ApprovalNeeded);
}

#[test]
fn an_amount_never_takes_off_more_than_the_dishes_cost() {
    let story = rice_and_salad().and([discount(amount(4000), with_bob()), void(S1, L1)]);
    assert_eq!(story.balance(S1), Money(0));
    let story = story.and([discount(None, alone())]);
    assert_eq!(story.balance(S1), Money(1200), "without it the salad costs what it costs");
    story.when(discount(None, alone())).records([]);
}

#[test]
fn the_check_is_fixed_once_money_stands_on_it() {
    let story = || ordered().and([part_in_cash(1, S1, 100)]);
    story().when(discount(percent(100), with_bob())).refuses(Reject::CheckHasMoney);
    story().when(waive(ALL_FEES, with_bob())).refuses(Reject::CheckHasMoney);
}

#[test]
fn fees_discount_and_least_spend_come_to_the_fen() {
    let charges = |story: &Story| {
        let sum = story.floor.charges(story.party(S1));
        assert_eq!(sum.total(), story.balance(S1));
        [sum.eaten, sum.discount, sum.shortfall, sum.service_charge, sum.seat_fee].map(|part| part.0)
    };
    assert_eq!(charges(&with_fees()), [0, 0, 0, 0, 0], "who eats nothing owes nothing");
    let story = with_rice();
    assert_eq!(charges(&story), [3000, 0, 2000, 300, 600]);
    // Service is on what is eaten, not on what is missing to the least spend.
    let story = story.and([discount(percent(1000), with_bob())]);
    assert_eq!(charges(&story), [3000, 300, 2300, 270, 600]);
    let story = story.and([waive(Fees { minimum_spend: true, ..Fees::default() }, with_bob())]);
    assert_eq!(charges(&story), [3000, 300, 0, 270, 600]);
    let story = story.and([waive(ALL_FEES, with_bob())]);
    assert_eq!(charges(&story), [3000, 300, 0, 0, 0]);
    let story = story.and([waive(Fees::default(), with_bob()), comp(L1, with_bob())]);
    assert_eq!(charges(&story), [0, 0, 0, 0, 0], "a party that was given everything owes no fees");
}

#[test]
fn who_spends_enough_is_charged_for_no_least_spend() {
    let story = with_rice().and([place(O2, S1, &[(L2, plain("duck", 1))])]);
    assert_eq!(story.balance(S1), Money(11_800 + 1180 + 600));
}

#[test]
fn shares_by_lines_carry_their_part_of_fees_and_discount() {
    let story = with_fees().and([place(O1, S1, &[(L1, plain("rice", 10)), (L2, plain("salad", 1))])]);
    let story = story.and([discount(percent(500), with_bob()), split_by_lines(S1, W1, &[&[L1], &[L2]])]);
    let party = story.party(S1);
    let shares: Vec<i64> = party.split.iter().map(|share| share.amount.0).collect();
    assert_eq!(shares.iter().sum::<i64>(), story.balance(S1).0);
    assert!(shares[0] > shares[1] * 2, "by what each has eaten: {shares:?}");
    let story = story.and([reprice(L2, 1000, with_bob())]);
    assert!(story.party(S1).split.is_empty(), "the amounts no longer fit");
}

#[test]
fn a_refunded_line_costs_what_the_discount_left_of_it() {
    let story = rice_and_salad().and([discount(percent(1000), with_bob()), cash(1, S1, 3780, None)]);
    let story = story.when(back(R1, S1, 1, &[L2], 1200)).refuses(Reject::AmountDiffers { due: Money(1080) });
    let story = story.and([back(R1, S1, 1, &[L2], 1080)]);
    assert_eq!((story.balance(S1), story.party(S1).paid()), (Money(0), Money(2700)));
}

#[test]
fn a_line_given_away_cannot_be_refunded_for_money() {
    let story = rice_and_salad().and([comp(L2, with_bob()), cash(1, S1, 3000, None)]);
    story.when(back(R1, S1, 1, &[L2], 1200)).refuses(Reject::AmountDiffers { due: Money(0) });
}

// Any check.

#[derive(Clone, Debug)]
enum Change {
    Comp(u8),
    Reprice(u8, i64),
    Percent(u32),
    Amount(i64),
    NoDiscount,
    Waive(bool, bool, bool),
    Void(u8),
    Pay(i64),
    Refund(i64),
    RefundLine(u8),
    Weigh(u8, u32),
}

fn change() -> impl Strategy<Value = Change> {
    use Change::*;
    prop_oneof![
        any::<u8>().prop_map(Comp),
        (any::<u8>(), 0_i64..12_000).prop_map(|(line, amount)| Reprice(line, amount)),
        (0_u32..10_100).prop_map(Percent),
        (0_i64..20_000).prop_map(Amount),
        Just(NoDiscount),
        (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(a, b, c)| Waive(a, b, c)),
        any::<u8>().prop_map(Void),
        (1_i64..20_000).prop_map(Pay),
        (1_i64..20_000).prop_map(Refund),
        any::<u8>().prop_map(RefundLine),
        (any::<u8>(), 10_u32..2000).prop_map(|(line, grams)| Weigh(line, grams)),
    ]
}

fn command_for(story: &Story, change: &Change, nth: u128) -> Option<FloorCommand> {
    let lines: Vec<LineId> = story.floor.lines.keys().copied().collect();
    let line = |choice: &u8| lines[usize::from(*choice) % lines.len()];
    let party = story.party(S1);
    let tender = || party.tenders.first().map(|tender| tender.tender.0);
    Some(match change {
        Change::Comp(choice) => comp(line(choice), with_bob()),
        Change::Reprice(choice, amount) => reprice(line(choice), *amount, with_bob()),
        Change::Percent(bp) => discount(percent(*bp), with_bob()),
        Change::Amount(fen) => discount(amount(*fen), with_bob()),
        Change::NoDiscount => discount(None, with_bob()),
        Change::Waive(seat_fee, minimum_spend, service_charge) => {
            waive(Fees { seat_fee: *seat_fee, minimum_spend: *minimum_spend, service_charge: *service_charge }, with_bob())
        }
        Change::Void(choice) => void(S1, line(choice)),
        Change::Pay(fen) => part_in_cash(nth, S1, (*fen).min(story.floor.due(party).0)),
        Change::Refund(fen) => back(RefundId(nth), S1, tender()?, &[], *fen),
        Change::RefundLine(choice) => {
            let cost = story.floor.cost(party, story.line(line(choice)).owed());
            back(RefundId(nth), S1, tender()?, &[line(choice)], cost.0)
        }
        Change::Weigh(choice, weight_g) => {
            FloorCommand::ConfirmWeight { session: S1, line: line(choice), weight_g: *weight_g, by: code("ann") }
        }
    })
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_check_never_goes_below_nothing_and_its_parts_sum_to_it(
        dishes in prop::collection::vec(0_u8..5, 1..6),
        fees in (0_u32..2500, 0_i64..800, 0_i64..30_000),
        changes in prop::collection::vec(change(), 0..25),
    ) {
        let known = known_with(|house, _| {
            let terrace = house.areas.iter_mut().find(|area| area.id == code("terrace")).unwrap();
            terrace.service_charge_bp = fees.0;
            (terrace.seat_fee, terrace.minimum_spend) = (Money(fees.1), Money(fees.2));
        });
        let dish = |choice: &u8| match choice {
            0 => plain("rice", 3),
            1 => plain("salad", 1),
            2 => fish(400),
            3 => beef(&[("hot", 1), ("egg", 2)]),
            _ => plain("tea", 2),
        };
        let lines: Vec<_> = dishes.iter().enumerate().map(|(i, choice)| (LineId(0x100 + i as u128), dish(choice))).collect();
        let order = place(O1, S1, &lines);
        let mut story = given_in(known, [FloorCommand::OpenDay, join(S1, "v1", G1)]).and([order]);
        for (nth, change) in changes.iter().enumerate() {
            let Some(command) = command_for(&story, change, 0x1000 + nth as u128) else { continue };
            let before = story.floor.due(story.party(S1));
            let Ok((events, _)) = story.floor.decide(&command, story.now, &story.known) else { continue };
            story.take(events);
            let (floor, party) = (&story.floor, story.party(S1));
            let (charges, eaten) = (floor.charges(party), floor.eaten(party));
            prop_assert!(charges.total().0 >= 0 && floor.total(party).0 >= 0, "{change:?}: {charges:?}");
            prop_assert!([charges.discount, charges.shortfall, charges.service_charge, charges.seat_fee].iter().all(|part| part.0 >= 0));
            prop_assert!(charges.discount <= eaten);
            prop_assert_eq!(floor.cost(party, eaten), charges.total(), "all lines cost the check");
            prop_assert_eq!(floor.cost(party, Money::ZERO), Money::ZERO);
            prop_assert!(before.0 < 0 || floor.due(party).0 >= 0, "{change:?}: what is paid isn't given away");
            for how in [split_evenly(S1, W1, 3), split_by_lines(S1, W1, &[&[LineId(0x100)]])] {
                let Ok((events, _)) = floor.decide(&how, story.now, &story.known) else { continue };
                let [FloorEvent::CheckSplit(split)] = &events[..] else { panic!("not split: {events:?}") };
                prop_assert_eq!(split.shares.iter().map(|share| share.amount).sum::<Money>(), floor.due(party));
                prop_assert!(split.shares.iter().all(|share| share.amount.0 >= 0));
            }
        }
        let replayed = story.log.iter().fold(Floor::default(), |mut floor, event| { floor.apply(event); floor });
        prop_assert_eq!(replayed, story.floor);
    }
}
