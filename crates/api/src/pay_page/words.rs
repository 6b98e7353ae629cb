//! The page's words, in Chinese and English.

use axum::http::{HeaderMap, header};

#[derive(Debug)]
pub(super) struct Words {
    pub lang: &'static str,
    pub title: &'static str,
    pub table: &'static str,
    pub due: &'static str,
    pub wechat: &'static str,
    pub alipay: &'static str,
    pub empty: &'static str,
    pub none: &'static str,
    pub paid: &'static str,
    pub thanks: &'static str,
    pub checking: &'static str,
    pub seconds: &'static str,
    pub waiting: &'static str,
    pub go_on: &'static str,
    pub other_way: &'static str,
    pub failed: &'static str,
    pub shares: &'static str,
    pub gone: &'static str,
    pub demo: &'static str,
    pub try_again: &'static str,
    pub cut_off: &'static str,
    pub receipt: &'static str,
}

const ZH: Words = Words {
    lang: "zh-CN",
    title: "付款",
    table: "桌",
    due: "应付",
    wechat: "微信支付",
    alipay: "支付宝",
    empty: "还没有点菜",
    none: "手机付款暂时不通，请找服务员付款",
    paid: "已付款",
    thanks: "谢谢，欢迎再来",
    checking: "正在确认，请勿重复付款",
    seconds: "秒",
    waiting: "等待付款",
    go_on: "去付款",
    other_way: "换一种方式",
    failed: "上一次没有付成，没有扣款，可以再付",
    shares: "只付一份",
    gone: "这个付款码已失效，请向服务员要新的",
    demo: "模拟支付，不会真的扣款",
    try_again: "再试一次",
    cut_off: "门店现在连不上外网，付好了也要等一会儿才知道",
    receipt: "已付款？用手机流量打开付款回执",
};

const EN: Words = Words {
    lang: "en",
    title: "Pay",
    table: "Table",
    due: "To pay",
    wechat: "WeChat Pay",
    alipay: "Alipay",
    empty: "Nothing is ordered yet",
    none: "Paying by phone is out of order for the moment; please pay at the counter",
    paid: "Paid",
    thanks: "Thank you, see you again",
    checking: "Checking; please don't pay again",
    seconds: "s",
    waiting: "Waiting for the payment",
    go_on: "Go and pay",
    other_way: "Pay in another way",
    failed: "The last try didn't go through and took no money; you can pay again",
    shares: "Pay one share",
    gone: "This code is no longer valid; please ask the staff for a new one",
    demo: "A simulation: no money moves",
    try_again: "Try again",
    cut_off: "The restaurant is cut off from the internet and may hear of your payment late",
    receipt: "Paid? Open your receipt over mobile data",
};

impl Words {
    /// By the phone's first language: Chinese, or else English.
    pub fn of(headers: &HeaderMap) -> &'static Words {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("zh");
        if asked.trim_start().to_ascii_lowercase().starts_with("zh") || asked.trim_start().starts_with('*') { &ZH } else { &EN }
    }

    pub fn note(&self, note: Note) -> &'static str {
        let zh = self.lang == ZH.lang;
        match (note, zh) {
            (Note::Amount, true) => "金额有变化，请核对后再付",
            (Note::Amount, false) => "The amount has changed; please check it and pay",
            (Note::Resting, true) => "这种方式暂时不通，请换一种",
            (Note::Resting, false) => "This way is out of order for the moment; please use another",
            (Note::SignIn, true) => "微信登录没有成功，请再试一次",
            (Note::SignIn, false) => "The WeChat sign-in didn't work; please try again",
            (Note::Failed, true) => "没有付成，没有扣款，请再试一次",
            (Note::Failed, false) => "That didn't work and took no money; please try again",
        }
    }
}

/// What the page says besides how the check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Note {
    Amount,
    Resting,
    SignIn,
    Failed,
}

impl Note {
    pub fn name(self) -> &'static str {
        match self {
            Note::Amount => "amount",
            Note::Resting => "resting",
            Note::SignIn => "sign-in",
            Note::Failed => "failed",
        }
    }

    pub fn read(name: &str) -> Option<Note> {
        [Note::Amount, Note::Resting, Note::SignIn, Note::Failed].into_iter().find(|note| note.name() == name)
    }
}
