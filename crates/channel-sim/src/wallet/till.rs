//! The code a person shows at the till; its last four digits decide what they do once it is scanned.

use std::{fmt::Write, sync::Arc};

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;

use super::page::{Words, channel, colour, tab, words};
use crate::{crypto::random_text, faults::Which, sim::Sim};

/// What the person does: the digits, and how to say it. No digits of its own: an ordinary code.
const CHOICES: [(&str, &str, &str); 10] = [
    ("", "直接支付", "pay at once"),
    ("8801", "输入密码后支付", "am asked for the password and pay"),
    ("8802", "要输密码，放弃了", "am asked for the password and give up"),
    ("8803", "要输密码，一直不理", "am asked for the password and do nothing"),
    ("8804", "余额不足", "have too little money"),
    ("8805", "付款码已过期", "have shown an old code"),
    ("8806", "显示失败，钱却扣了", "am told it failed, though the money is gone"),
    ("8807", "银行出错，过后扣款", "see a bank error, and the bank pays later"),
    ("8808", "已支付，收银台只见系统错误", "have paid, but the till sees a system error"),
    ("8809", "没有支付，收银台只见系统错误", "have not paid, and the till sees a system error"),
];

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    lang: Option<String>,
    channel: Option<Which>,
    does: Option<String>,
}

pub(super) async fn show(State(_sim): State<Arc<Sim>>, Query(choice): Query<Choice>, headers: HeaderMap) -> Response {
    let words = words(choice.lang.as_deref(), &headers);
    let does = choice.does.as_deref().unwrap_or("");
    // Only what is on the list goes on the page.
    let chosen = CHOICES.iter().find(|(digits, ..)| *digits == does).map_or("", |(digits, ..)| digits);
    let (head, shown) = match choice.channel {
        Some(which) => {
            let again = format!("/wallet/till?lang={}&amp;channel={}&amp;does={chosen}", words.lang, colour(which));
            let refresh = format!("<meta http-equiv=refresh content=\"60;url={again}\">");
            (refresh, code_block(words, which, &code(which, chosen)))
        }
        None => Default::default(),
    };
    tab(words, 1, &head, &format!("{shown}{}", form(words, chosen)))
}

fn form(words: &Words, chosen: &str) -> String {
    let mut options = String::new();
    for (digits, zh, en) in CHOICES {
        let text = if words.lang == "en" { en } else { zh };
        let selected = if digits == chosen { " selected" } else { "" };
        // Writing to a string does not fail.
        let _ = write!(options, "<option value=\"{digits}\"{selected}>{text}</option>");
    }
    let buttons: String = [Which::Wechat, Which::Alipay]
        .map(|which| {
            format!(
                "<button name=channel value={class} class={class}>{show} · {name}</button>",
                class = colour(which),
                show = words.show_code,
                name = channel(words, which)
            )
        })
        .concat();
    format!(
        "<form action=/wallet/till><input type=hidden name=lang value={}>\
         <label>{}<select name=does>{options}</select></label>{buttons}</form>",
        words.lang, words.i_will
    )
}

/// 18 digits, as both wallets have.
fn code(which: Which, ending: &str) -> String {
    let random = random_text(32).unwrap_or_default();
    let digits: String = random.bytes().map(|b| char::from(b'0' + b % 10)).take(12).collect();
    let prefix = match which {
        Which::Wechat => "13",
        Which::Alipay => "28",
    };
    // Four digits that mean nothing.
    let ending = if ending.is_empty() { "6666" } else { ending };
    format!("{prefix}{digits}{ending}")
}

fn code_block(words: &Words, which: Which, code: &str) -> String {
    let grouped: Vec<&str> = [(0, 4), (4, 8), (8, 12), (12, 18)].iter().filter_map(|(a, b)| code.get(*a..*b)).collect();
    format!(
        "<div class=code><p class=quiet>{}</p><div class=bars>{}</div><p class=digits data-code={code}>{}</p>{}<p class=quiet>{}</p></div>",
        channel(words, which),
        bars(code),
        grouped.join(" "),
        square(code),
        words.code_note
    )
}

/// The digits as a QR code.
fn square(code: &str) -> String {
    let Ok(drawn) = qrcode::QrCode::new(code.as_bytes()) else {
        return String::new();
    };
    let svg = drawn.render::<qrcode::render::svg::Color>().quiet_zone(true).build();
    // Inside HTML the declaration would be an error.
    svg.split_once("?>").map_or(svg.clone(), |(_, rest)| rest.to_owned())
}

/// Code 128, set C: two digits a bar group.
fn bars(code: &str) -> String {
    let values: Vec<usize> =
        code.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |n, b| n * 10 + usize::from(b - b'0'))).collect();
    let sum = values.iter().enumerate().map(|(i, value)| (i + 1) * value).sum::<usize>();
    let symbols = std::iter::once(105).chain(values.iter().copied()).chain([(105 + sum) % 103, 106]);
    let (mut x, mut rects) = (10, String::new());
    for symbol in symbols {
        for (i, width) in PATTERNS[symbol].bytes().map(|b| usize::from(b - b'0')).enumerate() {
            if i % 2 == 0 {
                let _ = write!(rects, "<rect x={x} width={width} height=60 />");
            }
            x += width;
        }
    }
    format!("<svg viewBox=\"0 0 {} 60\" preserveAspectRatio=none role=img aria-label={code}>{rects}</svg>", x + 10)
}

/// The widths of bars and gaps of every Code 128 symbol; 105 starts set C, 106 stops.
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212",
    "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
    "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
    "313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212",
    "124112", "124211", "411212", "421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
    "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_18_digits_and_its_ending() {
        for (which, ending) in [(Which::Wechat, ""), (Which::Alipay, "8802")] {
            let code = code(which, ending);
            assert!(code.len() == 18 && code.bytes().all(|b| b.is_ascii_digit()) && code.ends_with(ending), "{code}");
        }
    }

    #[test]
    fn every_symbol_is_eleven_wide_and_the_stop_thirteen() {
        let wide = |pattern: &str| pattern.bytes().map(|b| b - b'0').sum::<u8>();
        assert!(PATTERNS[..106].iter().all(|pattern| wide(pattern) == 11));
        assert_eq!(wide(PATTERNS[106]), 13);
    }
}
