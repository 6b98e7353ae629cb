//! Text as GB18030 bytes, character by character.

use super::Gb;
use crate::clean::{SIGN, clean};
use encoding_rs::GB18030;

/// 〓 in GB2312.
const SIGN_BYTES: [u8; 2] = [0xa1, 0xfe];

/// Appends text; what the printer hasn't got becomes 〓, never a gap.
pub(super) fn put(bytes: &mut Vec<u8>, text: &str, gb: Gb) {
    for c in clean(text).chars() {
        let mut utf8 = [0; 4];
        let (encoded, _, failed) = GB18030.encode(c.encode_utf8(&mut utf8));
        let four = encoded.len() > 2;
        let missing = match gb {
            Gb::Gb18030 => false,
            Gb::Gbk => four,
        };
        // A character the encoder can't take would come out as `&#…;`.
        match failed || missing || c == SIGN {
            true => bytes.extend(SIGN_BYTES),
            false => bytes.extend_from_slice(&encoded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, gb: Gb) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, text, gb);
        bytes
    }

    #[test]
    fn chinese_takes_two_bytes_and_rare_characters_four() {
        assert_eq!(encoded("A单", Gb::Gb18030), [b'A', 0xb5, 0xa5]);
        assert_eq!(encoded("㐂", Gb::Gb18030), [0x81, 0x39, 0xef, 0x31]);
        assert_eq!(encoded("€", Gb::Gb18030), [0xa2, 0xe3], "not the single byte 0x80 of GBK");
    }

    #[test]
    fn a_printer_of_two_bytes_gets_a_sign_for_four() {
        assert_eq!(encoded("甲㐂𠮷乙", Gb::Gbk), [0xbc, 0xd7, 0xa1, 0xfe, 0xa1, 0xfe, 0xd2, 0xd2]);
        assert_eq!(encoded("¥5", Gb::Gbk), [0xa3, 0xa4, b'5'], "the yen sign is known in two bytes");
    }

    #[test]
    fn every_character_stays_clear_of_commands() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let bytes = encoded(c.encode_utf8(&mut [0; 4]), Gb::Gb18030);
            let clear = match bytes[..] {
                [single] => (0x20..0x7f).contains(&single),
                [first, ..] => first > 0x80 && bytes.iter().all(|b| matches!(b, 0x30..=0x7e | 0x80..=0xfe)),
                // A variation selector.
                [] => matches!(c, '\u{fe00}'..='\u{fe0f}'),
            };
            assert!(clear, "{c:?}: {bytes:x?}");
        }
    }
}
