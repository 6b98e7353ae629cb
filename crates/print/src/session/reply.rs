//! Sorts the bytes a printer sends: answers to questions, process IDs, and what it says unasked.

use crate::status::is_answer;

/// One thing a printer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer to `DLE EOT`.
    Answer(u8),
    /// Everything before this ID has been printed (`GS ( H`).
    Done([u8; 4]),
    /// Not what a printer says.
    Nonsense,
}

/// Longer blocks than any that `GS` commands answer with.
const LONGEST_BLOCK: usize = 96;

/// Reads byte by byte; blocks and status messages may come in pieces.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    block: Option<Vec<u8>>,
    /// Bytes left of an automatic status message.
    unasked: usize,
}

impl Replies {
    pub(crate) fn take(&mut self, byte: u8) -> Option<Reply> {
        if let Some(block) = &mut self.block {
            // A block runs from 0x37 to a zero.
            if byte != 0 {
                block.push(byte);
                return (block.len() > LONGEST_BLOCK).then_some(Reply::Nonsense);
            }
            let block = self.block.take().unwrap_or_default();
            return match block[..] {
                [0x22, a, b, c, d] => Some(Reply::Done([a, b, c, d])),
                _ => None,
            };
        }
        if self.unasked > 0 {
            self.unasked -= 1;
            return None;
        }
        match byte {
            0x37 => self.block = Some(Vec::new()),
            // XON and XOFF.
            0x11 | 0x13 => {}
            // The first of the four bytes a printer set so sends whenever its state changes.
            _ if byte & 0b1001_0011 == 0b0001_0000 => self.unasked = 3,
            _ if is_answer(byte) => return Some(Reply::Answer(byte)),
            _ => return Some(Reply::Nonsense),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(bytes: &[u8]) -> Vec<Reply> {
        let mut replies = Replies::default();
        bytes.iter().filter_map(|byte| replies.take(*byte)).collect()
    }

    #[test]
    fn an_id_that_looks_like_answers_is_an_id() {
        assert_eq!(replies(b"\x12\x37\x222222\x00\x16"), [Reply::Answer(0x12), Reply::Done(*b"2222"), Reply::Answer(0x16)]);
    }

    #[test]
    fn what_is_said_unasked_is_left_out() {
        assert_eq!(replies(&[0x11, 0x14, 0x00, 0x00, 0x0f, 0x12, 0x13]), [Reply::Answer(0x12)]);
        assert_eq!(replies(b"\x37\x70ok\x00"), []);
    }

    #[test]
    fn the_rest_is_nonsense() {
        assert_eq!(replies(b"H"), [Reply::Nonsense]);
        assert_eq!(replies(&[0x37; 200])[0], Reply::Nonsense);
    }
}
