//! The payment channels: one port, and an adapter each for WeChat Pay and Alipay.
//!
//! Everything a channel says is one of three things: it happened, it certainly did not, or nobody
//! knows yet ([`Outcome`]). Only a query settles the third. Channel words (`out_trade_no`, `fen`,
//! yuan text, `trade_state`) stay inside this crate.

pub mod alipay;
mod auth_code;
pub mod bill;
pub mod breaker;
mod channels;
pub mod config;
pub mod crypto;
pub mod diagnose;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod http;
pub mod keys;
pub mod money;
pub mod port;
mod text;
mod time;
pub mod transport;
pub mod wechat;

pub use alipay::{Alipay, AlipayConfig};
pub use breaker::Guarded;
pub use channels::Channels;
pub use config::{ConfigError, PaymentConfig};
pub use domain::Money;
pub use keys::{KeySet, Secret};
pub use port::{
    AuthCode, BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, Expected, FlowRow, Mismatch,
    Notice, NoticeBody, NoticeRefused, NoticeReply, Open, OpenBy, Opened, Outcome, Paid, RefundAsk, RefundState, RefundStatus,
    Reversed, is_attempt_no, is_refund_no, proves,
};
pub use time::{Clock, system_clock};
pub use transport::{Answer, HttpTransport, NoAnswer, NoAnswerKind, Transport, WireMethod, WireRequest};
pub use wechat::{Login, WechatConfig, WechatLogin, WechatPay};
