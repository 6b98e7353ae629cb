//! Single cells: from what a person typed to a value, or a reason in both languages.

use domain::menu::{Allergen, Charge, OptionKind, PotRole};
use domain::money::LARGEST;
use domain::text::is_plain;
use domain::{LocalMinute, Money, Text};

pub(crate) const LONGEST_NAME: usize = 60;
pub(crate) const LONGEST_DESCRIPTION: usize = 200;
pub(crate) const LONGEST_CODE: usize = 12;

/// Reads a price in yuan (or dollars): digits, and at most two decimals.
pub(crate) fn money(text: &str) -> Result<Money, Text> {
    let wrong = || {
        Text::new(
            "价格须为数字，最多两位小数，如 38 或 38.50",
            "a price is digits with at most two decimals, such as 38 or 38.50",
        )
    };
    let too_dear = || Text::new("价格超过上限", "the price is larger than any check may be");
    let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(cents) || cents.len() > 2 {
        return Err(wrong());
    }
    if whole.len() > 10 {
        return Err(too_dear());
    }
    let tens = if cents.len() == 1 { 10 } else { 1 };
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let cents: i64 = cents.parse().map_err(|_| wrong())?;
    let money = Money(whole * 100 + cents * tens);
    if money > LARGEST { Err(too_dear()) } else { Ok(money) }
}

/// Writes a price as [`money`] reads it.
pub(crate) fn money_text(money: Money) -> String {
    let (whole, cents) = (money.0.div_euclid(100), money.0.rem_euclid(100));
    if cents == 0 { whole.to_string() } else { format!("{whole}.{cents:02}") }
}

/// Reads a count from `least` to `most`.
pub(crate) fn count(text: &str, least: u32, most: u32) -> Result<u32, Text> {
    let wrong = || Text::new(format!("须为 {least} 到 {most} 的整数"), format!("this is a whole number from {least} to {most}"));
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    let number = if plain { text.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    if (least..=most).contains(&number) { Ok(number) } else { Err(wrong()) }
}

/// Reads a time of day such as `11:00`; 24:00 is the end of the day.
pub(crate) fn minute(text: &str) -> Result<LocalMinute, Text> {
    let wrong = || Text::new("时间须写作 11:00", "a time is written as 11:00");
    let text = text.replace('：', ":");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    if minutes.len() != 2 || hours.len() > 2 {
        return Err(wrong());
    }
    let hours = count(hours, 0, 24).map_err(|_| wrong())?;
    let minutes = count(minutes, 0, 59).map_err(|_| wrong())?;
    let minute = hours * 60 + minutes;
    let minute = u16::try_from(minute).map_err(|_| wrong())?;
    if minute > 1440 { Err(wrong()) } else { Ok(LocalMinute(minute)) }
}

/// Writes a time of day as [`minute`] reads it.
pub(crate) fn minute_text(minute: LocalMinute) -> String {
    format!("{:02}:{:02}", minute.0 / 60, minute.0 % 60)
}

/// Reads yes or no.
pub(crate) fn yes(text: &str) -> Result<bool, Text> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "是" | "√" => Ok(true),
        "no" | "n" | "false" | "0" | "否" | "" => Ok(false),
        _ => Err(Text::new("须为 是/否（yes/no）", "this is yes or no")),
    }
}

/// Checks words that will be shown and printed.
pub(crate) fn words(text: &str, longest: usize) -> Result<String, Text> {
    if is_plain(text, longest) {
        return Ok(text.to_owned());
    }
    Err(Text::new(
        format!("最多 {longest} 个字，且不能有换行或不可见字符"),
        format!("at most {longest} characters, without line breaks or hidden characters"),
    ))
}

/// Checks the name of a picture file; it can't lead out of its folder.
pub(crate) fn image(text: &str) -> Result<String, Text> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if plain && text.len() <= 80 && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err(Text::new("图片须为文件名，只含字母、数字、. - _", "a picture is a file name of letters, digits, . - and _"))
}

/// Reads how a dish is charged.
pub(crate) fn charge(text: &str) -> Result<Charge, Text> {
    match text.to_lowercase().as_str() {
        "" | "item" | "按份" => Ok(Charge::Item),
        "weight" | "按重量" | "称重" => Ok(Charge::Weight),
        "cover" | "按人" | "按位" => Ok(Charge::Cover),
        _ => Err(Text::new("须为 item、weight 或 cover", "this is item, weight or cover")),
    }
}

pub(crate) fn charge_text(charge: Charge) -> &'static str {
    match charge {
        Charge::Item => "",
        Charge::Weight => "weight",
        Charge::Cover => "cover",
    }
}

/// Reads what a dish is to a hot pot.
pub(crate) fn pot(text: &str) -> Result<PotRole, Text> {
    match text.to_lowercase().as_str() {
        "" => Ok(PotRole::None),
        "soup" | "锅底" => Ok(PotRole::Soup),
        "for_pot" | "涮菜" => Ok(PotRole::ForPot),
        _ => Err(Text::new("须为 soup 或 for_pot，或留空", "this is soup or for_pot, or blank")),
    }
}

pub(crate) fn pot_text(pot: PotRole) -> &'static str {
    match pot {
        PotRole::None => "",
        PotRole::Soup => "soup",
        PotRole::ForPot => "for_pot",
    }
}

/// Reads what an option group is about.
pub(crate) fn kind(text: &str) -> Result<OptionKind, Text> {
    match text.to_lowercase().as_str() {
        "" | "other" | "其他" => Ok(OptionKind::Other),
        "method" | "做法" => Ok(OptionKind::Method),
        "extra" | "加料" => Ok(OptionKind::Extra),
        "avoid" | "忌口" => Ok(OptionKind::Avoid),
        "soup" | "锅底" => Ok(OptionKind::Soup),
        _ => Err(Text::new("须为 method、extra、avoid、soup 或 other", "this is method, extra, avoid, soup or other")),
    }
}

pub(crate) fn kind_text(kind: OptionKind) -> &'static str {
    match kind {
        OptionKind::Method => "method",
        OptionKind::Extra => "extra",
        OptionKind::Avoid => "avoid",
        OptionKind::Soup => "soup",
        OptionKind::Other => "other",
    }
}

const ALLERGENS: [(Allergen, &str, &str); 12] = [
    (Allergen::Peanut, "peanut", "花生"),
    (Allergen::Nuts, "nuts", "坚果"),
    (Allergen::Gluten, "gluten", "麸质"),
    (Allergen::Egg, "egg", "蛋"),
    (Allergen::Milk, "milk", "奶"),
    (Allergen::Soy, "soy", "大豆"),
    (Allergen::Fish, "fish", "鱼"),
    (Allergen::Shellfish, "shellfish", "甲壳类"),
    (Allergen::Sesame, "sesame", "芝麻"),
    (Allergen::Celery, "celery", "芹菜"),
    (Allergen::Mustard, "mustard", "芥末"),
    (Allergen::Alcohol, "alcohol", "酒精"),
];

/// Reads one allergen.
pub(crate) fn allergen(text: &str) -> Result<Allergen, Text> {
    let found = ALLERGENS.iter().find(|(_, en, zh)| text.eq_ignore_ascii_case(en) || text == *zh);
    found.map(|(allergen, ..)| *allergen).ok_or_else(|| {
        let all =
            |pick: fn(&(Allergen, &'static str, &'static str)) -> &'static str| ALLERGENS.iter().map(pick).collect::<Vec<_>>();
        Text::new(
            format!("“{text}”不是过敏原；可写：{}", all(|a| a.2).join(" ")),
            format!("\"{text}\" is none of: {}", all(|a| a.1).join(" ")),
        )
    })
}

pub(crate) fn allergen_text(allergen: Allergen) -> &'static str {
    ALLERGENS.iter().find(|(known, ..)| *known == allergen).map_or("", |(_, en, _)| en)
}

/// The parts of a list, separated by spaces, commas or semicolons of either script.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；')).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_to_the_fen() {
        for (text, fen) in
            [("38", 3800), ("38.5", 3850), ("38.50", 3850), ("0.01", 1), ("0", 0), ("10000000", 1_000_000_000), ("007.10", 710)]
        {
            assert_eq!(money(text), Ok(Money(fen)), "{text}");
        }
        for text in [
            "",
            ".",
            "38.",
            ".5",
            "38.005",
            "-1",
            "+1",
            "1e3",
            "3 8",
            "３８",
            "38元",
            "¥38",
            "10000000.01",
            "99999999999999999999",
            "NaN",
            "1,000",
        ] {
            assert!(money(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_price_is_written_as_it_is_read() {
        for fen in [0, 1, 9, 10, 99, 100, 101, 110, 3800, 3805, 3850, 999_999_999] {
            assert_eq!(money(&money_text(Money(fen))), Ok(Money(fen)));
        }
    }

    #[test]
    fn times_of_day_lie_within_a_day() {
        assert_eq!(minute("11:00"), Ok(LocalMinute(660)));
        assert_eq!(minute("9：05"), Ok(LocalMinute(545)));
        assert_eq!(minute("24:00"), Ok(LocalMinute(1440)));
        for text in ["", "11", "25:00", "24:01", "11:60", "11:5", "-1:00", "11:00:00", "noon"] {
            assert!(minute(text).is_err(), "{text}");
        }
    }
}
