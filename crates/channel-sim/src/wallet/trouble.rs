//! Faults, with a switch and plain words for each.

use std::sync::Arc;

use axum::{
    extract::{Form, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    orders::Lang,
    page::{Words, tab, words},
};
use crate::{
    faults::{Fault, Kind},
    sim::Sim,
};

/// A switch: its name in the form, what it does, how long, and how to say it.
type Switch = (&'static str, Kind, u64, &'static str, &'static str);

const SWITCHES: [Switch; 13] = [
    ("slow", Kind::Latency, 3000, "每个回答慢 3 秒", "Every answer comes 3 s late"),
    ("reset", Kind::Reset, 0, "连接断开，什么也没做", "The connection breaks before anything is done"),
    ("lost", Kind::DropResponse, 0, "做了，但回答丢了", "It is done, but the answer gets lost"),
    ("error", Kind::ErrorAfter, 0, "做了，却回答系统错误", "It is done, but the answer is a system error"),
    ("gateway", Kind::BadGateway, 0, "网关故障（502）", "The gateway is down (502)"),
    ("limited", Kind::RateLimited, 0, "请求太频繁，被拒绝", "Refused: too many calls"),
    ("unsigned", Kind::BadSignature, 0, "回答的签名不对", "Answers are signed wrongly"),
    ("silent", Kind::DropNotice, 0, "支付后不通知商户", "The merchant is never notified"),
    ("late", Kind::DelayNotice, 30_000, "通知晚 30 秒", "Notices come 30 s late"),
    ("twice", Kind::DuplicateNotice, 0, "每个通知来两次", "Every notice comes twice"),
    ("forged", Kind::ForgedNotice, 0, "先来一个伪造的通知", "A forged notice comes first"),
    ("short", Kind::WrongAmountNotice, 0, "通知的金额少一分", "Notices are one fen short"),
    ("poor", Kind::NotEnough, 0, "商户余额不足，不能退款", "The merchant has too little money to refund"),
];

pub(super) async fn show(State(sim): State<Arc<Sim>>, Query(query): Query<Lang>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let active: Vec<Kind> = sim.faults.lock().active().iter().map(|fault| fault.kind).collect();
    let rows: String = SWITCHES.iter().map(|switch| row(words, switch, active.contains(&switch.1))).collect();
    let body = format!(
        "<p class=quiet>{note}</p><ul>{rows}</ul><form method=post action=/wallet/trouble>\
         <input type=hidden name=lang value={lang}><button name=off value=all class=plain>{all}</button></form>",
        note = words.trouble_note,
        lang = words.lang,
        all = words.all_off,
    );
    tab(words, 3, "", &body)
}

fn row(words: &Words, (name, _, _, zh, en): &Switch, on: bool) -> String {
    let text = if words.lang == "en" { en } else { zh };
    let (turn, label, class) = if on { ("off", words.off, "wrong") } else { ("on", words.on, "") };
    let button = if on { "" } else { " class=plain" };
    format!(
        "<li><div class=row><div class=\"{class}\">{text}</div><form method=post action=/wallet/trouble>\
         <input type=hidden name=lang value={lang}><button name={turn} value={name}{button}>{label}</button></form></div></li>",
        lang = words.lang,
    )
}

#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    lang: Option<String>,
    on: Option<String>,
    off: Option<String>,
}

pub(super) async fn act(State(sim): State<Arc<Sim>>, headers: HeaderMap, Form(turn): Form<Turn>) -> Response {
    let words = words(turn.lang.as_deref(), &headers);
    let find = |name: &Option<String>| SWITCHES.iter().find(|switch| Some(switch.0) == name.as_deref());
    {
        let now = sim.now_ms();
        let mut faults = sim.faults.lock();
        if turn.off.as_deref() == Some("all") {
            faults.clear();
        }
        if let Some((_, kind, ..)) = find(&turn.off) {
            faults.remove(*kind);
        }
        if let Some((_, kind, delay_ms, ..)) = find(&turn.on) {
            faults.remove(*kind);
            faults.add(Fault { delay_ms: *delay_ms, ..Fault::new(*kind) }, now);
        }
    }
    // Back to the list, so that reloading switches nothing.
    let url = HeaderValue::from_static(if words.lang == "en" { "/wallet/trouble?lang=en" } else { "/wallet/trouble?lang=zh-CN" });
    (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response()
}
