//! Alipay's JSON, as far as we read and write it, and what its codes mean.

use serde::{Deserialize, Serialize};

/// What every product that the payer opens has.
#[derive(Debug, Serialize)]
pub(super) struct Order<'a> {
    pub out_trade_no: &'a str,
    pub total_amount: String,
    pub subject: String,
    pub time_expire: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Precreate<'a> {
    #[serde(flatten)]
    pub order: Order<'a>,
    pub product_code: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Create<'a> {
    #[serde(flatten)]
    pub order: Order<'a>,
    pub product_code: &'static str,
    pub op_app_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_open_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct WapPay<'a> {
    #[serde(flatten)]
    pub order: Order<'a>,
    pub product_code: &'static str,
    pub quit_url: &'a str,
}

/// No `Debug`: it holds the wallet's code.
#[derive(Serialize)]
pub(super) struct CodeTrade<'a> {
    pub out_trade_no: &'a str,
    pub total_amount: String,
    pub subject: String,
    pub scene: &'static str,
    pub auth_code: &'a str,
    pub product_code: &'static str,
    pub terminal_id: &'a str,
    pub timeout_express: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct BillAsk {
    pub bill_type: &'static str,
    pub bill_date: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ByNumber<'a> {
    pub out_trade_no: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct RefundBody<'a> {
    pub out_trade_no: &'a str,
    pub refund_amount: String,
    pub out_request_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub refund_reason: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct RefundQuery<'a> {
    pub out_trade_no: &'a str,
    pub out_request_no: &'a str,
    pub query_options: [&'static str; 1],
}

/// What every node says first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub code: String,
    pub msg: String,
    pub sub_code: String,
    pub sub_msg: String,
}

/// What a code asks of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// 10000: read the business fields.
    Success,
    /// 10003: the payer is typing the password.
    Paying,
    /// Refused: nothing happened.
    Refused,
    /// The trade's state stands in the way, or the number is in use: ask.
    LookUp,
    /// The channel has no such trade.
    NotFound,
    /// May have happened.
    Unknown,
}

impl Status {
    /// Sorts a code.
    ///
    /// # Source
    /// opendocs.alipay.com, 公共错误码; the `sub_code` enumerations of the official SDK (2025-12). The
    /// official cancel list really spells `AQC.SYSTEM_ERROR`, and refund queries drop the prefix.
    pub(super) fn verdict(&self) -> Verdict {
        match self.code.as_str() {
            "10000" => Verdict::Success,
            "10003" => Verdict::Paying,
            "20001" | "40001" | "40002" | "40003" | "40006" => Verdict::Refused,
            "40004" => match self.plain_sub_code() {
                "SYSTEM_ERROR" => Verdict::Unknown,
                "TRADE_NOT_EXIST" => Verdict::NotFound,
                "TRADE_HAS_SUCCESS" | "TRADE_STATUS_ERROR" | "REASON_TRADE_STATUS_INVALID" | "CONTEXT_INCONSISTENT" => {
                    Verdict::LookUp
                }
                "" => Verdict::Unknown,
                _ => Verdict::Refused,
            },
            _ => Verdict::Unknown,
        }
    }

    /// Refused by the gateway before any trade was looked at.
    pub(super) fn is_gateways(&self) -> bool {
        self.code != "40004"
    }

    /// `sub_code` without the system's name before it.
    pub(super) fn plain_sub_code(&self) -> &str {
        self.sub_code.strip_prefix("ACQ.").or_else(|| self.sub_code.strip_prefix("AQC.")).unwrap_or(&self.sub_code)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct PrecreateAnswer {
    pub out_trade_no: String,
    pub qr_code: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct TradeNo {
    pub out_trade_no: String,
    pub trade_no: String,
}

/// The answer to a payment by code; paid or not is in `code`.
#[derive(Debug, Deserialize)]
pub(super) struct PayAnswer {
    pub code: String,
    pub out_trade_no: String,
    pub trade_no: Option<String>,
    pub total_amount: Option<String>,
    pub gmt_payment: Option<String>,
    pub buyer_open_id: Option<String>,
    pub buyer_user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CancelAnswer {
    pub out_trade_no: Option<String>,
    pub retry_flag: Option<String>,
    pub action: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BillPlace {
    pub bill_download_url: Option<String>,
    pub bill_file_code: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Trade {
    pub trade_no: String,
    pub out_trade_no: String,
    pub trade_status: String,
    pub total_amount: String,
    pub send_pay_date: Option<String>,
    pub buyer_open_id: Option<String>,
    pub buyer_user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RefundAnswer {
    pub trade_no: Option<String>,
    pub out_trade_no: String,
    pub fund_change: Option<String>,
    pub gmt_refund_pay: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RefundQueryAnswer {
    pub trade_no: Option<String>,
    pub out_trade_no: Option<String>,
    pub out_request_no: Option<String>,
    pub refund_status: Option<String>,
    pub refund_amount: Option<String>,
    pub gmt_refund_pay: Option<String>,
}
