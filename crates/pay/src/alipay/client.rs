//! Alipay for one application and seller: how it is set up, and the port it serves.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use super::{AlipayConfig, BILL_HOSTS, gateway::Gateway, notice};
use crate::{
    config::{ConfigError, base_url, is_loopback, same_world},
    keys::{load_signing_key, load_verifying_key},
    port::{
        BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeRefused,
        NoticeReply, Open, OpenBy, Opened, Outcome, RefundAsk, RefundState, Reversed,
    },
    time::Clock,
    transport::{HttpTransport, Transport},
};

/// Alipay for one application and seller.
pub struct Alipay {
    pub(super) gateway: Gateway,
    pub(super) seller_id: String,
    pub(super) bill_hosts: Vec<String>,
    pub(super) simulator: bool,
}

impl fmt::Debug for Alipay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alipay")
            .field("app_id", &self.gateway.app_id)
            .field("seller_id", &self.seller_id)
            .field("simulator", &self.simulator)
            .finish_non_exhaustive()
    }
}

impl Alipay {
    /// Loads the keys and sets the client up.
    ///
    /// # Errors
    /// Key files open to others, keys of the wrong kind, and any mix of simulator and real.
    pub fn new(config: &AlipayConfig, simulator: bool, clock: Clock) -> Result<Self, ConfigError> {
        Self::over(config, simulator, clock, HttpTransport::shared(!simulator)?)
    }

    /// As [`Alipay::new`], over a transport of the caller's.
    pub fn over(
        config: &AlipayConfig,
        simulator: bool,
        clock: Clock,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ConfigError> {
        same_world("alipay.app_id", &config.app_id, simulator)?;
        same_world("alipay.seller_id", &config.seller_id, simulator)?;
        let gateway = Gateway {
            transport,
            address: base_url("alipay.gateway", &config.gateway, simulator)?,
            app_id: config.app_id.clone(),
            key: load_signing_key(&config.app_key_pem, simulator)?,
            alipay_key: load_verifying_key(&config.alipay_public_key_pem, simulator)?,
            clock,
        };
        let bill_hosts = bill_hosts(config.bill_hosts.as_deref(), gateway.address.host_str(), simulator)?;
        Ok(Self { gateway, seller_id: config.seller_id.clone(), bill_hosts, simulator })
    }
}

/// Hosts that hand out bills: the documented ones, those the operator names, or the simulator's own.
fn bill_hosts(given: Option<&[String]>, gateway: Option<&str>, simulator: bool) -> Result<Vec<String>, ConfigError> {
    const WHAT: &str = "alipay.bill_hosts";
    let hosts: Vec<String> = match (given, simulator) {
        (Some(hosts), _) => hosts.to_vec(),
        (None, true) => gateway.into_iter().map(str::to_owned).collect(),
        (None, false) => BILL_HOSTS.map(str::to_owned).to_vec(),
    };
    for host in &hosts {
        match (is_loopback(host), simulator) {
            (false, true) => return Err(ConfigError::NotLoopback { what: WHAT }),
            (true, false) => return Err(ConfigError::SimulatedKey { what: WHAT }),
            (true, true) | (false, false) => {}
        }
        if host.is_empty() || host.contains(['/', ' ', '@', '*']) {
            return Err(ConfigError::Malformed { what: WHAT });
        }
    }
    Ok(hosts)
}

#[async_trait]
impl Channel for Alipay {
    fn name(&self) -> ChannelName {
        ChannelName::Alipay
    }

    fn merchant(&self) -> &str {
        &self.seller_id
    }

    fn app(&self) -> &str {
        &self.gateway.app_id
    }

    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        match by {
            OpenBy::Code => self.precreate(open).await,
            OpenBy::InApp { payer } => self.create(open, payer).await,
            OpenBy::Browser { return_url, .. } => self.wap_page(open, return_url),
        }
    }

    async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        self.pay_by_code(pay).await
    }

    async fn reverse(&self, attempt_no: &str) -> Outcome<Reversed> {
        self.cancel(attempt_no).await
    }

    /// The last query is followed by the cancel at once.
    fn reverse_after_ms(&self) -> i64 {
        0
    }

    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        self.query_trade(attempt_no).await
    }

    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        self.close_trade(attempt_no).await
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

    async fn fund_flow(&self, _day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        Outcome::Succeeded(BillAnswer::Ready(None))
    }

    async fn probe(&self) -> Outcome<()> {
        self.probe_channel().await
    }

    /// Alipay's public key has no serial and does not change by itself.
    async fn refresh_keys(&self) -> Outcome<()> {
        Outcome::Succeeded(())
    }

    fn read_notice(&self, _headers: &[(String, String)], body: &[u8], _now_ms: i64) -> Result<Notice, NoticeRefused> {
        notice::read(&self.gateway.alipay_key, body)
    }

    fn notice_accepted(&self) -> NoticeReply {
        NoticeReply { status: 200, content_type: "text/plain", body: "success" }
    }

    fn notice_refused(&self) -> NoticeReply {
        NoticeReply { status: 400, content_type: "text/plain", body: "fail" }
    }
}
