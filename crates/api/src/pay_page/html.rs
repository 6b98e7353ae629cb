//! Draws the page. Every text that isn't written here is escaped. Addresses are relative: through a cloud the page lies below `/s/{store}/`.

use super::page;
use super::sight::{Sight, Standing};
use super::words::{Note, Words};
use axum::http::StatusCode;
use axum::response::Response;
use domain::floor::Way;
use domain::view::PaymentView;
use domain::{AskId, Currency, Money, ShareId};

/// What the page needs besides the check.
pub(super) struct Frame<'a> {
    pub words: &'static Words,
    pub code: &'a str,
    pub share: Option<ShareId>,
    /// Ways that are up and can be used from there.
    pub ways: Vec<Way>,
    /// Ways that can be used from there, up or not: what was begun elsewhere is finished there.
    pub usable: &'static [Way],
    pub currency: Currency,
    /// The id of the payment this page may start.
    pub next_ask: AskId,
    pub note: Option<Note>,
    /// Go on to the channel at once.
    pub go: bool,
    pub wallet: Option<&'a str>,
    /// Where the cloud shows the receipt of the payment that is under way, while the restaurant is cut off from it.
    pub receipt: Option<String>,
    pub share_code: &'a dyn Fn(ShareId) -> String,
}

/// The page of a code that leads nowhere.
pub(super) fn missing(words: &Words) -> Response {
    let body = format!("<p class=\"big wrong\" role=status>{}</p>", words.gone);
    page(StatusCode::NOT_FOUND, document(words, words.title, "", &body))
}

/// The page of a check.
pub(super) fn draw(frame: &Frame<'_>, sight: &Sight) -> Response {
    let words = frame.words;
    let body = match &sight.standing {
        Standing::Empty => told("quiet", words.empty),
        Standing::Due { amount, shares, failed, .. } => due(frame, *amount, shares, *failed),
        Standing::Waiting(view) => waiting(frame, view),
        Standing::Checking(view) => checking(frame, view, sight.now.since_ms(view.asked_at) / 1000),
        Standing::Paid => format!("{}<p class=quiet>{}</p>", told("right", words.paid), words.thanks),
    };
    let house = if words.lang == "en" { &sight.house.en } else { &sight.house.zh };
    let share = sight.share_name.as_deref().map(|name| format!(" · {}", escape(name))).unwrap_or_default();
    let head = format!("<h1>{}</h1><p class=quiet>{} {}{share}</p>", escape(house), words.table, escape(&sight.table));
    let note = frame.note.map(|note| format!("<p class=note role=alert>{}</p>", words.note(note))).unwrap_or_default();
    let demo = frame.wallet.map(|_| format!("<p class=quiet>{}</p>", words.demo)).unwrap_or_default();
    let attempt = sight.standing.attempt().map(|attempt| format!(" data-attempt={attempt}")).unwrap_or_default();
    let data = format!(" data-key=\"{}\" data-look=\"{}/state\"{attempt}", escape(&sight.key()), escape(frame.code));
    page(StatusCode::OK, document(words, house, &data, &format!("{head}{note}{body}{}{demo}", receipt(frame))))
}

/// While the restaurant is cut off its money is heard of by the cloud alone: a phone with a network of its own gets the proof there.
fn receipt(frame: &Frame<'_>) -> String {
    let Some(url) = &frame.receipt else { return String::new() };
    let words = frame.words;
    format!("<p class=note>{}</p><a class=\"button plain\" href=\"{}\">{}</a>", words.cut_off, escape(url), words.receipt)
}

fn document(words: &Words, title: &str, data: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><link rel=stylesheet href=pay.css><main id=pay{data}>{body}</main><script src=pay.js></script></html>",
        lang = words.lang,
        title = escape(title),
    )
}

fn told(class: &str, text: &str) -> String {
    format!("<p class=\"big {class}\" role=status>{text}</p>")
}

fn due(frame: &Frame<'_>, amount: Money, shares: &[(ShareId, String, Money)], failed: bool) -> String {
    let words = frame.words;
    let failed =
        if failed && frame.note.is_none() { format!("<p class=note role=status>{}</p>", words.failed) } else { String::new() };
    let sum = format!("<p class=quiet>{}</p><p class=sum>{}</p>", words.due, money(frame.currency, amount));
    format!("{failed}{sum}{}{}", buttons(frame, amount), share_list(frame, shares))
}

fn buttons(frame: &Frame<'_>, amount: Money) -> String {
    let words = frame.words;
    if frame.note == Some(Note::SignIn) {
        return format!("<a class=\"button wechat\" href=\"{}\">{}</a>", escape(frame.code), words.try_again);
    }
    if frame.ways.is_empty() {
        return format!("<p class=note role=status>{}</p>", words.none);
    }
    let button = |way: &Way| {
        let (class, name, value) = match way {
            Way::WechatJsapi => ("wechat", words.wechat, "wechat_jsapi"),
            Way::WechatH5 => ("wechat", words.wechat, "wechat_h5"),
            _ => ("alipay", words.alipay, "alipay_wap"),
        };
        format!("<button name=way value={value} class={class}>{name}</button>")
    };
    format!(
        "<form method=post action=\"{code}/pay\"><input type=hidden name=ask value={ask}>\
         <input type=hidden name=amount value={amount}>{buttons}</form>",
        code = escape(frame.code),
        ask = frame.next_ask,
        amount = amount.0,
        buttons = frame.ways.iter().map(button).collect::<String>(),
    )
}

fn share_list(frame: &Frame<'_>, shares: &[(ShareId, String, Money)]) -> String {
    if shares.is_empty() || frame.share.is_some() {
        return String::new();
    }
    let row = |(share, name, unpaid): &(ShareId, String, Money)| {
        let (code, name) = ((frame.share_code)(*share), escape(name));
        format!("<li><a href=\"{code}\"><span>{name}</span><span>{}</span></a></li>", money(frame.currency, *unpaid))
    };
    format!("<h2>{}</h2><ul>{}</ul>", frame.words.shares, shares.iter().map(row).collect::<String>())
}

/// The payer may still be at the channel, or have come back without paying: the way there stays open.
fn waiting(frame: &Frame<'_>, view: &PaymentView) -> String {
    let words = frame.words;
    let go = if frame.go { " data-go" } else { "" };
    let from_here = frame.usable.contains(&view.way);
    let on = match (view.browser_url.as_ref().filter(|_| from_here), view.jsapi.as_ref().filter(|_| from_here)) {
        (Some(url), _) => format!("<a id=on class=button href=\"{}\"{go}>{}</a>", escape(url), words.go_on),
        (None, Some(jsapi)) => {
            let jsapi = serde_json::to_string(jsapi).unwrap_or_default();
            let wallet = view.demo_wallet_url.as_deref().unwrap_or_default();
            format!(
                "<a id=on class=\"button wechat\" href=\"{}\" data-jsapi=\"{}\"{go}>{}</a>",
                escape(wallet),
                escape(&jsapi),
                words.go_on
            )
        }
        (None, None) => String::new(),
    };
    format!(
        "{}<p class=sum>{}</p>{on}<form method=post action=\"{}/cancel\"><input type=hidden name=ask value={}>\
         <button class=plain>{}</button></form>",
        told("quiet", words.waiting),
        money(frame.currency, view.amount + view.tip),
        escape(frame.code),
        view.ask,
        words.other_way
    )
}

fn checking(frame: &Frame<'_>, view: &PaymentView, elapsed_s: i64) -> String {
    let words = frame.words;
    format!(
        "{}<p class=sum>{}</p><p class=quiet><span id=seconds>{elapsed_s}</span> {}</p>",
        told("wait", words.checking),
        money(frame.currency, view.amount + view.tip),
        words.seconds
    )
}

fn money(currency: Currency, amount: Money) -> String {
    let sign = match currency {
        Currency::Cny => "¥",
        Currency::Usd => "$",
    };
    format!("{sign}{}.{:02}", amount.0 / 100, amount.0.rem_euclid(100))
}

/// Makes a stranger's text harmless in text and in quoted attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_and_strangers_texts_are_harmless() {
        assert_eq!(money(Currency::Cny, Money(123_405)), "¥1234.05");
        assert_eq!(money(Currency::Usd, Money(7)), "$0.07");
        assert_eq!(escape("<b a='x'>&\""), "&lt;b a=&#39;x&#39;&gt;&amp;&quot;");
    }
}
