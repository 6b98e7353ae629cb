//! A block of dots, a row of bytes after the other, the leftmost dot in the highest bit; 1 is burnt.

/// Dots of a fixed width and any height.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    pub width: usize,
    data: Vec<u8>,
}

impl Bits {
    pub fn new(width: usize, height: usize) -> Bits {
        Bits { width, data: vec![0; width.div_ceil(8) * height] }
    }

    fn stride(&self) -> usize {
        self.width.div_ceil(8)
    }

    pub fn height(&self) -> usize {
        self.data.len().checked_div(self.stride()).unwrap_or(0)
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.stride()..(y + 1) * self.stride()]
    }

    /// Adds a row below; it must be as wide as the others.
    pub fn push_row(&mut self, row: &[u8]) {
        debug_assert_eq!(row.len(), self.stride());
        self.data.extend_from_slice(row);
    }

    pub fn push_blank(&mut self) {
        self.data.resize(self.data.len() + self.stride(), 0);
    }

    /// Takes the rows from `y` on away.
    pub fn split_off(&mut self, y: usize) -> Bits {
        let at = (y * self.stride()).min(self.data.len());
        Bits { width: self.width, data: self.data.split_off(at) }
    }

    pub fn dot(&self, x: usize, y: usize) -> bool {
        x < self.width && self.data.get(y * self.stride() + x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// What lies outside is lost, as beside the head.
    pub fn set(&mut self, x: usize, y: usize) {
        let place = y * self.stride() + x / 8;
        if x < self.width
            && let Some(byte) = self.data.get_mut(place)
        {
            *byte |= 0x80 >> (x % 8);
        }
    }

    /// Burns a rectangle.
    pub fn fill(&mut self, x: usize, y: usize, width: usize, height: usize) {
        for y in y..y + height {
            for x in x..(x + width).min(self.width) {
                self.set(x, y);
            }
        }
    }
}
