//! QR codes: drawn by the printer, or by us as a picture.

use super::{GS, LF, QrMode};
use crate::page::{CodeData, Width};
use qrcode::{Color, EcLevel, QrCode};

/// White around the code, in modules, as the standard asks.
const MARGIN: usize = 4;

/// Dots of an empty row on most printers, after ESC @. A few feed 34.
const ROW: usize = 30;

/// A code with the size its modules get on this paper.
pub(super) struct Drawn<'a> {
    data: &'a CodeData,
    modules: Vec<bool>,
    side: usize,
    /// Dots to a module, at least two.
    scale: usize,
}

pub(super) fn draw(data: &CodeData, dots: u16, width: Width) -> Drawn<'_> {
    let code = QrCode::with_error_correction_level(data.as_str(), EcLevel::M).expect("CodeData::MOST bytes fit a code");
    let side = code.width();
    let wanted = usize::from(dots).div_ceil(side);
    let most = usize::from(width.dots()) / (side + 2 * MARGIN);
    let scale = wanted.clamp(3, 12).min(most).max(2);
    let modules = code.to_colors().into_iter().map(|module| module == Color::Dark).collect();
    Drawn { data, modules, side, scale }
}

impl Drawn<'_> {
    pub(super) fn encode(&self, mode: QrMode) -> Vec<u8> {
        match mode {
            QrMode::Native => self.native(),
            QrMode::Raster => self.raster(),
        }
    }

    fn native(&self) -> Vec<u8> {
        let data = self.data.as_str().as_bytes();
        let [low, high] = u16::try_from(data.len() + 3).expect("CodeData::MOST is small").to_le_bytes();
        let scale = u8::try_from(self.scale).expect("at most 12");
        // Printers draw the modules alone; white left and right there is on any paper, above and below it takes empty rows.
        let white = std::iter::repeat_n(LF, (MARGIN * self.scale).div_ceil(ROW));
        let mut bytes: Vec<u8> = white.clone().collect();
        bytes.extend([GS, b'(', b'k', 4, 0, 49, 65, 50, 0]); // Model 2.
        bytes.extend([GS, b'(', b'k', 3, 0, 49, 67, scale]);
        bytes.extend([GS, b'(', b'k', 3, 0, 49, 69, 49]); // Correction level M.
        bytes.extend([GS, b'(', b'k', low, high, 49, 80, 48]);
        bytes.extend_from_slice(data);
        bytes.extend([GS, b'(', b'k', 3, 0, 49, 81, 48]); // Print it.
        bytes.extend(white);
        bytes
    }

    /// No byte of the picture is 0x10, which printers take for the start of a real-time command even inside pictures: a single dot with
    /// white on both sides can't be, as every module is at least two dots wide.
    fn raster(&self) -> Vec<u8> {
        let across = (self.side + 2 * MARGIN) * self.scale;
        let row_bytes = across.div_ceil(8);
        let size = |n: usize| u16::try_from(n).expect("narrower than paper").to_le_bytes();
        let mut bytes = vec![GS, b'v', b'0', 0];
        bytes.extend(size(row_bytes));
        bytes.extend(size(across));
        for y in 0..across {
            let mut row = vec![0u8; row_bytes];
            for x in (0..across).filter(|x| self.is_dark(x / self.scale, y / self.scale)) {
                row[x / 8] |= 0x80 >> (x % 8);
            }
            bytes.extend(row);
        }
        bytes
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |n: usize| n.checked_sub(MARGIN).filter(|n| *n < self.side);
        inside(x).zip(inside(y)).is_some_and(|(x, y)| self.modules[y * self.side + x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(text: &str, width: Width) -> Vec<u8> {
        draw(&CodeData::new(text).unwrap(), 240, width).raster()
    }

    #[test]
    fn the_longest_code_fits_narrow_paper() {
        let bytes = raster(&"x".repeat(CodeData::MOST), Width::Mm58);
        assert!(usize::from(bytes[4]) * 8 <= 384, "{} bytes a row", bytes[4]);
        assert_eq!(bytes.len(), 8 + usize::from(bytes[4]) * usize::from(u16::from_le_bytes([bytes[6], bytes[7]])));
    }

    #[test]
    fn no_picture_holds_the_start_of_a_real_time_command() {
        for length in 1..=CodeData::MOST {
            let text: String = (0..length).map(|at| char::from(b'!' + u8::try_from((at * 7 + length) % 90).unwrap())).collect();
            let bytes = raster(&text, if length % 2 == 0 { Width::Mm58 } else { Width::Mm80 });
            assert!(!bytes[8..].contains(&0x10), "{length}");
        }
    }

    #[test]
    fn what_is_drawn_is_the_code() {
        let drawn = draw(&CodeData::new("https://x.cn/1").unwrap(), 240, Width::Mm58).raster();
        // The corner's first row, after the margin: seven black modules, one white.
        let (row, side) = (usize::from(drawn[4]), usize::from(u16::from_le_bytes([drawn[6], drawn[7]])));
        let scale = side / (21 + 8);
        let dot = |x: usize, y: usize| drawn[8 + y * row + x / 8] & (0x80 >> (x % 8)) != 0;
        let modules: Vec<bool> = (0..12).map(|m| dot(m * scale + 1, 4 * scale + 1)).collect();
        assert_eq!(modules[..4], [false; 4]);
        assert_eq!(modules[4..11], [true; 7]);
        assert!(!modules[11]);
    }
}
