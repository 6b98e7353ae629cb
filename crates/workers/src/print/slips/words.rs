//! What the house calls things on paper.

use super::scene::Scene;
use domain::floor::{RemakeCause, Way};
use domain::menu::Allergen;

impl Scene {
    pub(super) fn way(&self, way: Way) -> &'static str {
        match way {
            Way::WechatJsapi | Way::WechatNative | Way::WechatH5 | Way::WechatCode => self.pick("微信支付", "WeChat Pay"),
            Way::AlipayApp | Way::AlipayQr | Way::AlipayWap | Way::AlipayCode => self.pick("支付宝", "Alipay"),
            Way::Cash => self.pick("现金", "Cash"),
            Way::Card => self.pick("刷卡", "Card"),
            Way::HouseAccount => self.pick("挂账", "House account"),
            Way::MemberBalance => self.pick("会员余额", "Member balance"),
        }
    }

    pub(super) fn cause(&self, cause: RemakeCause) -> &'static str {
        match cause {
            RemakeCause::WrongDish => self.pick("做错菜", "Wrong dish"),
            RemakeCause::WrongOptions => self.pick("做法不对", "Wrong options"),
            RemakeCause::ForeignBody => self.pick("有异物", "Foreign body"),
            RemakeCause::Undercooked => self.pick("没熟", "Undercooked"),
            RemakeCause::Cold => self.pick("凉了", "Cold"),
            RemakeCause::Dropped => self.pick("打翻了", "Dropped"),
            RemakeCause::WrongTable => self.pick("上错桌", "Wrong table"),
            RemakeCause::Taste => self.pick("口味不满意", "Taste"),
            RemakeCause::Other => self.pick("其他", "Other"),
        }
    }

    pub(super) fn allergen(&self, allergen: Allergen) -> &'static str {
        match allergen {
            Allergen::Peanut => self.pick("花生", "Peanut"),
            Allergen::Nuts => self.pick("坚果", "Nuts"),
            Allergen::Gluten => self.pick("麸质", "Gluten"),
            Allergen::Egg => self.pick("蛋", "Egg"),
            Allergen::Milk => self.pick("奶", "Milk"),
            Allergen::Soy => self.pick("大豆", "Soy"),
            Allergen::Fish => self.pick("鱼", "Fish"),
            Allergen::Shellfish => self.pick("甲壳类", "Shellfish"),
            Allergen::Sesame => self.pick("芝麻", "Sesame"),
            Allergen::Celery => self.pick("芹菜", "Celery"),
            Allergen::Mustard => self.pick("芥末", "Mustard"),
            Allergen::Alcohol => self.pick("酒精", "Alcohol"),
        }
    }

    pub(super) fn course(&self, course: u8) -> String {
        format!("{}{course}{}", self.pick("第", "Course "), self.pick("道", ""))
    }

    /// How much of something: a weight where it is weighed.
    pub(super) fn quantity(&self, portions: u32, weight_g: Option<u32>) -> String {
        match (weight_g, portions) {
            (Some(grams), 1) => format!("{grams} g"),
            (Some(grams), portions) => format!("{grams} g ×{portions}"),
            (None, portions) => format!("×{portions}"),
        }
    }

    /// Several notes as one; none for nothing.
    pub(super) fn joined(&self, notes: Vec<String>) -> Option<String> {
        let notes: Vec<String> = notes.into_iter().filter(|note| !note.trim().is_empty()).collect();
        (!notes.is_empty()).then(|| notes.join(self.pick("；", "; ")))
    }
}
