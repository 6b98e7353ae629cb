//! The digits in a payer's wallet (付款码), and whose wallet it is.

use crate::port::ChannelName;

/// A payment code as scanned. Worth money for a minute: it is never shown, logged or kept.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode {
    digits: String,
    channel: ChannelName,
}

impl AuthCode {
    /// Reads what the scanner typed; spaces around it are a scanner's habit.
    ///
    /// WeChat Pay: 18 digits beginning with 10 to 15. Alipay: 16 to 24 digits beginning with 25 to 30.
    /// None: no wallet's code.
    pub fn read(scanned: &str) -> Option<Self> {
        let digits = scanned.trim();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let prefix: u8 = digits.get(..2)?.parse().ok()?;
        let channel = match (prefix, digits.len()) {
            (10..=15, 18) => ChannelName::Wechat,
            (25..=30, 16..=24) => ChannelName::Alipay,
            (_, _) => return None,
        };
        Some(Self { digits: digits.to_owned(), channel })
    }

    /// Whose wallet shows it.
    pub fn channel(&self) -> ChannelName {
        self.channel
    }

    /// The digits, for the one request that needs them.
    pub(crate) fn digits(&self) -> &str {
        &self.digits
    }
}

impl std::fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthCode({})", self.channel.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_its_wallets_by_prefix_and_length() {
        let channel = |text| AuthCode::read(text).map(|code| code.channel());
        assert_eq!(channel("134567890123456789"), Some(ChannelName::Wechat));
        assert_eq!(channel(" 100000000000000000\r\n"), Some(ChannelName::Wechat));
        assert_eq!(channel("2812345678901234"), Some(ChannelName::Alipay));
        assert_eq!(channel("301234567890123456789012"), Some(ChannelName::Alipay));
        for none in [
            "",
            "1",
            "16345678901234567",
            "163456789012345678",
            "1345678901234567890",
            "281234567890123",
            "13456789012345678x",
            "６９",
        ] {
            assert_eq!(channel(none), None, "{none}");
        }
    }

    #[test]
    fn a_code_is_never_shown() {
        let code = AuthCode::read("134567890123456789").map(|code| format!("{code:?}"));
        assert_eq!(code.as_deref(), Some("AuthCode(wechat)"));
    }
}
