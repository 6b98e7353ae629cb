//! A second person's word: asked for on one device, given on another, and the act is done in that decision.

use crate::adjust::{comp, percent};
use crate::house::*;
use crate::story::*;
use domain::catalog::Role;
use domain::floor::*;
use domain::*;

fn ask_for(approval: ApprovalId, act: Guarded) -> FloorCommand {
    FloorCommand::AskApproval(AskApproval { approval, act, reason: " 等太久 ".into(), by: code("ann"), role: Role::Waiter })
}

fn give(approval: ApprovalId, by: &str, role: Role) -> FloorCommand {
    FloorCommand::GiveApproval { approval, by: code(by), role }
}

fn refuse(approval: ApprovalId, by: &str) -> FloorCommand {
    FloorCommand::RefuseApproval { approval, reason: "不行".into(), by: code(by) }
}

const COMP: Guarded = Guarded::Comp { session: S1, line: L1 };
const VOID: Guarded = Guarded::Void { session: S1, line: L1 };

fn asked() -> Story {
    ordered().and([ask_for(P1, COMP)])
}

#[test]
fn asking_does_nothing_but_ask() {
    let story = ordered().when(ask_for(P1, COMP)).records([ApprovalAsked {
        approval: P1,
        act: COMP,
        reason: "等太久".into(),
        by: code("ann"),
        role: Role::Waiter,
        at: Timestamp(0),
    }
    .into()]);
    assert_eq!((story.balance(S1), story.floor.approvals[&P1].answer.is_none()), (Money(3000), true));
    story.when(ask_for(P1, VOID)).refuses(Reject::ApprovalExists);
}

#[test]
fn what_would_be_refused_anyway_is_refused_when_it_is_asked() {
    let paid = ordered().and([cash(1, S1, 3000, None)]);
    paid.when(ask_for(P1, COMP)).refuses(Reject::LinePaid);
    ordered().when(ask_for(P1, Guarded::Comp { session: S1, line: L2 })).refuses(Reject::LineUnknown);
    ordered().when(ask_for(P1, Guarded::Comp { session: S2, line: L1 })).refuses(Reject::SessionUnknown);
    let same = Guarded::Reprice { session: S1, line: L1, amount: Money(3000) };
    ordered().when(ask_for(P1, same)).refuses(Reject::PriceNotPossible);
    let nothing = Guarded::Discount { session: S1, discount: percent(0) };
    ordered().when(ask_for(P1, nothing)).refuses(Reject::DiscountNotPossible);
    let out = Guarded::CashOut { shift: H1, entry: CashMoveId(1), amount: Money(1) };
    ordered().when(ask_for(P1, out)).refuses(Reject::ShiftUnknown);
    let unsaid = AskApproval { approval: P1, act: COMP, reason: " ".into(), by: code("ann"), role: Role::Waiter };
    ordered().when(FloorCommand::AskApproval(unsaid)).refuses(Reject::BadText);
}

#[test]
fn yes_does_the_act_in_the_same_decision_in_the_name_of_both() {
    let story = asked().at(3).when(give(P1, "bob", Role::Manager)).records([
        LineComped {
            line: L1,
            session: S1,
            amount: Money(3000),
            reason: "等太久".into(),
            by: code("ann"),
            approved_by: Some(code("bob")),
            at: at(3).at,
        }
        .into(),
        ApprovalGiven { approval: P1, by: code("bob"), at: at(3).at }.into(),
    ]);
    assert_eq!(story.balance(S1), Money(0));
    assert!(story.floor.approvals[&P1].answer.as_ref().unwrap().yes);
}

#[test]
fn every_guarded_act_can_be_asked_for_and_is_done() {
    let fees = Fees { service_charge: true, ..Fees::default() };
    let open = FloorCommand::OpenShift { shift: H1, till: "收银1".into(), float: Money(500), by: code("ann") };
    let acts = [
        (VOID, "LineVoided"),
        (COMP, "LineComped"),
        (Guarded::Reprice { session: S1, line: L1, amount: Money(1) }, "LineRepriced"),
        (Guarded::Discount { session: S1, discount: percent(5000) }, "CheckDiscounted"),
        (Guarded::WaiveFees { session: S1, fees }, "FeesWaived"),
        (Guarded::CashOut { shift: H1, entry: CashMoveId(1), amount: Money(500) }, "CashMoved"),
    ];
    for (act, kind) in acts {
        let story = ordered().and([open.clone(), ask_for(P1, act)]);
        story.when(give(P1, "bob", Role::Manager)).records_kinds([kind, "ApprovalGiven"]);
    }
}

#[test]
fn whoever_asked_and_whoever_may_not_cannot_say_yes() {
    for (by, role) in
        [("ann", Role::Manager), ("ann", Role::Owner), ("cat", Role::Waiter), ("cat", Role::Cashier), ("cat", Role::Lead)]
    {
        let story = asked().when(give(P1, by, role)).refuses(Reject::ApproverNotAllowed);
        assert!(story.floor.approvals[&P1].answer.is_none(), "it still waits for somebody who may");
    }
    // A fired line may be taken off with a lead's word; a dish for nothing is more than a lead lets go.
    ordered().and([ask_for(P1, VOID)]).when(give(P1, "cat", Role::Lead)).records_kinds(["LineVoided", "ApprovalGiven"]);
}

#[test]
fn no_leaves_everything_as_it_is_and_says_why() {
    let story = asked().and([refuse(P1, "bob")]);
    let answer = story.floor.approvals[&P1].answer.clone().unwrap();
    assert_eq!((answer.yes, answer.reason.as_deref(), story.balance(S1)), (false, Some("不行"), Money(3000)));
    story.when(give(P1, "bob", Role::Manager)).refuses(Reject::ApprovalAnswered);
}

#[test]
fn whoever_asked_may_take_it_back() {
    asked().when(refuse(P1, "ann")).records_kinds(["ApprovalRefused"]);
}

#[test]
fn an_answer_is_given_once() {
    let given = asked().and([give(P1, "bob", Role::Manager)]);
    let given = given.when(give(P1, "bob", Role::Manager)).refuses(Reject::ApprovalAnswered);
    given.when(refuse(P1, "bob")).refuses(Reject::ApprovalAnswered);
    asked().when(give(P2, "bob", Role::Manager)).refuses(Reject::ApprovalUnknown);
    asked().when(refuse(P2, "bob")).refuses(Reject::ApprovalUnknown);
}

#[test]
fn of_two_managers_at_once_one_is_too_late() {
    let story = asked();
    let first = story.clone().and([give(P1, "bob", Role::Manager)]);
    first.when(give(P1, "mia", Role::Owner)).refuses(Reject::ApprovalAnswered);
    story.and([refuse(P1, "mia")]).when(give(P1, "bob", Role::Manager)).refuses(Reject::ApprovalAnswered);
}

#[test]
fn what_two_asked_for_is_done_once() {
    let story = asked().and([ask_for(P2, COMP), give(P1, "bob", Role::Manager)]);
    // The second word finds it done, and is taken as read.
    let story = story.when(give(P2, "bob", Role::Manager)).records_kinds(["ApprovalGiven"]);
    assert_eq!(story.balance(S1), Money(0));
}

#[test]
fn what_has_become_impossible_meanwhile_is_refused_and_still_waits() {
    let story = asked().and([cash(1, S1, 3000, None)]);
    let story = story.when(give(P1, "bob", Role::Manager)).refuses(Reject::LinePaid);
    assert!(story.floor.approvals[&P1].answer.is_none());
    let done = asked().and([comp(L1, with_bob())]);
    done.when(give(P1, "bob", Role::Manager)).records_kinds(["ApprovalGiven"]);
}

#[test]
fn an_unanswered_wish_outlives_the_day_and_an_answered_one_does_not() {
    let story = asked().and([ask_for(P2, VOID), refuse(P2, "bob"), sign_and_close_day(), FloorCommand::OpenDay]);
    assert_eq!(story.floor.approvals.keys().collect::<Vec<_>>(), [&P1]);
}
