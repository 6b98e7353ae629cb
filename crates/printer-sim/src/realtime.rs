//! Commands that are obeyed when they arrive, before everything that waits: DLE EOT, DLE ENQ and DLE DC4.
//!
//! A printer looks for them in every byte it receives, also inside another command's data; the reference warns that a
//! picture with such bytes in it is answered.

/// A command that doesn't wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealTime {
    /// DLE EOT n: tell a status, 1 to 4.
    Status(u8),
    /// DLE DC4 1: open the drawer now.
    Drawer { pin: u8 },
    /// DLE DC4 8: forget all that waits to be printed.
    Clear,
    /// DLE ENQ 1 or 2: go on after an error.
    Recover,
}

const LONGEST: usize = 10;
const CLEAR: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];

/// Finds real-time commands in a stream.
#[derive(Debug, Default)]
pub struct Scanner {
    /// The last bytes, from a DLE on.
    tail: Vec<u8>,
}

impl Scanner {
    /// Whether this byte completes a command.
    pub fn push(&mut self, byte: u8) -> Option<RealTime> {
        if self.tail.is_empty() && byte != 0x10 {
            return None;
        }
        self.tail.push(byte);
        let found = match self.tail.as_slice() {
            [0x10, 0x04, n @ 1..=4] => Some(RealTime::Status(*n)),
            [0x10, 0x05, 1 | 2] => Some(RealTime::Recover),
            [0x10, 0x14, 1, connector @ 0..=1, _] => Some(RealTime::Drawer { pin: if *connector == 0 { 2 } else { 5 } }),
            whole if whole == CLEAR => Some(RealTime::Clear),
            _ => None,
        };
        if found.is_some() {
            self.tail.clear();
        } else {
            // Drops what can't begin a command any more, up to the next DLE that may.
            while !self.tail.is_empty() && !may_begin(&self.tail) {
                let next = self.tail.iter().skip(1).position(|byte| *byte == 0x10);
                self.tail.drain(..next.map_or(self.tail.len(), |place| place + 1));
            }
        }
        found
    }
}

fn may_begin(tail: &[u8]) -> bool {
    debug_assert!(tail.len() <= LONGEST);
    match tail {
        [0x10] | [0x10, 0x04 | 0x05 | 0x14] | [0x10, 0x14, 1] | [0x10, 0x14, 1, 0..=1] => true,
        _ => CLEAR.starts_with(tail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Vec<RealTime> {
        let mut scanner = Scanner::default();
        bytes.iter().filter_map(|byte| scanner.push(*byte)).collect()
    }

    #[test]
    fn commands_are_found_anywhere() {
        let status = RealTime::Status;
        assert_eq!(found(&[0x10, 4, 1, 0x10, 4, 4]), [status(1), status(4)]);
        assert_eq!(found(&[0x1d, b'v', b'0', 0, 3, 0, 1, 0, 0x10, 4, 2]), [status(2)], "also inside a picture");
        assert_eq!(found(&[0x10, 0x10, 4, 3]), [status(3)], "a DLE may follow a DLE");
        assert_eq!(found(&[0x10, 0x14, 1, 0x10, 4, 1]), [status(1)]);
        assert_eq!(found(&[0x10, 0x14, 1, 0, 5]), [RealTime::Drawer { pin: 2 }]);
        assert_eq!(found(&CLEAR), [RealTime::Clear]);
        assert_eq!(found(&[0x10, 4, 5, 4, 1, 0x10, 4, 0]), []);
    }
}
