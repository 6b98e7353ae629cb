//! What goes on slips, as plain text: already in the house's language, money and times already written out.
//!
//! `copy` is 0 the first time a slip is printed and counts up with every further print; the layout marks such copies 补打 by itself.

/// Anything that can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slip {
    Kitchen(KitchenSlip),
    Bill(BillSlip),
    Figures(FiguresSlip),
    Queue(QueueSlip),
    Test(TestSlip),
}

impl Slip {
    /// Which print this is: 0 is the first. A test slip has no copies; it says nothing anybody could act on twice.
    pub fn copy(&self) -> u32 {
        match self {
            Slip::Kitchen(slip) => slip.copy,
            Slip::Bill(slip) => slip.copy,
            Slip::Figures(slip) => slip.copy,
            Slip::Queue(slip) => slip.copy,
            Slip::Test(_) => 0,
        }
    }
}

/// Why the kitchen gets a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KitchenKind {
    /// To be cooked.
    New,
    /// Not to be cooked any more 退菜.
    Void,
    /// Something about it has changed: the table, the notes.
    Change,
    /// To be cooked once more 重做.
    Remake,
    /// Somebody is waiting 催菜.
    Rush,
    /// It didn't reach its station; printed elsewhere for a person to carry over.
    Escalated,
}

/// A kitchen ticket 厨打单.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitchenSlip {
    pub kind: KitchenKind,
    pub table: String,
    /// What people call the order by.
    pub number: String,
    pub station: String,
    /// How many guests; 0 is left out.
    pub covers: u16,
    /// Which time the table orders, from 1; 0 is left out.
    pub round: u32,
    pub course: Option<String>,
    pub at: String,
    pub by: String,
    pub lines: Vec<SlipLine>,
    pub note: Option<String>,
    /// Old and new, as "A1 → A5".
    pub change: Option<String>,
    /// Bumps the ticket when scanned.
    pub code: Option<String>,
    pub copy: u32,
}

/// A dish on a kitchen ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipLine {
    /// "×2" or "650 g".
    pub quantity: String,
    pub name: String,
    /// The name in the kitchen's other language.
    pub second_name: Option<String>,
    pub size: Option<String>,
    pub options: Vec<SlipOption>,
    /// The set this dish came with.
    pub of_set: Option<String>,
    pub seat: Option<String>,
    pub note: Option<String>,
    pub allergens: Vec<String>,
    /// No longer wanted. On a void without any such line, all of them are.
    pub struck: bool,
}

/// How a dish is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipOption {
    pub text: String,
    /// Must not be in it 忌口: printed so that it can't be overlooked.
    pub avoid: bool,
}

/// Before or after paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillKind {
    /// To look over before paying 预结单.
    PreBill,
    /// After paying 结账单.
    Receipt,
}

/// A bill for the guests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillSlip {
    pub kind: BillKind,
    pub house: String,
    pub table: String,
    pub number: String,
    /// How many guests; 0 is left out.
    pub covers: u16,
    pub opened: String,
    pub printed: String,
    pub by: String,
    pub lines: Vec<BillLine>,
    pub sums: Vec<SumLine>,
    pub tenders: Vec<SumLine>,
    /// Payment code, invoice code.
    pub codes: Vec<SlipCode>,
    pub footer: Vec<String>,
    pub copy: u32,
}

/// A row of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    pub name: String,
    pub quantity: String,
    pub amount: String,
    pub remark: Option<String>,
}

/// A sum below the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumLine {
    pub label: String,
    pub amount: String,
    pub strong: bool,
}

/// Something to scan, with the words above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipCode {
    pub label: String,
    pub data: String,
}

/// Figures to keep and sign: shifts, business days, cash movements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiguresSlip {
    pub title: String,
    pub subtitle: Vec<String>,
    pub rows: Vec<Row>,
    /// Who signs; each gets a line to sign on.
    pub sign: Vec<String>,
    pub copy: u32,
}

/// A figure and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    pub value: String,
    pub strong: bool,
    pub rule_before: bool,
}

/// A number for a waiting party 排队号.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSlip {
    pub house: String,
    pub number: String,
    pub covers: String,
    /// How many wait before this party.
    pub ahead: String,
    pub at: String,
    pub code: Option<SlipCode>,
    pub copy: u32,
}

/// Shows what a printer can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSlip {
    pub printer: String,
    pub at: String,
}
