//! WeChat Pay API v2 on the wire: signed XML both ways, for merchants whose code pay is not on v3.
//!
//! # Source
//! pay.weixin.qq.com/doc/v2/merchant (read 2026-11).

mod orders;
mod refunds;
mod sign;
mod xml;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};

use self::{sign::SignType, xml::Fields};
use super::answer::Refusal;
use crate::{
    crypto::random_text,
    faults::{Hits, Kind, Op, Which},
    identity::{APP_ID, MCH_ID},
    line::Line,
    order::Refused,
    sim::{Call, Sim, Trouble, cut},
};

pub(super) fn routes() -> Router<Arc<Sim>> {
    ["/pay/micropay", "/pay/orderquery", "/pay/closeorder", "/pay/refundquery", "/secapi/pay/reverse", "/secapi/pay/refund"]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, any(v2)))
}

/// A refusal that the channel signs: `err_code`, words, and what else is to be said.
#[derive(Debug)]
struct Failed {
    code: &'static str,
    words: String,
    /// Reverse: call again.
    recall: Option<&'static str>,
}

type Answer = Result<Vec<(&'static str, String)>, Failed>;

/// What a path does.
type Work = fn(&Arc<Sim>, &Asked, &Hits) -> Answer;

fn failed<T>(code: &'static str, words: impl Into<String>) -> Result<T, Failed> {
    Err(Failed { code, words: words.into(), recall: None })
}

/// A request that could be read, and how to sign its answer.
#[derive(Debug)]
struct Asked {
    fields: Fields,
    kind: SignType,
}

impl Asked {
    /// A field that may be left out.
    fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field that must be there.
    fn need(&self, name: &str) -> Result<&str, Failed> {
        match self.get(name) {
            Some(value) => Ok(value),
            None => failed("LACK_PARAMS", format!("缺少参数 {name}")),
        }
    }

    /// An amount in fen.
    fn fen(&self, name: &str) -> Result<i64, Failed> {
        match self.need(name)?.parse() {
            Ok(fen) if fen > 0 => Ok(fen),
            Ok(_) | Err(_) => failed("PARAM_ERROR", format!("{name} 应为正整数")),
        }
    }
}

/// One door for every v2 call.
async fn v2(State(sim): State<Arc<Sim>>, line: Line, method: Method, uri: Uri, body: Bytes) -> Response {
    // As the real host does without the merchant's certificate: no answer at all.
    if uri.path().starts_with("/secapi/") && !line.certified && !sim.plain_secapi {
        return cut(&line, "before");
    }
    let asked = match read(&sim, &method, &body) {
        Ok(asked) => asked,
        Err(words) => return not_heard(&words),
    };
    let (op, what): (Op, Work) = match uri.path() {
        "/pay/micropay" => (Op::CodePay, orders::micropay),
        "/pay/closeorder" => (Op::Close, orders::close),
        "/pay/refundquery" => (Op::QueryRefund, refunds::query),
        "/secapi/pay/reverse" => (Op::Reverse, orders::reverse),
        "/secapi/pay/refund" => (Op::Refund, refunds::refund),
        _ => (Op::Query, orders::query),
    };
    let call = Call { channel: Which::Wechat, op, line: &line };
    let trouble = |trouble: Trouble| {
        let answer = match trouble {
            Trouble::ServerError => failed("SYSTEMERROR", "系统超时"),
            Trouble::RateLimited => failed("FREQUENCY_LIMITED", "频率限制"),
        };
        respond(&sim, &asked, answer, false)
    };
    let work = |hits: &Hits| {
        let answer = who(&asked).and_then(|()| what(&sim, &asked, hits));
        respond(&sim, &asked, answer, hits.has(Kind::BadSignature))
    };
    sim.under_faults(call, trouble, work).await
}

/// Reads the document and checks its signature.
fn read(sim: &Sim, method: &Method, body: &Bytes) -> Result<Asked, String> {
    if *method != Method::POST {
        return Err("REQUIRE_POST_METHOD 请使用post方法".into());
    }
    if body.is_empty() {
        return Err("POST_DATA_EMPTY post数据为空".into());
    }
    let text = std::str::from_utf8(body).map_err(|_| "NOT_UTF8 编码格式错误")?;
    let fields = xml::read(text).map_err(|why| format!("XML_FORMAT_ERROR XML格式错误：{why}"))?;
    let kind = SignType::of(&fields).ok_or("SIGNERROR 签名类型错误")?;
    if fields.get("sign") != Some(&sign::sign(&fields, kind, &sim.identity.api_v2_key)) {
        return Err("签名错误，请检查后再试".into());
    }
    Ok(Asked { fields, kind })
}

fn who(asked: &Asked) -> Result<(), Failed> {
    if asked.need("appid")? != APP_ID {
        return failed("APPID_NOT_EXIST", "APPID不存在");
    }
    if asked.need("mch_id")? != MCH_ID {
        return failed("MCHID_NOT_EXIST", "MCHID不存在");
    }
    if asked.need("nonce_str")?.len() > 32 {
        return failed("PARAM_ERROR", "nonce_str 应不超过 32 个字符");
    }
    Ok(())
}

/// Not even understood: nothing is signed then.
fn not_heard(words: &str) -> Response {
    let fields = [("return_code", "FAIL"), ("return_msg", words)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    build(&fields.into())
}

fn respond(sim: &Sim, asked: &Asked, answer: Answer, wrongly: bool) -> Response {
    let mut fields: Fields = [
        ("return_code", "SUCCESS".to_owned()),
        ("return_msg", "OK".to_owned()),
        ("appid", APP_ID.to_owned()),
        ("mch_id", MCH_ID.to_owned()),
        ("nonce_str", random_text(32).unwrap_or_default()),
        ("result_code", if answer.is_ok() { "SUCCESS" } else { "FAIL" }.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let rest = match answer {
        Ok(rest) => rest,
        Err(Failed { code, words, recall }) => {
            let recall = recall.map(|recall| ("recall", recall.to_owned()));
            [("err_code", code.to_owned()), ("err_code_des", words)].into_iter().chain(recall).collect()
        }
    };
    fields.extend(rest.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let key = if wrongly { "not the merchant's key" } else { &sim.identity.api_v2_key };
    let signature = sign::sign(&fields, asked.kind, key);
    fields.insert("sign".to_owned(), signature);
    build(&fields)
}

fn build(fields: &Fields) -> Response {
    (StatusCode::OK, [("Content-Type", "text/plain; charset=utf-8")], xml::write(fields)).into_response()
}

/// The v2 spelling of a v3 refusal.
fn spelled(refusal: Refusal) -> Failed {
    let code = match refusal.code {
        "ORDER_NOT_EXIST" => "ORDERNOTEXIST",
        "ORDER_CLOSED" => "ORDERCLOSED",
        "NOT_ENOUGH" => "NOTENOUGH",
        "SYSTEM_ERROR" => "SYSTEMERROR",
        other => other,
    };
    Failed { code, words: refusal.message, recall: None }
}

fn refusal(refused: Refused) -> Failed {
    match refused {
        Refused::OtherParams => Failed { code: "OUT_TRADE_NO_USED", words: "商户订单号重复".into(), recall: None },
        Refused::NoSuchOrder
        | Refused::Closed
        | Refused::AlreadyPaid
        | Refused::NotPaid
        | Refused::Expired
        | Refused::CodeReplaced
        | Refused::RefundTooLarge
        | Refused::RefundDiffers
        | Refused::TooManyRefunds
        | Refused::Reversed
        | Refused::UserPaying
        | Refused::CodeUsed
        | Refused::CodeExpired
        | Refused::NotEnough
        | Refused::NotCodePay
        | Refused::MustReverse
        | Refused::AlreadyRefunded => spelled(super::refusal(refused)),
    }
}
