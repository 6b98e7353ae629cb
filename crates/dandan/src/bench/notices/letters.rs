//! Notices as the simulated channels wrote, encrypted and signed them, caught on their way to the server.

use super::super::client::find;
use channel_sim::{Courier, Which};
use tokio::sync::mpsc;

/// Where the channel's signature stands.
const WECHAT_SIGNATURE: &str = "wechatpay-signature";
const ALIPAY_SIGNATURE: &[u8] = b"&sign=";

/// Catches what the simulator sends. The simulator takes each as heard: what is repeated is the bench's to decide.
#[derive(Debug)]
pub(super) struct Letterbox(pub mpsc::UnboundedSender<Letter>);

#[async_trait::async_trait]
impl Courier for Letterbox {
    async fn deliver(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>)> {
        let (_, rest) = url.split_once("://")?;
        let path = rest.get(rest.find('/')?..)?.to_owned();
        let channel = if path.contains("/wechat/") { Which::Wechat } else { Which::Alipay };
        self.0.send(Letter { channel, path, headers, body }).ok()?;
        Some((200, b"success".to_vec()))
    }
}

/// One notice.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub channel: Which,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Letter {
    /// The request as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!("POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\n", self.path);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", self.body.len());
        [head.as_bytes(), &self.body].concat()
    }

    /// The same words, under a signature that is as long and as readable, and not the channel's.
    pub fn forged(&self) -> Letter {
        let mut letter = self.clone();
        match self.channel {
            Which::Wechat => {
                for (_, value) in letter.headers.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(WECHAT_SIGNATURE)) {
                    let other = if value.starts_with('A') { "B" } else { "A" };
                    value.replace_range(..1, other);
                }
            }
            Which::Alipay => {
                let start = find(&letter.body, ALIPAY_SIGNATURE).map(|at| at + ALIPAY_SIGNATURE.len());
                let mut plain = letter.body.iter_mut().skip(start.unwrap_or_default());
                if let Some(byte) = plain.find(|byte| byte.is_ascii_lowercase()) {
                    *byte = if *byte == b'x' { b'y' } else { b'x' };
                }
            }
        }
        letter
    }
}

/// Whether an answer says "heard" in this channel's words.
pub(super) fn acknowledges(channel: Which, status: u16, body: &[u8]) -> bool {
    match channel {
        Which::Wechat => matches!(status, 200 | 204),
        Which::Alipay => status == 200 && body == b"success",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_notice_differs_in_its_signature_only() {
        let headers = vec![("Wechatpay-Signature".to_owned(), "Abc=".to_owned())];
        let letter = Letter { channel: Which::Wechat, path: "/n".to_owned(), headers, body: b"{}".to_vec() };
        assert_eq!(letter.forged().headers[0].1, "Bbc=");
        let body = b"total_amount=1.00&sign_type=RSA2&sign=%2Bxa".to_vec();
        let letter = Letter { channel: Which::Alipay, path: "/n".to_owned(), headers: Vec::new(), body };
        assert_eq!(letter.forged().body, b"total_amount=1.00&sign_type=RSA2&sign=%2Bya");
    }
}
