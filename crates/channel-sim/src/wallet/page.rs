//! What all pages share: language, frame, style, and the escaping of strangers' text.

use axum::{
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};

pub(crate) use super::words::Words;
use super::words::{EN, ZH};
use crate::{
    faults::Which,
    order::{Order, State},
};

/// The paths of [`Words::tabs`].
const TABS: [&str; 4] = ["/wallet", "/wallet/till", "/wallet/book", "/wallet/trouble"];

/// `?lang=` first, then the browser's first language.
pub(crate) fn words(asked: Option<&str>, headers: &HeaderMap) -> &'static Words {
    let header = headers.get("accept-language").and_then(|v| v.to_str().ok());
    match asked.or(header) {
        Some(lang) if lang.to_ascii_lowercase().starts_with("en") => &EN,
        _ => &ZH,
    }
}

pub(super) fn channel(words: &Words, which: Which) -> &'static str {
    match which {
        Which::Wechat => words.wechat,
        Which::Alipay => words.alipay,
    }
}

/// The class of a channel's colours.
pub(super) fn colour(which: Which) -> &'static str {
    match which {
        Which::Wechat => "wechat",
        Which::Alipay => "alipay",
    }
}

pub(super) fn state(words: &Words, order: &Order) -> &'static str {
    words.states[match order.state {
        State::NotPaid => 0,
        State::UserPaying => 1,
        State::PayError => 2,
        State::Paid => 3,
        State::Closed => 4,
        State::Revoked => 5,
    }]
}

/// A short message and the way back.
pub(crate) fn told(words: &Words, status: StatusCode, class: &str, text: &str) -> Response {
    let back = format!("<a class=back href=\"/wallet?lang={}\">{}</a>", words.lang, words.back);
    page(words, status, &format!("<p class=\"big {class}\" role=status>{text}</p>{back}"))
}

/// A page of its own, without the tabs: where a person came from a shop.
pub(crate) fn page(words: &Words, status: StatusCode, body: &str) -> Response {
    framed(words, status, "", &format!("<h1>{}</h1>{body}", words.title))
}

/// One of the wallet's pages. `head` goes into the head.
pub(super) fn tab(words: &Words, current: usize, head: &str, body: &str) -> Response {
    let links = TABS.iter().zip(words.tabs).enumerate().map(|(i, (path, name))| {
        let here = if i == current { " aria-current=page" } else { "" };
        format!("<a href=\"{path}?lang={}\"{here}>{name}</a>", words.lang)
    });
    let (other, name) = if words.lang == "en" { ("zh-CN", "中文") } else { ("en", "English") };
    let switch = format!("<a class=lang lang={other} href=\"{}?lang={other}\">{name}</a>", TABS[current]);
    let links: String = links.collect();
    let body = format!("{switch}<h1>{}</h1><nav>{links}</nav>{body}", words.title);
    framed(words, StatusCode::OK, head, &body)
}

fn framed(words: &Words, status: StatusCode, head: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang={lang}><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\"><title>{title}</title>{head}\
         <style>{STYLE}</style><main>{body}<p class=note>{note}</p></main></html>",
        lang = words.lang,
        title = words.title,
        note = words.note,
    );
    let headers = [
        // Paying may end on the shop's page, which is on this machine too.
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; \
             form-action 'self' http://127.0.0.1:* http://localhost:*",
        ),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ];
    (status, headers, Html(html)).into_response()
}

/// Text from an order is a stranger's text.
pub(crate) fn escape(text: &str) -> String {
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

const STYLE: &str = "\
*{box-sizing:border-box}body{margin:0;background:#f4f4f2;color:#1c1c1a;\
font:17px/1.5 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif}\
main{max-width:26rem;margin:0 auto;padding:1.25rem;position:relative}\
h1{font-size:1rem;font-weight:600;color:#55554f;text-align:center;margin:.2rem 3.5rem 1rem}\
h2{font-size:.95rem;font-weight:600;color:#55554f;margin:1.5rem 0 .25rem}\
.lang{position:absolute;right:1rem;top:.75rem;padding:.6rem;font-size:.85rem;color:#0b5fd0}\
nav{display:grid;grid-template-columns:repeat(4,1fr);gap:.25rem;margin-bottom:1rem}\
nav a{text-align:center;padding:.7rem .1rem;min-height:2.9rem;border-radius:.6rem;color:#1c1c1a;text-decoration:none;font-size:.95rem}\
nav a[aria-current]{background:#fff;font-weight:600}\
p{margin:.5rem 0;text-align:center;overflow-wrap:anywhere}\
.sum{font-size:2.75rem;font-weight:600;font-variant-numeric:tabular-nums}\
.quiet,.note,small{color:#5c5c56}.note{margin-top:2.5rem;font-size:.85rem}.big{font-size:1.5rem;font-weight:600;margin:2rem 0}\
.right{color:#0a6b36}.wrong{color:#a32014}ul{list-style:none;padding:0;margin:0}\
li{margin:.5rem 0;background:#fff;border-radius:.6rem}\
li a,.row{display:flex;gap:.6rem;align-items:center;min-height:3.5rem;padding:.75rem 1rem;color:inherit;text-decoration:none}\
.row>div,li a>div{min-width:0;overflow-wrap:anywhere}small{display:block;font-size:.85rem}\
li span{margin-left:auto;font-variant-numeric:tabular-nums;font-weight:600;text-align:right;white-space:nowrap}\
.row form{margin:0 0 0 auto;flex:none}.row button{min-height:2.75rem;padding:0 .9rem}\
form{display:grid;gap:.75rem;margin-top:2rem}.pair{grid-template-columns:1fr 1fr;margin:0;padding:0 1rem 1rem}\
label{display:grid;gap:.25rem}select{font:inherit;min-height:3.25rem;padding:0 .6rem;border:1px solid #8a8a84;border-radius:.6rem;\
background:#fff;color:inherit;width:100%}\
button{font:inherit;font-weight:600;min-height:3.25rem;border:0;border-radius:.6rem;color:#fff;background:#3d3d39;cursor:pointer}\
.wechat{background:#067a3c}.alipay{background:#0b5fd0}.plain{background:#fff;color:#1c1c1a}li .plain{background:#ececea}\
.code{background:#fff;border-radius:.6rem;padding:1rem;text-align:center}.code svg{width:100%;max-width:15rem;height:auto}\
.bars svg{max-width:100%;height:4.5rem}\
.digits{font-size:1.2rem;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:.02em;user-select:all}\
.back{display:block;text-align:center;padding:.9rem;color:#0b5fd0}\
button:focus-visible,a:focus-visible,select:focus-visible{outline:3px solid #f0a020;outline-offset:2px}";
