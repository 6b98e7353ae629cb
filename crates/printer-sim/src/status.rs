//! The bytes that tell a printer's state, with the bits that are fixed in the command reference.

use serde::Serialize;

/// What the status bytes tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    pub online: bool,
    pub paper_out: bool,
    pub paper_near_end: bool,
    pub cover_open: bool,
    /// Level of the drawer connector's pin 3; here high means open.
    pub drawer_open: bool,
}

fn bit(place: u8, set: bool) -> u8 {
    u8::from(set) << place
}

impl State {
    /// The answer to DLE EOT n. Bits 1 and 4 are always on, 0 and 7 off.
    pub fn real_time(self, n: u8) -> u8 {
        let told = match n {
            1 => bit(2, self.drawer_open) | bit(3, !self.online),
            2 => bit(2, self.cover_open) | bit(5, self.paper_out),
            3 => 0,
            _ => self.near_end(0b0000_1100) | self.end(0b0110_0000),
        };
        told | 0b0001_0010
    }

    /// The answer to GS r: 1 paper, 2 drawer. Bits 4 and 7 are always off.
    pub fn transmitted(self, n: u8) -> u8 {
        match n {
            1 => self.near_end(0b0011) | self.end(0b1100),
            _ => bit(0, self.drawer_open),
        }
    }

    /// The four bytes of GS a. In the first, bit 4 is always on, and 0, 1 and 7 off; in the others 4 and 7 are off.
    pub fn automatic(self) -> [u8; 4] {
        let first = bit(2, self.drawer_open) | bit(3, !self.online) | bit(4, true) | bit(5, self.cover_open);
        [first, 0, self.near_end(0b0011) | self.end(0b1100), 0]
    }

    /// Whether GS a with these bits reports the step from `before` to this state.
    pub fn reports_change(self, before: State, bits: u8) -> bool {
        let paper = |state: State| (state.paper_out, state.paper_near_end);
        let drawer = bits & 1 != 0 && self.drawer_open != before.drawer_open;
        let line = bits & 2 != 0 && (self.online, self.cover_open) != (before.online, before.cover_open);
        let roll = bits & 8 != 0 && paper(self) != paper(before);
        drawer || line || roll
    }

    /// A roll that is at its end is near it too.
    fn near_end(self, bits: u8) -> u8 {
        if self.paper_near_end || self.paper_out { bits } else { 0 }
    }

    fn end(self, bits: u8) -> u8 {
        if self.paper_out { bits } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_that_is_well() {
        let well = State { online: true, ..State::default() };
        assert_eq!([1, 2, 3, 4].map(|n| well.real_time(n)), [0x12; 4]);
        assert_eq!((well.transmitted(1), well.transmitted(2)), (0, 0));
        assert_eq!(well.automatic(), [0x10, 0, 0, 0]);
    }

    #[test]
    fn a_printer_in_trouble() {
        let out = State { paper_out: true, ..State::default() };
        assert_eq!([1, 2, 3, 4].map(|n| out.real_time(n)), [0x1a, 0x32, 0x12, 0x7e]);
        assert_eq!((out.transmitted(1), out.automatic()), (0x0f, [0x18, 0, 0x0f, 0]));
        let near = State { online: true, paper_near_end: true, ..State::default() };
        assert_eq!([1, 2, 3, 4].map(|n| near.real_time(n)), [0x12, 0x12, 0x12, 0x1e]);
        let open = State { cover_open: true, drawer_open: true, ..State::default() };
        assert_eq!([1, 2, 3, 4].map(|n| open.real_time(n)), [0x1e, 0x16, 0x12, 0x12]);
        assert_eq!(open.automatic(), [0x3c, 0, 0, 0]);
    }
}
