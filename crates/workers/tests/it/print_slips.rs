//! What stands on the slips.

use crate::print_house::*;
use domain::catalog::Role;
use domain::floor::{Direction, Discount, FloorCommand, Hand, PrintState, RemakeCause, Slip, TakeCash};
use domain::{CashMoveId, Currency, Money, QueueId, ShiftId, TenderId};

#[tokio::test]
async fn complaint_30_every_station_gets_its_own_dishes_with_every_wish() {
    let room = Room::open().await;
    let wishes = vec![ONE_CHICKEN.times(2).with(&["mild", "no-coriander"]).noted("儿童吃").at(1, 3), ONE_CUCUMBER.at(2, 1)];
    let (_, lines) = room.order_at_new_table(wishes).await;
    let (hot, cold) = (room.slips("hot", 1).await.remove(0), room.slips("cold", 1).await.remove(0));
    for words in ["热菜", "A1", "×2 宫保鸡丁", "少辣", "香菜", "儿童吃", "花生", "座位: 3", "第1道", "快点", "12:00", "2人"]
    {
        assert!(hot.contains(words), "{words} is not in {hot}");
    }
    assert!(!hot.contains("拍黄瓜") && cold.contains("×1 拍黄瓜") && cold.contains("第2道"), "{cold}");
    assert!(!hot.contains("补打") && !hot.contains("请转交"));
    room.until_quiet().await;
    assert!(room.is_seen(lines[0]) && room.is_seen(lines[1]), "a confirmed slip counts as seen");
}

#[tokio::test]
async fn complaint_30_voids_rushes_remakes_and_moves_reach_the_same_paper() {
    let room = Room::open().await;
    let (session, lines) = room.order_at_new_table(vec![ONE_CHICKEN.at(1, 1), ONE_CHICKEN.noted("打包")]).await;
    room.slips("hot", 1).await;
    room.until_quiet().await;
    let (line, other) = (lines[0], lines[1]);
    room.floor(FloorCommand::RushLine { session, line }).await;
    let rush = room.slips("hot", 2).await.remove(1);
    assert!(rush.contains("催菜") && rush.contains("第1次催") && rush.contains("宫保鸡丁"), "{rush}");
    room.floor(FloorCommand::MoveParty { session, to: "t8".parse().unwrap(), by: ann() }).await;
    let change = room.slips("hot", 3).await.remove(2);
    assert!(change.contains("变更") && change.contains("A1 → A9"), "{change}");
    let cause = RemakeCause::ForeignBody;
    room.floor(FloorCommand::RemakeItem { item: item(line), cause, note: Some("有头发".to_owned()), by: ann() }).await;
    let remake = room.slips("hot", 4).await.remove(3);
    assert!(remake.contains("重做") && remake.contains("有异物 有头发") && remake.contains("A9"), "{remake}");
    assert!(!remake.contains("补打") && !remake.contains("打包"), "a dish that is cooked again is no copy: {remake}");
    room.floor(FloorCommand::VoidLine { session, line: other, reason: "不要了".to_owned(), hand: hand() }).await;
    let void = room.slips("hot", 5).await.remove(4);
    assert!(void.contains("退菜") && void.contains("退 ×1 宫保鸡丁") && void.contains("不要了"), "{void}");
    room.until_quiet().await;
    assert_eq!(room.jobs(PrintState::Confirmed), 5);
}

#[tokio::test]
async fn a_slip_printed_again_says_so() {
    let room = Room::open().await;
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.slips("hot", 1).await;
    room.until_quiet().await;
    let order = room.store.floor(|floor| floor.lines[&lines[0]]);
    room.print("till", Slip::Kitchen { order, station: "hot".parse().unwrap(), lines }).await;
    let again = room.slips("till", 1).await.remove(0);
    assert!(again.contains("补打 1") && again.contains("请转交") && again.contains("宫保鸡丁"), "{again}");
}

#[tokio::test]
async fn the_receipt_is_the_check_to_the_fen() {
    let room = Room::open_as(|house| house.policy.cash_rounding_fen = 100).await;
    let wishes = vec![ONE_CHICKEN.times(3), ONE_CUCUMBER, ONE_CUCUMBER.noted("重点"), ONE_CUCUMBER];
    let (session, lines) = room.order_at_new_table(wishes).await;
    let reason = || "上慢了".to_owned();
    room.floor(FloorCommand::VoidLine { session, line: lines[1], reason: reason(), hand: hand() }).await;
    let owner = || Hand { by: "owner".parse().unwrap(), role: Role::Owner, approver: None };
    room.floor(FloorCommand::CompLine { session, line: lines[2], reason: reason(), hand: owner() }).await;
    let discount = Some(Discount::Percent(1_150));
    room.floor(FloorCommand::DiscountCheck { session, discount, reason: reason(), hand: owner() }).await;
    room.print("till", Slip::PreBill { session }).await;
    let bill = room.slips("till", 1).await.remove(0);
    let (charges, due) = room.store.floor(|floor| {
        let party = &floor.sessions[&session];
        (floor.charges(party), floor.due(party))
    });
    // 3 × 38.00 and 18.00; 11.5 % off; 10 % service; 2 seats at 2.00.
    assert_eq!((charges.eaten, charges.discount, due), (Money(13_200), Money(1_518), Money(13_250)));
    for row in ["预结单", "单单小馆", "本单不作付款凭证", "扫码付款", "【赠】拍黄瓜", "赠菜，原价 18.00"]
    {
        assert!(bill.contains(row), "{row} is not in {bill}");
    }
    assert!(bill.contains(&format!("[QR: https://house.example/pay/{session}]")), "{bill}");
    let figures =
        [("菜品小计", "￥132.00"), ("折扣", "-￥15.18"), ("服务费", "￥11.68"), ("茶位费", "￥4.00"), ("合计", "￥132.50")];
    for (label, amount) in figures {
        assert!(has_row(&bill, label, amount), "{label} {amount} is not in {bill}");
    }
    assert_eq!(bill.matches("拍黄瓜").count(), 2, "a voided line is not on the bill: {bill}");
    let cash = TakeCash {
        tender: TenderId(room.store.fresh_id()),
        session,
        amount: due,
        received: Money(15_000),
        rounded_off: Money(50),
        order: None,
        share: None,
        tip: Money::ZERO,
        partial: false,
        by: ann(),
    };
    room.floor(FloorCommand::TakeCash(cash)).await;
    room.print("till", Slip::Receipt { session }).await;
    let receipt = room.slips("till", 2).await.remove(1);
    for (label, amount) in figures.into_iter().chain([("现金", "￥132.00"), ("抹零", "￥0.50")]) {
        assert!(has_row(&receipt, label, amount), "{label} {amount} is not in {receipt}");
    }
    assert!(receipt.contains("结账单") && !receipt.contains("待付") && !receipt.contains("QR"), "{receipt}");
    assert!(receipt.contains("2026-11-22 12:00") && receipt.contains("谢谢光临"), "{receipt}");
}

/// A row with this label at its left and this amount at its right.
fn has_row(text: &str, label: &str, amount: &str) -> bool {
    text.lines().any(|row| row.contains(label) && row.trim_end().ends_with(amount))
}

#[tokio::test]
async fn shifts_days_numbers_codes_and_the_drawer() {
    let room = Room::open().await;
    let (shift, entry, session) = (ShiftId(room.store.fresh_id()), QueueId(room.store.fresh_id()), room.sit_down().await);
    room.floor(FloorCommand::OpenShift { shift, till: "till-1".to_owned(), float: Money(50_000), by: ann() }).await;
    room.print("till", Slip::Drawer { shift }).await;
    let till = room.sim.printer("till").unwrap();
    assert!(till.wait_until(SOON, |printer| printer.view().state.drawer_open).await, "the drawer opens");
    room.until_quiet().await;
    assert_eq!(room.count("till"), 0, "and nothing is printed");
    room.floor(FloorCommand::TakeNumber { entry, covers: 3, name: None, by: Some(ann()) }).await;
    room.print("till", Slip::Number { entry }).await;
    let number = room.slips("till", 1).await.remove(0);
    assert!(number.contains("A1") && has_row(&number, "前面等位", "0") && !number.contains("QR"), "{number}");
    room.print("till", Slip::TableCode { session }).await;
    let code = room.slips("till", 2).await.remove(1);
    assert!(code.contains("扫码点餐") && code.contains(&format!("[QR: https://elsewhere.example/t/{session}]")), "{code}");
    let moved = FloorCommand::MoveCash {
        shift,
        entry: CashMoveId(room.store.fresh_id()),
        direction: Direction::Out,
        amount: Money(12_345),
        reason: "买菜".to_owned(),
        hand: hand(),
    };
    room.floor(moved).await;
    room.floor(FloorCommand::CloseShift { shift, counted: Money(37_600), by: ann() }).await;
    room.print("till", Slip::Shift { shift }).await;
    let slip = room.slips("till", 3).await.remove(2);
    let figures =
        [("备用金", "￥500.00"), ("买菜", "-￥123.45"), ("应有现金", "￥376.55"), ("实点现金", "￥376.00"), ("短款", "-￥0.55")];
    for (label, amount) in figures {
        assert!(has_row(&slip, label, amount), "{label} {amount} is not in {slip}");
    }
    assert!(slip.contains("交班单") && slip.contains("收银签字"), "{slip}");
    room.until_quiet().await;
    room.floor(FloorCommand::CloseDay { accept_unmatched: true, by: ann() }).await;
    room.print("till", Slip::Day { number: 1 }).await;
    let day = room.slips("till", 4).await.remove(3);
    assert!(day.contains("日结单") && has_row(&day, "短款", "-￥0.55") && has_row(&day, "应收", "￥0.00"), "{day}");
    room.print("hot", Slip::Test).await;
    assert!(room.slips("hot", 1).await[0].contains("打印测试页"));
}

#[tokio::test]
async fn what_people_write_is_text_and_no_command() {
    let room = Room::open().await;
    room.order_at_new_table(vec![wish("evil", CHICKEN), ONE_CHICKEN]).await;
    let slip = room.slips("hot", 1).await.remove(0);
    assert!(slip.contains("〓") && slip.contains("宫保鸡丁"), "{slip}");
    let printer = room.sim.printer("hot").unwrap();
    let slips = printer.slips();
    assert_eq!((slips[0].drawer, slips[0].buzzer), (0, 1), "{slip}");
    assert_eq!(slip.matches("[CUT]").count(), 1, "{slip}");
    room.until_quiet().await;
    assert_eq!((room.count("hot"), room.jobs(PrintState::Confirmed)), (1, 1));
}

#[tokio::test]
async fn a_house_that_counts_in_dollars_reads_english() {
    let room = Room::open_as(|house| house.currency = Currency::Usd).await;
    let (session, lines) = room.order_at_new_table(vec![ONE_CHICKEN.with(&["no-coriander"])]).await;
    let slip = room.slips("hot", 1).await.remove(0);
    assert!(slip.contains("×1 chicken") && slip.contains("NO no-coriander") && slip.contains("Peanut"), "{slip}");
    room.print("till", Slip::PreBill { session }).await;
    let bill = room.slips("till", 1).await.remove(0);
    assert!(bill.contains("Dandan") && has_row(&bill, "Total", "$45.80"), "{bill}");
    room.until_quiet().await;
    let order = room.store.floor(|floor| floor.lines[&lines[0]]);
    room.print("hot", Slip::Kitchen { order, station: "hot".parse().unwrap(), lines }).await;
    let again = room.slips("hot", 2).await.remove(1);
    assert!(again.contains("补打 1") && again.contains("REPRINT 1"), "{again}");
}
