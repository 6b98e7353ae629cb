//! The channels a house takes, set up from its configuration.

use std::sync::Arc;

use crate::{
    alipay::Alipay,
    config::{ConfigError, PaymentConfig},
    port::{Channel, ChannelName},
    time::Clock,
    transport::Transport,
    wechat::{WechatLogin, WechatPay},
};

/// Every channel that is configured; none is fine, and then the house takes cash.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    wechat: Option<Arc<WechatPay>>,
    alipay: Option<Arc<Alipay>>,
    login: Option<Arc<WechatLogin>>,
}

impl Channels {
    /// Loads all keys and sets all clients up, or says what is wrong with which.
    pub fn open(config: &PaymentConfig, clock: &Clock) -> Result<Self, ConfigError> {
        let simulator = config.simulator;
        let wechat = config.wechat.as_ref();
        let alipay = config.alipay.as_ref();
        Ok(Self {
            wechat: wechat.map(|c| WechatPay::new(c, simulator, clock.clone())).transpose()?.map(Arc::new),
            alipay: alipay.map(|c| Alipay::new(c, simulator, clock.clone())).transpose()?.map(Arc::new),
            login: wechat.filter(|c| c.app_secret.is_some()).map(|c| WechatLogin::new(c, simulator)).transpose()?.map(Arc::new),
        })
    }

    /// As [`Channels::open`], with every request carried by `transport`: both adapters in one process with their channels,
    /// and on whatever time the runtime keeps.
    pub fn open_over(config: &PaymentConfig, clock: &Clock, transport: &Arc<dyn Transport>) -> Result<Self, ConfigError> {
        let simulator = config.simulator;
        let wechat = config.wechat.as_ref();
        let alipay = config.alipay.as_ref();
        let login = wechat.filter(|c| c.app_secret.is_some());
        Ok(Self {
            wechat: wechat.map(|c| WechatPay::over(c, simulator, clock.clone(), transport.clone())).transpose()?.map(Arc::new),
            alipay: alipay.map(|c| Alipay::over(c, simulator, clock.clone(), transport.clone())).transpose()?.map(Arc::new),
            login: login.map(|c| WechatLogin::over(c, simulator, transport.clone())).transpose()?.map(Arc::new),
        })
    }

    /// The channel of that name, if the house takes it.
    pub fn get(&self, name: ChannelName) -> Option<Arc<dyn Channel>> {
        match name {
            ChannelName::Wechat => self.wechat.clone().map(|channel| channel as Arc<dyn Channel>),
            ChannelName::Alipay => self.alipay.clone().map(|channel| channel as Arc<dyn Channel>),
        }
    }

    /// All of them, WeChat Pay first.
    pub fn all(&self) -> impl Iterator<Item = Arc<dyn Channel>> {
        [ChannelName::Wechat, ChannelName::Alipay].into_iter().filter_map(|name| self.get(name))
    }

    /// Mini-program sign-in, if the house has a mini-program.
    pub fn login(&self) -> Option<&WechatLogin> {
        self.login.as_deref()
    }
}
