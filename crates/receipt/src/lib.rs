//! A receipt that the cloud signs for a payment a channel has reported while the restaurant is cut off: short enough for a code on a
//! phone's screen, and checked at the till without a network.

use domain::payment::ChannelTag;
use domain::{AttemptId, Currency, Money, StoreId, Timestamp};
use seal::{NodeKey, PublicKey, SealError, open, seal};

/// What is signed for this purpose is a receipt of this form and nothing else; another form gets another name.
const PURPOSE: &str = "DDR1";
/// Everything but the channel's number: two ids, three numbers of 8 bytes, two of one.
const FIXED: usize = 16 + 16 + 8 + 8 + 8 + 1 + 1;
/// The longest number a channel gives a payment; WeChat Pay's have 28 characters (at most 32), Alipay's 28 (at most 64).
const LONGEST_TXN: usize = 64;

/// Money that a channel has reported, as the cloud's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The restaurant it was paid to.
    pub store: StoreId,
    /// Our number at the channel.
    pub attempt: AttemptId,
    /// What was paid.
    pub amount: Money,
    /// What it was paid in.
    pub currency: Currency,
    /// Who has the money.
    pub channel: ChannelTag,
    /// The channel's own number.
    pub channel_txn: String,
    /// When, by the channel's clock.
    pub paid_at: Timestamp,
    /// When the cloud said so, by its own clock.
    pub signed_at: Timestamp,
}

/// Why a text is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReceipt {
    /// Somebody else signed it, it was changed, or it is something else altogether.
    #[error("not signed by this cloud")]
    NotGenuine(#[from] SealError),
    /// The cloud signed it, and it is in no form that is known here.
    #[error("signed, but not in the form of a receipt")]
    Unreadable,
}

impl Receipt {
    /// The signed text; none where the channel's number is none that a channel gives.
    ///
    /// # Units
    /// At most 255 characters, which a QR code of version 12 at level M holds; with a number of 28 characters 207, which is version 10.
    pub fn write(&self, key: &NodeKey) -> Option<String> {
        let is_txn =
            (1..=LONGEST_TXN).contains(&self.channel_txn.len()) && self.channel_txn.bytes().all(|b| b.is_ascii_graphic());
        if !is_txn {
            return None;
        }
        let mut payload = Vec::with_capacity(FIXED + self.channel_txn.len());
        payload.extend_from_slice(&self.store.0.to_be_bytes());
        payload.extend_from_slice(&self.attempt.0.to_be_bytes());
        payload.extend_from_slice(&self.amount.0.to_be_bytes());
        payload.extend_from_slice(&self.paid_at.0.to_be_bytes());
        payload.extend_from_slice(&self.signed_at.0.to_be_bytes());
        payload.push(match self.currency {
            Currency::Cny => 0,
            Currency::Usd => 1,
        });
        payload.push(match self.channel {
            ChannelTag::Wechat => 0,
            ChannelTag::Alipay => 1,
        });
        payload.extend_from_slice(self.channel_txn.as_bytes());
        Some(seal(key, PURPOSE, &payload))
    }

    /// Reads a receipt that the owner of `key` signed.
    ///
    /// # Errors
    /// See [`NoReceipt`].
    pub fn read(text: &str, key: &PublicKey) -> Result<Receipt, NoReceipt> {
        of_payload(&open(text, PURPOSE, key)?).ok_or(NoReceipt::Unreadable)
    }
}

fn of_payload(payload: &[u8]) -> Option<Receipt> {
    let (store, rest) = payload.split_first_chunk::<16>()?;
    let (attempt, rest) = rest.split_first_chunk::<16>()?;
    let (amount, rest) = rest.split_first_chunk::<8>()?;
    let (paid_at, rest) = rest.split_first_chunk::<8>()?;
    let (signed_at, rest) = rest.split_first_chunk::<8>()?;
    let ([currency, channel], txn) = rest.split_first_chunk::<2>()?;
    Some(Receipt {
        store: StoreId(u128::from_be_bytes(*store)),
        attempt: AttemptId(u128::from_be_bytes(*attempt)),
        amount: Money(i64::from_be_bytes(*amount)),
        paid_at: Timestamp(i64::from_be_bytes(*paid_at)),
        signed_at: Timestamp(i64::from_be_bytes(*signed_at)),
        currency: match currency {
            0 => Currency::Cny,
            1 => Currency::Usd,
            _ => return None,
        },
        channel: match channel {
            0 => ChannelTag::Wechat,
            1 => ChannelTag::Alipay,
            _ => return None,
        },
        channel_txn: String::from_utf8(txn.to_vec()).ok().filter(|txn| !txn.is_empty() && txn.len() <= LONGEST_TXN)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn receipt(txn: &str) -> Receipt {
        Receipt {
            store: StoreId(0x7e57),
            attempt: AttemptId(u128::MAX - 5),
            amount: Money(600),
            currency: Currency::Cny,
            channel: ChannelTag::Alipay,
            channel_txn: txn.to_owned(),
            paid_at: Timestamp(1_795_000_000_123),
            signed_at: Timestamp(1_795_000_000_456),
        }
    }

    #[test]
    fn what_was_signed_is_read_back_and_nothing_else() {
        let (key, other) = (NodeKey::of_seed([1; 32]).unwrap(), NodeKey::of_seed([2; 32]).unwrap());
        let told = receipt("2026112322001400000000000001");
        let text = told.write(&key).unwrap();
        assert_eq!(Receipt::read(&format!("{text}\r\n"), &key.public()).unwrap(), told);
        assert!(matches!(Receipt::read(&text, &other.public()), Err(NoReceipt::NotGenuine(_))));
        assert!(matches!(Receipt::read(&text.replacen("DDR1", "DDR2", 1), &key.public()), Err(NoReceipt::NotGenuine(_))));
        for short in [&[][..], &[0; FIXED], &[9; FIXED + 3]] {
            assert_eq!(Receipt::read(&seal(&key, PURPOSE, short), &key.public()), Err(NoReceipt::Unreadable));
        }
    }

    #[test]
    fn a_receipt_fits_the_code_that_the_guide_promises() {
        let key = NodeKey::of_seed([1; 32]).unwrap();
        // Bytes that a QR code holds at level M, by ISO/IEC 18004: version 10 213, version 12 287.
        assert!(receipt(&"1".repeat(28)).write(&key).unwrap().len() <= 213);
        assert!(receipt(&"1".repeat(64)).write(&key).unwrap().len() <= 287);
        for odd in ["", &"1".repeat(65), "a b", "数"] {
            assert_eq!(receipt(odd).write(&key), None, "{odd}");
        }
    }
}
