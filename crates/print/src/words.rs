//! The few words slips carry of their own.

use crate::slip::{BillKind, KitchenKind};

/// The house's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Zh,
    En,
}

/// The mark on every print but the first. Chinese in any language: whoever holds the paper must know it is not a new order.
pub const REPRINT: &str = "补打";

impl Lang {
    fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What the mark means, where the house doesn't read Chinese.
    pub(crate) fn reprint_meaning(self) -> Option<&'static str> {
        match self {
            Lang::Zh => None,
            Lang::En => Some("REPRINT"),
        }
    }

    /// The headline of a kitchen slip; a new order needs none.
    pub(crate) fn kitchen(self, kind: KitchenKind) -> Option<&'static str> {
        match kind {
            KitchenKind::New => None,
            KitchenKind::Void => Some(self.pick("退菜", "VOID")),
            KitchenKind::Change => Some(self.pick("变更", "CHANGE")),
            KitchenKind::Remake => Some(self.pick("重做", "REMAKE")),
            KitchenKind::Rush => Some(self.pick("催菜", "RUSH")),
            KitchenKind::Escalated => Some(self.pick("请转交", "TAKE OVER")),
        }
    }

    pub(crate) fn bill(self, kind: BillKind) -> &'static str {
        match kind {
            BillKind::PreBill => self.pick("预结单", "BILL"),
            BillKind::Receipt => self.pick("结账单", "RECEIPT"),
        }
    }

    pub(crate) fn not_proof(self) -> &'static str {
        self.pick("本单不作付款凭证", "Not a proof of payment")
    }

    pub(crate) fn covers(self, covers: u16) -> String {
        match self {
            Lang::Zh => format!("{covers}人"),
            Lang::En if covers == 1 => "1 guest".into(),
            Lang::En => format!("{covers} guests"),
        }
    }

    pub(crate) fn round(self, round: u32) -> String {
        match self {
            Lang::Zh => format!("第{round}轮"),
            Lang::En => format!("Round {round}"),
        }
    }

    /// Before what must not be in a dish.
    pub(crate) fn avoid(self) -> &'static str {
        self.pick("忌", "NO")
    }

    /// Before a dish no longer wanted.
    pub(crate) fn struck(self) -> &'static str {
        self.pick("退", "VOID")
    }

    pub(crate) fn note(self) -> &'static str {
        self.pick("备注", "Note")
    }

    pub(crate) fn set(self) -> &'static str {
        self.pick("套餐", "Set")
    }

    pub(crate) fn seat(self) -> &'static str {
        self.pick("座位", "Seat")
    }

    pub(crate) fn allergens(self) -> &'static str {
        self.pick("过敏原", "Allergens")
    }

    pub(crate) fn list_comma(self) -> &'static str {
        self.pick("、", ", ")
    }

    pub(crate) fn table(self) -> &'static str {
        self.pick("桌台", "Table")
    }

    pub(crate) fn number(self) -> &'static str {
        self.pick("单号", "No.")
    }

    pub(crate) fn guests(self) -> &'static str {
        self.pick("人数", "Guests")
    }

    pub(crate) fn opened(self) -> &'static str {
        self.pick("开台", "Opened")
    }

    pub(crate) fn printed(self) -> &'static str {
        self.pick("打印", "Printed")
    }

    pub(crate) fn by(self) -> &'static str {
        self.pick("经手", "By")
    }

    pub(crate) fn ahead(self) -> &'static str {
        self.pick("前面等位", "Ahead of you")
    }

    pub(crate) fn taken(self) -> &'static str {
        self.pick("取号", "Taken")
    }

    /// In place of a code that can't be drawn.
    pub(crate) fn no_code(self) -> &'static str {
        self.pick("（此处二维码无法打印）", "(this code cannot be printed)")
    }

    pub(crate) fn test_page(self) -> &'static str {
        self.pick("打印测试页", "TEST PAGE")
    }
}
