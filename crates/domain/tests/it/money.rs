//! The check and its money: tips, rounding, shares, accounts, and every way back.

use crate::house::*;
use crate::story::*;
use domain::floor::*;
use domain::*;

const CLOSE_TABLE: FloorCommand = FloorCommand::CloseTable { session: S1 };
const WAY_BACK: FloorCommand = FloorCommand::PayRefund { refund: back_of(A1) };
const W3: ShareId = ShareId(0xd3);

fn due(story: &Story) -> Money {
    story.floor.due(story.party(S1))
}

fn tipped(amount: i64, tip: i64) -> FloorCommand {
    FloorCommand::AskPayment(AskPayment { tip: Money(tip), ..wish(A1, S1, amount) })
}

fn taken_back(amount: i64) -> FloorCommand {
    FloorCommand::BookTakenBack { refund: RefundId(A1.0), attempt: AttemptId(A1.0), amount: Money(amount) }
}

/// Pays all, gives the payment up, pays in cash; then the money comes after all.
fn paid_twice(amount: i64, tip: i64) -> Story {
    ordered().and([tipped(amount, tip), close_ask(A1), cash(1, S1, amount, None), credit(A1, amount + tip)])
}

/// Two dishes of 30.00 on the terrace, where 10 % come on top: 66.00.
fn terrace() -> Story {
    let lines = [(L1, plain("rice", 10)), (L2, plain("rice", 10))];
    given([FloorCommand::OpenDay, join(S1, "v1", G1), place(O1, S1, &lines)])
}

// Tips.

#[test]
fn a_tip_is_paid_on_top_and_owed_to_nobody() {
    let asked = ordered().when(tipped(3000, 300));
    assert_eq!(asked.answer(), &FloorAnswer::PaymentAsked { ask: A1, amount: Money(3300) });
    let story = asked.records_kinds(["PaymentAsked"]).and([credit(A1, 3300)]);
    assert_eq!(
        (story.balance(S1), story.party(S1).tenders[0].amount, story.party(S1).tenders[0].tip),
        (Money(0), Money(3000), Money(300))
    );
}

#[test]
fn a_tip_is_never_more_than_what_is_paid_and_only_where_the_house_takes_them() {
    ordered().when(tipped(3000, 3001)).refuses(Reject::TipNotTaken);
    ordered().when(tipped(3000, -1)).refuses(Reject::TipNotTaken);
    let mut story = ordered();
    let mut house = house();
    house.policy.tips_bp.clear();
    story.known.house = std::sync::Arc::new(house);
    story.when(tipped(3000, 300)).refuses(Reject::TipNotTaken);
}

#[test]
fn a_second_payment_goes_back_with_its_tip_and_nothing_is_owed_for_the_tip() {
    let story = paid_twice(3000, 300);
    let refund = &story.party(S1).refunds[&back_of(A1)];
    assert_eq!((refund.amount, refund.tip, refund.why), (Money(3300), Money(300), RefundWhy::TooMuch));
    assert_eq!((due(&story), story.balance(S1)), (Money(0), Money(-3000)));
    let story = story.and([WAY_BACK]);
    assert_eq!((due(&story), story.balance(S1)), (Money(0), Money(0)), "the tip never stood on the check");
}

#[test]
fn a_payment_taken_back_with_its_tip_leaves_only_the_dishes_owed() {
    let story = ordered().and([tipped(3000, 300), credit(A1, 3300), taken_back(3300)]);
    assert_eq!(due(&story), Money(3000));
    story.when(taken_back(3300)).records([]);
}

#[test]
fn the_checks_money_goes_back_before_the_tip() {
    let story = ordered().and([tipped(3000, 300), credit(A1, 3300), back(R1, S1, A1.0, &[], 3200)]);
    let refund = &story.party(S1).refunds[&R1];
    assert_eq!((refund.tip, refund.allowance), (Money(200), Money(3000)));
    assert_eq!((story.floor.total(story.party(S1)), due(&story)), (Money(0), Money(0)));
    story.when(back(R2, S1, A1.0, &[], 101)).refuses(Reject::RefundTooLarge { left: Money(100) });
}

#[test]
fn of_a_late_payment_partly_needed_only_the_rest_goes_back_and_the_tip_stays() {
    let story = ordered().and([tipped(3000, 300), close_ask(A1), part_in_cash(1, S1, 1000), credit(A1, 3300)]);
    let refund = &story.party(S1).refunds[&back_of(A1)];
    assert_eq!((refund.amount, refund.tip), (Money(1000), Money(0)));
    assert_eq!(due(&story), Money(0));
}

// Cash.

fn odd() -> Story {
    // 150 g of fish at 68.00 the pound: 20.40.
    seated().and([place(O1, S1, &[(L1, fish(150))])])
}

fn rounded(amount: i64, off: i64) -> TakeCash {
    TakeCash { rounded_off: Money(off), received: Money(amount - off), ..notes(1, S1, amount) }
}

#[test]
fn cash_is_rounded_down_by_exactly_the_odd_fen() {
    let settled = odd().when(FloorCommand::TakeCash(rounded(2040, 40)));
    assert_eq!(settled.answer(), &FloorAnswer::CashTaken { change: Money(0) });
    assert_eq!(due(&settled.records_kinds(["TenderCredited"])), Money(0));
    for off in [39, 41, 140, -60] {
        odd().when(FloorCommand::TakeCash(rounded(2040, off))).refuses(Reject::RoundingNotAllowed { most: Money(40) });
    }
    let part = TakeCash { partial: true, ..rounded(1040, 40) };
    odd().when(FloorCommand::TakeCash(part)).refuses(Reject::RoundingNotAllowed { most: Money(0) });
}

#[test]
fn what_the_house_let_go_is_not_given_back() {
    let paid = odd().and([FloorCommand::TakeCash(rounded(2040, 40))]);
    let paid = paid.when(back(R1, S1, 1, &[], 2040)).refuses(Reject::RefundTooLarge { left: Money(2000) });
    let story = paid.and([back(R1, S1, 1, &[L1], 2000)]);
    assert_eq!(
        (story.order(O1).owed(), due(&story), story.balance(S1)),
        (Money(0), Money(0), Money(0)),
        "the line is off the check"
    );
}

#[test]
fn a_line_goes_back_less_what_was_given_back_of_it_before() {
    let story = ordered().and([cash(1, S1, 3000, None), back(R1, S1, 1, &[], 1000)]);
    let story = story.and([back(R2, S1, 1, &[L1], 2000)]);
    assert_eq!((story.party(S1).allowance(), due(&story), story.party(S1).paid()), (Money(0), Money(0), Money(0)));
}

#[test]
fn a_part_in_cash_leaves_the_rest_to_be_paid_in_another_way() {
    let story = ordered().and([part_in_cash(1, S1, 1000)]);
    let story = story.when(cash(2, S1, 3000, None)).refuses(Reject::AmountDiffers { due: Money(2000) });
    let story = story.and([ask(A1, S1, 2000, None), credit(A1, 2000), CLOSE_TABLE]);
    assert_eq!(due(&story), Money(0));
}

// Service charge.

#[test]
fn a_service_charge_is_owed_and_a_line_taken_off_takes_its_part_with_it() {
    let story = terrace();
    assert_eq!(due(&story), Money(6600));
    assert_eq!(due(&story.and([void(S1, L1)])), Money(3300));
}

#[test]
fn a_line_whose_service_charge_is_paid_is_refunded_not_voided() {
    let story = terrace().and([part_in_cash(1, S1, 3500)]);
    assert_eq!(due(&story), Money(3100), "enough for the dish, not for its service charge");
    story.when(void(S1, L1)).refuses(Reject::LinePaid);
}

#[test]
fn a_refunded_line_brings_its_service_charge_back() {
    let story = terrace().and([cash(1, S1, 6600, None)]);
    let story = story.when(back(R1, S1, 1, &[L1], 3000)).refuses(Reject::AmountDiffers { due: Money(3300) });
    let story = story.and([back(R1, S1, 1, &[L1], 3300)]);
    assert_eq!((due(&story), story.party(S1).allowance()), (Money(0), Money(0)));
}

#[test]
fn what_is_paid_first_carries_no_service_charge() {
    let mut story = given([FloorCommand::OpenDay]);
    let mut house = house();
    house.areas[1].service_charge_bp = 1000;
    story.known.house = std::sync::Arc::new(house);
    let story = story.and([join(S1, "c1", G1), place_one(O1, S1, L1, "rice", 10), cash(1, S1, 3000, Some(O1)), CLOSE_TABLE]);
    assert_eq!(due(&story), Money(0));
}

// Shares.

#[test]
fn shares_sum_to_the_fen_and_the_first_carry_the_odd_ones() {
    let story = ordered().and([split_evenly(S1, W1, 7)]);
    let amounts: Vec<i64> = story.party(S1).split.iter().map(|share| share.amount.0).collect();
    assert_eq!(amounts, [429, 429, 429, 429, 428, 428, 428]);
}

#[test]
fn a_split_by_lines_divides_the_service_charge_and_gives_the_rest_a_share() {
    let lines = [(L1, plain("rice", 1)), (L2, plain("salad", 1)), (LineId(0x13), plain("noodles", 1))];
    let story = given([FloorCommand::OpenDay, join(S1, "v1", G1), place(O1, S1, &lines)]);
    let story = story.and([split_by_lines(S1, W1, &[&[L1], &[L2]])]);
    let amounts: Vec<i64> = story.party(S1).split.iter().map(|share| share.amount.0).collect();
    assert_eq!(amounts, [330, 1320, 1980]);
    assert_eq!(due(&story), Money(3630));
    story.clone().when(split_by_lines(S1, W3, &[&[L1], &[L1]])).refuses(Reject::LineUnknown);
    story.when(split_by_lines(S1, W3, &[&[L1], &[LineId(0x99)]])).refuses(Reject::LineUnknown);
}

#[test]
fn two_pay_their_shares_at_once_and_neither_waits_for_the_other() {
    let story = ordered().and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1), ask_share(A2, S1, 1500, W2)]);
    let story = story.when(ask(AskId(9), S1, 3000, None)).refuses(Reject::PaymentOpen { ask: A1 });
    let story = story.and([credit(A2, 1500), credit(A1, 1500), CLOSE_TABLE]);
    assert!(story.party(S1).refunds.is_empty());
}

#[test]
fn a_share_paid_twice_goes_back_to_who_paid_it_and_pays_for_nobody_else() {
    let first = TakeCash { share: Some(W1), ..notes(1, S1, 1500) };
    let story =
        ordered().and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1), close_ask(A1), FloorCommand::TakeCash(first)]);
    let story = story.when(credit(A1, 1500)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert_eq!(due(&story), Money(1500), "the other share is still to be paid");
    let share = story.party(S1).split[1].clone();
    assert_eq!((share.share, story.party(S1).unpaid_of(&share)), (W2, Money(1500)), "and the split stands");
}

#[test]
fn shares_never_ask_for_more_than_is_left() {
    let story = ordered().and([split_evenly(S1, W1, 2), part_in_cash(1, S1, 500), ask_share(A1, S1, 1500, W1)]);
    story.when(ask_share(A2, S1, 1500, W2)).refuses(Reject::AmountDiffers { due: Money(1000) });
}

#[test]
fn money_for_a_share_never_counts_for_another_of_the_same_id() {
    let story = ordered().and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1), credit(A1, 1500)]);
    let story = story.when(split_evenly(S1, W1, 2)).refuses(Reject::SplitNotPossible);
    let story = story.and([split_evenly(S1, W3, 2)]);
    let unpaid: Vec<_> = story.party(S1).split.iter().map(|share| story.party(S1).unpaid_of(share)).collect();
    assert_eq!(unpaid, [Money(750), Money(750)]);
}

#[test]
fn an_order_or_a_void_undoes_a_split_and_what_is_paid_stays_paid() {
    let story = ordered().and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1), credit(A1, 1500)]);
    let story = story.and([place_one(O2, S1, L2, "rice", 1)]);
    assert!(story.party(S1).split.is_empty());
    assert_eq!(due(&story), Money(1800));
    let story = story.and([split_evenly(S1, W3, 2), void(S1, L2)]);
    assert!(story.party(S1).split.is_empty());
    assert_eq!(due(&story), Money(1500));
}

// Accounts, cards, members.

fn on_account(tender: u128, amount: i64, tip: i64) -> FloorCommand {
    FloorCommand::TakeTender(TakeTender { tip: Money(tip), ..beside(tender, S1, Way::HouseAccount, amount, " acme ") })
}

#[test]
fn an_account_holds_what_was_put_on_it_less_what_was_settled_or_given_back() {
    let owed = |story: &Story| story.floor.accounts[&code::<AccountId>("acme")];
    let story = ordered().and([on_account(1, 3000, 300)]);
    assert_eq!(owed(&story), Money(3300));
    let story = story.and([settle(2, 300), back(R1, S1, 1, &[L1], 3000)]);
    assert_eq!(owed(&story), Money(0));
    story.when(settle(3, 1)).refuses(Reject::AmountDiffers { due: Money(0) });
}

#[test]
fn an_account_is_settled_once_with_the_same_money() {
    let story = ordered().and([on_account(1, 3000, 0), settle(2, 1000)]);
    let story = story.when(settle(2, 1000)).refuses(Reject::AskExists);
    story.when(settle(1, 1000)).refuses(Reject::AskExists);
}

#[test]
fn an_account_takes_no_more_than_its_limit_with_the_tip() {
    let story = seated().and([place_one(O1, S1, L1, "rice", 33)]);
    story.clone().when(on_account(1, 9900, 101)).refuses(Reject::AccountFull { left: Money(10_000) });
    let story = story.and([on_account(1, 9900, 100), place_one(O2, S1, L2, "rice", 1)]);
    story.when(on_account(2, 300, 0)).refuses(Reject::AccountFull { left: Money(0) });
}

#[test]
fn a_card_payment_and_its_refund_need_a_slip() {
    let card = |slip| FloorCommand::TakeTender(beside(1, S1, Way::Card, 3000, slip));
    ordered().when(card("")).refuses(Reject::ReferenceNeeded);
    let mut command = back(R1, S1, 1, &[], 1000);
    if let FloorCommand::AskRefund(refund) = &mut command {
        refund.reference = None;
    }
    ordered().and([card("POS-1")]).when(command).refuses(Reject::ReferenceNeeded);
}

// Money back.

#[test]
fn money_paid_for_an_order_that_was_cancelled_goes_back_and_nothing_is_owed() {
    let half = TakeCash { order: Some(O1), partial: true, ..notes(1, S1, 1500) };
    let story = unpaid().and([FloorCommand::TakeCash(half), FloorCommand::CancelOrder { session: S1, order: O1 }]);
    let story = story.when(CLOSE_TABLE).refuses(Reject::UnpaidBalance { balance: Money(-1500) });
    let story = story.and([back(R1, S1, 1, &[], 1500)]);
    assert_eq!((due(&story), story.party(S1).allowance()), (Money(0), Money(0)), "it was owed, not let go");
    story.when(CLOSE_TABLE).records_kinds(["TableClosed"]);
}

#[test]
fn a_refund_of_an_amount_is_let_go_and_asked_of_nobody_again() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), back(R1, S1, A1.0, &[], 1000)]);
    assert_eq!((due(&story), story.floor.total(story.party(S1))), (Money(0), Money(2000)));
    let story = story.and([CLOSE_TABLE, FloorCommand::PayRefund { refund: R1 }]);
    assert_eq!(story.balance(S1), Money(0));
    story.when(FloorCommand::PayRefund { refund: R1 }).records([]);
}

#[test]
fn a_line_named_twice_goes_back_once() {
    let story = ordered().and([cash(1, S1, 3000, None), back(R1, S1, 1, &[L1, L1], 3000)]);
    assert_eq!(story.party(S1).refunds[&R1].lines, [L1]);
    story.when(back(R2, S1, 1, &[L1], 1)).refuses_with("refund_too_large");
}

#[test]
fn a_refund_of_a_served_dish_is_no_news_to_the_kitchen() {
    let served = ordered().and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve), cash(1, S1, 3000, None), CLOSE_TABLE]);
    assert!(served.tickets().is_empty());
    let story = served.and([back(R1, S1, 1, &[L1], 3000)]);
    assert!(story.tickets().is_empty());
    let cooking = ordered().and([cash(1, S1, 3000, None), back(R1, S1, 1, &[L1], 3000)]);
    assert!(cooking.tickets()[0].items[0].void_unseen, "what is being cooked is");
}

#[test]
fn a_payment_taken_back_takes_the_refund_on_its_way_with_it() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), back(R1, S1, A1.0, &[], 1000)]);
    let story = story.when(taken_back(3000)).records_kinds(["RefundPaid", "RefundAsked", "RefundPaid"]);
    let back: Money = story.party(S1).refunds.values().map(|refund| refund.amount).sum();
    assert_eq!((back, due(&story), story.floor.open_refunds.len()), (Money(3000), Money(2000), 0));
}

#[test]
fn a_day_does_not_forget_a_party_whose_refund_is_on_its_way() {
    // The second 30.00 go back while another 30.00 are owed: what came and what is owed are the same, and nothing is settled.
    let story = paid_twice(3000, 0).and([place_one(O2, S1, L2, "rice", 10)]);
    assert_eq!((story.balance(S1), due(&story)), (Money(0), Money(3000)));
    let open = Unmatched::OpenTable { session: S1, table: "T1".into(), balance: Money(3000) };
    let decided = story.floor.decide(&close_day(), story.now, &story.known);
    assert!(matches!(decided, Err(Reject::DayUnmatched { unmatched }) if unmatched.contains(&open)));
    let story = story.and([sign_and_close_day(), WAY_BACK]);
    assert_eq!(story.balance(S1), Money(3000));
}

#[test]
fn a_day_that_closes_lists_every_share_under_way() {
    let story = ordered().and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1), ask_share(A2, S1, 1500, W2)]);
    let decided = story.floor.decide(&close_day(), story.now, &story.known);
    let Err(Reject::DayUnmatched { unmatched }) = decided else { panic!("{decided:?}") };
    let open = unmatched.iter().filter(|item| matches!(item, Unmatched::OpenPayment { .. }));
    assert_eq!(open.count(), 2);
}

// Opening again.

#[test]
fn a_closed_check_opens_again_with_its_money_on_it() {
    let left = ordered().and([cash(1, S1, 3000, None), CLOSE_TABLE]).at(120);
    let story = left.clone().and([reopen(S1), back(R1, S1, 1, &[], 1000), CLOSE_TABLE]);
    assert_eq!((story.party(S1).closed_at, story.balance(S1)), (Some(Timestamp(7_200_000)), Money(0)));
    left.clone().at(121).when(reopen(S1)).refuses(Reject::ReopenTooLate);
    left.and([reopen(S1)]).when(reopen(S1)).refuses(Reject::CheckOpen);
}

#[test]
fn a_check_does_not_open_again_under_the_next_party() {
    let story = ordered().and([cash(1, S1, 3000, None), CLOSE_TABLE, join(S2, "t1", G2)]);
    let story = story.when(reopen(S1)).refuses(Reject::TableTaken { session: S2 });
    story.when(back(R1, S1, 1, &[], 1000)).records_kinds(["RefundAsked", "RefundPaid"]);
}

// Announcements.

#[test]
fn each_payment_by_channel_is_announced_once_and_cash_never() {
    let story = paid_twice(3000, 300).when(credit(A1, 3300)).records([]);
    let said: Vec<_> = story.floor.announcements.values().filter(|said| matches!(said.said, Said::Paid { .. })).collect();
    let said: Vec<_> = said.iter().map(|said| (said.number, said.said.clone())).collect();
    assert_eq!(said, [(2, Said::Paid { way: Way::WechatNative, amount: Money(3000), tip: Money(300) })]);
    let played = |numbers: &[u32]| FloorCommand::ReportPlayed { device: "前台".into(), numbers: numbers.to_vec() };
    let story = story.when(played(&[1, 1, 7])).records_kinds(["AnnouncementsPlayed"]);
    story.when(played(&[1])).records([]);
}
