//! WeChat Pay for one merchant: how it is set up, and the port it serves.

use std::{
    fmt,
    sync::{Arc, RwLock, atomic::AtomicI64},
};

use async_trait::async_trait;

use super::{CodePayApi, VerifyKey, WechatConfig, call::V3, notice, sign::Signer, v2::V2};
use crate::{
    config::{ConfigError, base_url, same_world, same_world_certificate},
    crypto::Certificate,
    keys::{KeySet, load_signing_key, load_verifying_key, read_public},
    port::{
        BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeRefused,
        NoticeReply, Open, OpenBy, Opened, Outcome, RefundAsk, RefundState, Reversed, is_attempt_no,
    },
    time::Clock,
    transport::{HttpTransport, Transport},
};

/// How long the channel wants us to leave a payment by code alone before taking it back. Units: milliseconds.
const REVERSE_AFTER_MS: i64 = 15_000;

/// WeChat Pay for one merchant.
pub struct WechatPay {
    pub(super) v3: V3,
    pub(super) app_id: String,
    pub(super) simulator: bool,
    code_pay: CodePayApi,
    pub(super) v2: Option<V2>,
}

impl fmt::Debug for WechatPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatPay")
            .field("mch_id", &self.v3.mch_id())
            .field("app_id", &self.app_id)
            .field("simulator", &self.simulator)
            .finish_non_exhaustive()
    }
}

impl WechatPay {
    /// Loads the keys and sets the client up.
    ///
    /// # Errors
    /// Key files open to others, keys of the wrong kind, and any mix of simulator and real.
    pub fn new(config: &WechatConfig, simulator: bool, clock: Clock) -> Result<Self, ConfigError> {
        let v2 = config.v2.as_ref().map(|v2| V2::new(v2, config, simulator)).transpose()?;
        Self::build(config, simulator, clock, HttpTransport::shared(!simulator)?, v2)
    }

    /// As [`WechatPay::new`], over a transport of the caller's.
    pub fn over(
        config: &WechatConfig,
        simulator: bool,
        clock: Clock,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ConfigError> {
        let v2 = config.v2.as_ref().map(|v2| V2::over(v2, config, simulator, transport.clone())).transpose()?;
        Self::build(config, simulator, clock, transport, v2)
    }

    fn build(
        config: &WechatConfig,
        simulator: bool,
        clock: Clock,
        transport: Arc<dyn Transport>,
        v2: Option<V2>,
    ) -> Result<Self, ConfigError> {
        same_world("wechat.mch_id", &config.mch_id, simulator)?;
        same_world("wechat.app_id", &config.app_id, simulator)?;
        if config.code_pay == CodePayApi::V2 && v2.is_none() {
            return Err(ConfigError::Malformed { what: "wechat.v2" });
        }
        let api_v3_key = config.api_v3_key.load()?;
        if api_v3_key.reveal().len() != 32 {
            return Err(ConfigError::Malformed { what: "wechat.api_v3_key" });
        }
        let first = config.verify_keys.first().ok_or(ConfigError::Malformed { what: "wechat.verify_keys" })?;
        let configured = verify_keys(&config.verify_keys, simulator)?;
        let v3 = V3 {
            transport,
            hosts: hosts(config, simulator)?,
            signer: Signer {
                mch_id: config.mch_id.clone(),
                serial: config.merchant_serial.clone(),
                key: load_signing_key(&config.merchant_key_pem, simulator)?,
            },
            keys: RwLock::new(configured.clone()),
            configured,
            answer_serial: first.serial.clone(),
            api_v3_key,
            certificates: config.certificates,
            refreshed_at_ms: AtomicI64::new(i64::MIN),
            clock,
        };
        Ok(Self { v3, app_id: config.app_id.clone(), simulator, code_pay: config.code_pay, v2 })
    }

    /// API v2, where payments by code go there.
    pub(super) fn code_over_v2(&self) -> Option<&V2> {
        match self.code_pay {
            CodePayApi::V3 => None,
            CodePayApi::V2 => self.v2.as_ref(),
        }
    }
}

fn hosts(config: &WechatConfig, simulator: bool) -> Result<Vec<reqwest::Url>, ConfigError> {
    let mut hosts = vec![base_url("wechat.base_url", &config.base_url, simulator)?];
    if let Some(standby) = &config.standby_url {
        hosts.push(base_url("wechat.standby_url", standby, simulator)?);
    }
    Ok(hosts)
}

/// Public keys by their id and certificates by their serial, side by side: during a change both sign.
fn verify_keys(given: &[VerifyKey], simulator: bool) -> Result<KeySet, ConfigError> {
    const WHAT: &str = "wechat.verify_keys";
    let mut keys = KeySet::default();
    for VerifyKey { serial, pem } in given {
        match Certificate::from_pem(&read_public(pem)?) {
            Ok(certificate) => {
                if !serial.contains("SIM") {
                    same_world_certificate(WHAT, &certificate, simulator)?;
                }
                if !serial.contains("SIM") && !certificate.serial.eq_ignore_ascii_case(serial) {
                    return Err(ConfigError::Malformed { what: WHAT });
                }
            }
            Err(_) => same_world(WHAT, serial, simulator)?,
        }
        keys.insert(serial.clone(), load_verifying_key(pem, simulator)?);
    }
    Ok(keys)
}

#[async_trait]
impl Channel for WechatPay {
    fn name(&self) -> ChannelName {
        ChannelName::Wechat
    }

    fn merchant(&self) -> &str {
        self.v3.mch_id()
    }

    fn app(&self) -> &str {
        &self.app_id
    }

    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        self.open_by(open, by).await
    }

    async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        match self.code_over_v2() {
            Some(v2) => v2.pay_code(pay).await,
            None => self.pay_code_v3(pay).await,
        }
    }

    async fn reverse(&self, attempt_no: &str) -> Outcome<Reversed> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        match self.code_over_v2() {
            Some(v2) => self.reverse_over_v2(v2, attempt_no).await,
            None => self.reverse_v3(attempt_no).await,
        }
    }

    fn reverse_after_ms(&self) -> i64 {
        REVERSE_AFTER_MS
    }

    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        self.query_any(attempt_no).await
    }

    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        self.close_attempt(attempt_no).await
    }

    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState> {
        self.send_back(ask).await
    }

    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        self.refund_state(attempt_no, refund_no).await
    }

    async fn trade_bill(&self, day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        self.trade_bill_of(day).await
    }

    async fn fund_flow(&self, day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        self.fund_flow_of(day).await
    }

    async fn probe(&self) -> Outcome<()> {
        self.probe_channel().await
    }

    async fn refresh_keys(&self) -> Outcome<()> {
        self.v3.refresh_keys().await
    }

    fn read_notice(&self, headers: &[(String, String)], body: &[u8], now_ms: i64) -> Result<Notice, NoticeRefused> {
        notice::read(&self.v3.key_set(), &self.v3.api_v3_key, self.v3.mch_id(), headers, body, now_ms)
    }

    fn notice_accepted(&self) -> NoticeReply {
        NoticeReply { status: 200, content_type: "application/json", body: r#"{"code":"SUCCESS","message":"成功"}"# }
    }

    fn notice_refused(&self) -> NoticeReply {
        NoticeReply { status: 401, content_type: "application/json", body: r#"{"code":"FAIL","message":"失败"}"# }
    }
}
