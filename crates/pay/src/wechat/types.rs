//! WeChat Pay's JSON, as far as we read and write it, and what it means to the port.
//!
//! Absent fields are left out (`null` is refused by the channel); fields we do not know are ignored.

use domain::Money;
use serde::{Deserialize, Serialize};

use crate::{
    port::{ChannelState, Outcome, Paid, RefundState, RefundStatus},
    text::for_log,
    time::ms_from_rfc3339,
};

#[derive(Debug, Serialize)]
pub(super) struct Order<'a> {
    pub appid: &'a str,
    pub mchid: &'a str,
    pub description: String,
    pub out_trade_no: &'a str,
    pub time_expire: String,
    pub notify_url: &'a str,
    pub amount: OrderAmount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<OrderPayer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<BrowserScene>,
}

/// Required for H5 only.
#[derive(Debug, Serialize)]
pub(super) struct BrowserScene {
    pub payer_client_ip: String,
    pub h5_info: H5Info,
}

#[derive(Debug, Serialize)]
pub(super) struct H5Info {
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// No `Debug`: it holds the wallet's code.
#[derive(Serialize)]
pub(super) struct CodeOrder<'a> {
    pub appid: &'a str,
    pub mchid: &'a str,
    pub description: String,
    pub out_trade_no: &'a str,
    pub payer: CodePayer<'a>,
    pub amount: OrderAmount,
    pub scene_info: TillScene<'a>,
}

#[derive(Serialize)]
pub(super) struct CodePayer<'a> {
    pub auth_code: &'a str,
}

#[derive(Serialize)]
pub(super) struct TillScene<'a> {
    pub device_id: &'a str,
    pub device_ip: String,
    pub store_info: StoreInfo<'a>,
}

#[derive(Serialize)]
pub(super) struct StoreInfo<'a> {
    pub out_id: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct ReverseBody<'a> {
    pub appid: &'a str,
    pub mchid: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReverseAnswer {
    pub out_trade_no: String,
}

/// Where a bill is, for half a minute.
#[derive(Debug, Deserialize)]
pub(super) struct BillPlace {
    pub hash_type: String,
    pub hash_value: String,
    pub download_url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Certificates {
    pub data: Vec<CertificateItem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CertificateItem {
    pub serial_no: String,
    pub effective_time: String,
    pub expire_time: String,
    pub encrypt_certificate: Resource,
}

#[derive(Debug, Serialize)]
pub(super) struct OrderAmount {
    pub total: i64,
    pub currency: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct OrderPayer<'a> {
    pub openid: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct PrepayId {
    pub prepay_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CodeUrl {
    pub code_url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct H5Url {
    pub h5_url: String,
}

#[derive(Debug, Serialize)]
pub(super) struct CloseBody<'a> {
    pub mchid: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct RefundBody<'a> {
    pub out_trade_no: &'a str,
    pub out_refund_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub notify_url: &'a str,
    pub amount: RefundBodyAmount,
}

#[derive(Debug, Serialize)]
pub(super) struct RefundBodyAmount {
    pub refund: i64,
    pub total: i64,
    pub currency: &'static str,
}

/// An error body. Often unsigned: a hint for what to do next, never proof about money.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorBody {
    pub code: String,
    pub message: String,
}

impl ErrorBody {
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The code without underscores: the documents spell `ORDERNOTEXIST` and `ORDER_NOT_EXIST`.
    pub(super) fn plain_code(&self) -> String {
        self.code.replace('_', "")
    }
}

/// A query's answer and, decrypted, a payment notice.
#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    pub trade_state: String,
    pub appid: Option<String>,
    pub mchid: Option<String>,
    pub out_trade_no: Option<String>,
    pub transaction_id: Option<String>,
    pub success_time: Option<String>,
    pub payer: Option<Payer>,
    pub amount: Option<Amount>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Payer {
    pub openid: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Amount {
    pub total: i64,
    pub currency: Option<String>,
}

impl Transaction {
    /// What the channel says, in the port's words.
    pub(super) fn state(self) -> Outcome<ChannelState> {
        let paid_as = |state: fn(Paid) -> ChannelState, paid: Option<Paid>| match paid {
            Some(paid) => Outcome::Succeeded(state(paid)),
            None => Outcome::unknown("says paid, but without amount, numbers or time"),
        };
        match self.trade_state.as_str() {
            "SUCCESS" => paid_as(ChannelState::Paid, self.paid()),
            "REFUND" => paid_as(ChannelState::Refunded, self.paid()),
            "NOTPAY" => Outcome::Succeeded(ChannelState::NotPaid),
            "CLOSED" => Outcome::Succeeded(ChannelState::Closed),
            "REVOKED" => Outcome::Succeeded(ChannelState::Reversed),
            "USERPAYING" | "ACCEPT" => Outcome::Succeeded(ChannelState::Paying),
            "PAYERROR" => Outcome::Succeeded(pay_error()),
            other => Outcome::unknown(format!("new trade_state {}", for_log(other))),
        }
    }

    /// The proof, if every part of it is there.
    pub(super) fn paid(self) -> Option<Paid> {
        let amount = self.amount?;
        Some(Paid {
            channel_txn: self.transaction_id?,
            amount: Money(amount.total),
            currency: amount.currency.unwrap_or_else(|| "CNY".to_owned()),
            merchant: self.mchid?,
            app: self.appid?,
            attempt_no: self.out_trade_no?,
            paid_at_ms: ms_from_rfc3339(&self.success_time?)?,
            payer: self.payer.and_then(|payer| payer.openid),
        })
    }
}

/// Money has been seen taken under this state, so it isn't final before a reverse.
pub(super) fn pay_error() -> ChannelState {
    ChannelState::PayFailed { code: "PAYERROR".to_owned(), money_may_have_moved: true }
}

/// A refund's answer, and, decrypted, a refund notice (which says `refund_status`, not `status`).
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    #[serde(alias = "refund_status")]
    pub status: String,
    pub refund_id: Option<String>,
    pub out_refund_no: String,
    pub out_trade_no: String,
    pub mchid: Option<String>,
    pub success_time: Option<String>,
    pub amount: RefundAmount,
}

#[derive(Debug, Deserialize)]
pub(super) struct RefundAmount {
    pub refund: i64,
}

impl Refund {
    /// What the channel says, in the port's words; `None` for a status nobody told us about.
    pub(super) fn state(self) -> Option<RefundState> {
        let status = match self.status.as_str() {
            "SUCCESS" => RefundStatus::Succeeded,
            "PROCESSING" => RefundStatus::Processing,
            "CLOSED" => RefundStatus::Closed,
            "ABNORMAL" => RefundStatus::Abnormal,
            _ => return None,
        };
        Some(RefundState {
            attempt_no: self.out_trade_no,
            refund_no: self.out_refund_no,
            channel_refund: self.refund_id,
            amount: Money(self.amount.refund),
            status,
            at_ms: self.success_time.as_deref().and_then(ms_from_rfc3339),
        })
    }
}

/// The outside of a notice.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub id: String,
    pub event_type: String,
    pub resource: Resource,
}

/// The encrypted inside.
#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    pub algorithm: String,
    pub ciphertext: String,
    #[serde(default)]
    pub associated_data: String,
    pub nonce: String,
}
