//! The one table of rights, printed into the documents: a changed line there is a changed right and is read as one.

use crate::table::{tests_dir, updating};
use domain::catalog::{Right, Role};
use std::collections::BTreeSet;
use std::fmt::Write as _;

fn meaning(right: Right) -> &'static str {
    match right {
        Right::Serve => {
            "看桌台、开台、点菜、转台并台、催菜、请求授权 · see the floor, open tables, take orders, move and merge, ask for a second person"
        }
        Right::Charge => "扫顾客付款码、发起线上付款 · scan a wallet, start a payment through a channel",
        Right::Collect => "收现金、刷卡、挂账；开班交班 · take cash, card, account money; open and close a shift",
        Right::Reconcile => "处理异常件、对账 · settle cases, compare bills",
        Right::Refund => "退款 · give money back",
        Right::Correct => "反结账、退回无主款、重试退款 · open a closed check again, send back stray money, retry refunds",
        Right::Cook => "后厨屏：开始、出餐、召回、重做、称重 · the kitchen's screens: start, ready, recall, remake, weigh",
        Right::Direct => "开关档口、补打与改派小票 · open and close stations, print slips again, give them to another printer",
        Right::Approve => {
            "同意别人的退菜、赠菜、改价、打折、免费用、取现金 · say yes to another person's void, comp, price, discount, waiver, cash out"
        }
        Right::Stock => "估清与限量 · sold out, portions left",
        Right::Seat => "预订、排队、锁台、清台 · reservations, the queue, locked and dirty tables",
        Right::Day => "开始与结束营业日、看全部班次 · open and close the day, see all shifts",
        Right::Audit => "查操作记录 · read who did what, where and when",
        Right::Publish => "发布菜单、管理员工与设备 · publish menus, manage people and devices",
    }
}

fn written() -> String {
    let mut text = String::from(
        "# 角色与权限 Roles and rights\n\nThe one table in the program (`crates/domain/src/catalog/rights.rs`), printed by its test (`UPDATE_GOLDEN=1 cargo test -p domain --test it rights`). \
         A diner 顾客 is no role of the staff: a phone at the table sees and orders for its own party, and pays. Guarded acts also need a second person; see the waiter's guide.\n\n",
    );
    let heads: Vec<String> = Role::ALL.iter().map(|role| format!("{role:?}")).collect();
    writeln!(text, "| right | {} | what it allows |", heads.join(" | ")).unwrap();
    writeln!(text, "|--|{}--|", "--|".repeat(heads.len())).unwrap();
    for right in Right::ALL {
        let cells: Vec<&str> = Role::ALL.iter().map(|role| if role.may(right) { "✓" } else { "–" }).collect();
        writeln!(text, "| {right:?} | {} | {} |", cells.join(" | "), meaning(right)).unwrap();
    }
    text
}

#[test]
fn every_role_has_exactly_the_rights_written_down() {
    let (text, path) = (written(), tests_dir().join("../../../docs/roles.md"));
    if updating() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default());
}

#[test]
fn every_right_and_every_role_is_listed_once() {
    assert_eq!(Right::ALL.iter().collect::<BTreeSet<_>>().len(), Right::ALL.len());
    assert_eq!(Role::ALL.iter().collect::<BTreeSet<_>>().len(), Role::ALL.len());
    // A new variant is named here before it compiles, and then counted.
    let place = |right: Right| match right {
        Right::Serve | Right::Charge | Right::Collect | Right::Reconcile | Right::Refund | Right::Correct | Right::Cook => 7,
        Right::Direct | Right::Approve | Right::Stock | Right::Seat | Right::Day | Right::Audit | Right::Publish => 7,
    };
    assert_eq!(Right::ALL.len(), place(Right::Serve) + place(Right::Publish));
}

#[test]
fn each_right_is_somebodys_and_the_owner_has_them_all() {
    for right in Right::ALL {
        assert!(Role::Owner.may(right), "{right:?}");
        assert!(!Role::Support.may(right) || right == Right::Audit, "support changes nothing");
    }
}

#[test]
fn the_roles_of_the_floor_each_may_all_that_the_one_below_may() {
    for (below, above) in
        [(Role::Waiter, Role::Cashier), (Role::Cashier, Role::Lead), (Role::Lead, Role::Manager), (Role::Manager, Role::Owner)]
    {
        for right in Right::ALL {
            assert!(!below.may(right) || above.may(right), "{below:?} may {right:?} and {above:?} may not");
        }
    }
}

#[test]
fn who_moves_money_back_is_not_who_carries_plates() {
    for right in [Right::Refund, Right::Correct, Right::Approve, Right::Day, Right::Audit, Right::Publish] {
        assert!(!Role::Waiter.may(right) && !Role::Kitchen.may(right) && !Role::Cashier.may(right), "{right:?}");
    }
}
