//! Bills before paying (预结单) and receipts (结账单): the check, line by line, to the fen.

use super::scene::Scene;
use domain::floor::{Floor, Line, Order, OrderState, Session};
use domain::{Money, SessionId};
use print::slip::{BillKind, BillLine, BillSlip, SlipCode, SumLine};

/// The bill to look over before paying, with a code to pay it by.
pub(super) fn before(scene: &Scene, floor: &Floor, session: SessionId, code: Option<String>) -> Option<BillSlip> {
    let mut slip = slip(scene, floor, session, BillKind::PreBill)?;
    let label = scene.pick("扫码付款", "Scan to pay").to_owned();
    slip.codes.extend(code.map(|data| SlipCode { label, data }));
    Some(slip)
}

/// The receipt.
pub(super) fn after(scene: &Scene, floor: &Floor, session: SessionId) -> Option<BillSlip> {
    let mut slip = slip(scene, floor, session, BillKind::Receipt)?;
    slip.footer.push(scene.pick("谢谢光临", "Thank you").to_owned());
    Some(slip)
}

fn slip(scene: &Scene, floor: &Floor, session: SessionId, kind: BillKind) -> Option<BillSlip> {
    let party = floor.sessions.get(&session)?;
    let orders: Vec<&Order> = party.orders.iter().filter_map(|id| floor.orders.get(id)).filter(|order| is_owed(order)).collect();
    Some(BillSlip {
        kind,
        house: scene.text(&scene.known.house.name),
        table: party.table_names(),
        number: number(&orders, session),
        covers: party.seats_taken(),
        opened: scene.date_time(party.opened_at),
        printed: scene.date_time(scene.now),
        by: scene.asked_by.clone(),
        lines: orders.iter().flat_map(|order| order.live_lines()).map(|line| bill_line(scene, line)).collect(),
        sums: sums(scene, floor, party),
        tenders: tenders(scene, floor, party),
        codes: Vec::new(),
        footer: Vec::new(),
        copy: scene.copy,
    })
}

/// It stands on the check.
fn is_owed(order: &Order) -> bool {
    match order.state {
        OrderState::AwaitingPayment | OrderState::Released { .. } => true,
        OrderState::AwaitingNod { .. } | OrderState::Ended { .. } => false,
    }
}

/// The number of the only order; of several, enough of the party's id to find the check again.
fn number(orders: &[&Order], session: SessionId) -> String {
    match orders {
        [only] => only.number.clone(),
        [] | [_, ..] => session.to_string().chars().take(8).collect::<String>().to_uppercase(),
    }
}

fn bill_line(scene: &Scene, line: &Line) -> BillLine {
    let size = line.variant.as_ref().map(|size| format!("({})", scene.text(size))).unwrap_or_default();
    let options = line.options.iter().map(|option| match option.quantity {
        0 | 1 => scene.text(&option.name),
        times => format!("{} ×{times}", scene.text(&option.name)),
    });
    let mut remarks: Vec<String> = options.collect();
    if line.comped.is_some() {
        remarks.push(format!("{} {}", scene.pick("赠菜，原价", "Given away, was"), scene.amount(line.amount)));
    } else if let Some(repriced) = &line.repriced {
        remarks.push(format!("{} {}", scene.pick("原价", "was"), scene.amount(repriced.was)));
    }
    if line.needs_weight() {
        remarks.push(scene.pick("待称重", "to be weighed").to_owned());
    }
    let given = if line.comped.is_some() { scene.pick("【赠】", "[gift] ") } else { "" };
    BillLine {
        name: format!("{given}{}{size}", scene.text(&line.name)),
        quantity: scene.quantity(u32::from(line.quantity), line.weight_g),
        amount: scene.amount(line.owed()),
        remark: scene.joined(remarks),
    }
}

/// What the check is made of; what is nothing is left out.
fn sums(scene: &Scene, floor: &Floor, party: &Session) -> Vec<SumLine> {
    let charges = floor.charges(party);
    let parts = [
        (scene.pick("菜品小计", "Dishes"), charges.eaten),
        (scene.pick("折扣", "Discount"), -charges.discount),
        (scene.pick("低消差额", "To the minimum spend"), charges.shortfall),
        (scene.pick("服务费", "Service charge"), charges.service_charge),
        (scene.pick("茶位费", "Seat fee"), charges.seat_fee),
        (scene.pick("减免", "Let go"), -party.allowance()),
    ];
    let sums = parts.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(label, amount)| sum(scene, label, amount));
    let total = SumLine { strong: true, ..sum(scene, scene.pick("合计", "Total"), floor.total(party)) };
    sums.chain([total]).collect()
}

/// What has come and gone back, and what is still to be paid.
fn tenders(scene: &Scene, floor: &Floor, party: &Session) -> Vec<SumLine> {
    let mut lines = Vec::new();
    for tender in &party.tenders {
        let label = match &tender.reference {
            Some(reference) => format!("{} {reference}", scene.way(tender.way)),
            None => scene.way(tender.way).to_owned(),
        };
        lines.push(sum(scene, &label, tender.amount - tender.rounded_off));
        lines.push(sum(scene, scene.pick("抹零", "Rounded off"), tender.rounded_off));
        lines.push(sum(scene, scene.pick("小费", "Tip"), tender.tip));
    }
    for refund in party.refunds.values() {
        let state =
            if refund.paid_at.is_some() { scene.pick("退款", "Refund") } else { scene.pick("退款中", "Refund under way") };
        lines.push(sum(scene, &format!("{state} {}", scene.way(refund.way)), -refund.amount));
    }
    let nothing = scene.money(Money::ZERO);
    lines.retain(|line| line.amount != nothing);
    let due = floor.due(party);
    if due.is_positive() && !lines.is_empty() {
        lines.push(SumLine { strong: true, ..sum(scene, scene.pick("待付", "Due"), due) });
    } else if due < Money::ZERO {
        lines.push(SumLine { strong: true, ..sum(scene, scene.pick("多收待退", "To be given back"), -due) });
    }
    lines
}

fn sum(scene: &Scene, label: &str, amount: Money) -> SumLine {
    SumLine { label: label.to_owned(), amount: scene.money(amount), strong: false }
}
