//! What a tester sets for the whole channel, as against one call's fault.

use serde::{Deserialize, Serialize};

use crate::order::RefundEnd;

/// Settings of a running simulator; the control API reads and replaces them as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Error answers are signed as well.
    pub sign_errors: bool,
    /// Of a hundred WeChat Pay notices, how many are signed with the certificate's key instead of the public key's.
    pub cert_percent: u8,
    /// Of a hundred notices, how many have a wrongly signed probe before them.
    pub probe_percent: u8,
    /// The merchant may use code pay over v3 (it is granted per merchant).
    pub v3_code_pay: bool,
    /// WeChat Pay H5: a payer at 127.0.0.1 is refused, as the real channel does. Off, as here everyone is there.
    pub refuse_loopback_payers: bool,
    /// A nonce works once, within the five minutes in which it could be sent again.
    pub nonces_once: bool,
    /// How refunds end.
    pub refund_ends: RefundEnd,
    /// How long WeChat Pay's refunds are on their way.
    pub refund_takes_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sign_errors: false,
            cert_percent: 0,
            probe_percent: 0,
            v3_code_pay: true,
            refuse_loopback_payers: false,
            nonces_once: false,
            refund_ends: RefundEnd::Success,
            refund_takes_ms: 3000,
        }
    }
}
