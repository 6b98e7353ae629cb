//! The printer's font, in dots: 24×24 for Chinese, 12×24 for the rest, 9×17 for the small font.
//!
//! The outlines are Noto Sans Mono CJK SC, cut down to what GB 2312 and the code pages need; see `fonts/README.md`.
//! A character it has not is a box with its number in hex.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use ab_glyph::{Font, FontRef, Glyph as Outline, PxScale, point};
use parking_lot::Mutex;

static FONT_FILE: &[u8] = include_bytes!("../fonts/NotoSansMonoCJKsc-Regular.gb2312.otf");
/// A file that can't be read leaves boxes; a test reads it.
static FONT: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::try_from_slice(FONT_FILE).ok());
type Cache = HashMap<(Sign, Cell), Arc<Glyph>>;
static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(|| Mutex::new(HashMap::new()));
/// More signs than anyone prints; beyond, the cache begins anew.
const CACHED: usize = 20_000;

/// How much of a dot an outline must cover to be burnt. Less than half: thermal heads print fat.
const BURNT: f32 = 0.42;

/// The room a character takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// 24×24
    Wide,
    /// 12×24
    Narrow,
    /// 9×17
    Small,
}

impl Cell {
    pub fn width(self) -> usize {
        match self {
            Cell::Wide => 24,
            Cell::Narrow => 12,
            Cell::Small => 9,
        }
    }

    pub fn height(self) -> usize {
        match self {
            Cell::Wide | Cell::Narrow => 24,
            Cell::Small => 17,
        }
    }

    /// Dots from the top to the line the letters stand on.
    fn baseline(self) -> f32 {
        match self {
            Cell::Wide => 21.0,
            Cell::Narrow => 19.0,
            Cell::Small => 14.0,
        }
    }

    /// Dots an em.
    fn em(self) -> f32 {
        match self {
            Cell::Wide | Cell::Narrow => 24.0,
            Cell::Small => 17.0,
        }
    }
}

/// What is drawn in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    Char(char),
    /// A byte that is no character.
    Byte(u8),
}

/// A character in dots: for each row the dots from the left, the first in bit 31.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyph {
    pub cell: Cell,
    rows: [u32; 24],
}

impl Glyph {
    pub fn dot(&self, x: usize, y: usize) -> bool {
        self.rows.get(y).is_some_and(|row| x < 24 && row & (1 << (31 - x)) != 0)
    }

    fn set(&mut self, x: usize, y: usize) {
        if x < self.cell.width() && y < self.cell.height() {
            self.rows[y] |= 1 << (31 - x);
        }
    }
}

/// The dots of a sign.
pub fn glyph(sign: Sign, cell: Cell) -> Arc<Glyph> {
    if let Some(known) = CACHE.lock().get(&(sign, cell)) {
        return known.clone();
    }
    let drawn = Arc::new(match sign {
        Sign::Char(ch) => draw(ch, cell).unwrap_or_else(|| boxed(&format!("{:04X}", u32::from(ch)), cell)),
        Sign::Byte(byte) => boxed(&format!("{byte:02X}"), cell),
    });
    let mut cache = CACHE.lock();
    if cache.len() >= CACHED {
        cache.clear();
    }
    cache.insert((sign, cell), drawn.clone());
    drawn
}

fn draw(ch: char, cell: Cell) -> Option<Glyph> {
    let mut glyph = Glyph { cell, rows: [0; 24] };
    if matches!(ch, ' ' | '\u{a0}' | '\u{3000}') {
        return Some(glyph);
    }
    let font = FONT.as_ref()?;
    let id = font.glyph_id(ch);
    if id.0 == 0 {
        return None;
    }
    let units = font.units_per_em()?;
    let em = cell.em() * font.height_unscaled() / units;
    let advance = font.h_advance_unscaled(id) / units * cell.em();
    let width = cell.width() as f32;
    // What is wider than its place is pressed together; what is narrower stands in the middle.
    let press = if advance > width { width / advance } else { 1.0 };
    let left = (width - advance * press) / 2.0;
    let scale = PxScale { x: em * press, y: em };
    let outlined = font.outline_glyph(Outline { id, scale, position: point(left, cell.baseline()) })?;
    let (x0, y0) = (outlined.px_bounds().min.x as i64, outlined.px_bounds().min.y as i64);
    outlined.draw(|x, y, covered| {
        if covered >= BURNT
            && let (Ok(x), Ok(y)) = (usize::try_from(x0 + i64::from(x)), usize::try_from(y0 + i64::from(y)))
        {
            glyph.set(x, y);
        }
    });
    Some(glyph)
}

/// Hex digits, 3×5, a row in three bits.
const DIGITS: [[u8; 5]; 16] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [7, 5, 7, 5, 5],
    [6, 5, 6, 5, 6],
    [7, 4, 4, 4, 7],
    [6, 5, 5, 5, 6],
    [7, 4, 6, 4, 7],
    [7, 4, 6, 4, 4],
];

/// A box with hex digits in two rows, as large as they fit.
fn boxed(hex: &str, cell: Cell) -> Glyph {
    let mut glyph = Glyph { cell, rows: [0; 24] };
    let (width, height) = (cell.width(), cell.height());
    for x in 0..width {
        glyph.set(x, 0);
        glyph.set(x, height - 1);
    }
    for y in 0..height {
        glyph.set(0, y);
        glyph.set(width - 1, y);
    }
    let digits: Vec<usize> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as usize).collect();
    let per_row = digits.len().div_ceil(2);
    let scale = if cell == Cell::Wide && per_row == 2 { 2 } else { 1 };
    let row_width = per_row * 3 * scale + per_row - 1;
    let (left, top) = ((width.saturating_sub(row_width)) / 2, (height - 10 * scale - 1) / 2);
    for (place, digit) in digits.iter().enumerate() {
        let (x0, y0) = (left + place % per_row * (3 * scale + 1), top + place / per_row * (5 * scale + 1));
        for (y, row) in DIGITS[*digit].iter().enumerate() {
            for x in (0..3).filter(|x| row & (4 >> x) != 0) {
                for (dx, dy) in (0..scale).flat_map(|dx| (0..scale).map(move |dy| (dx, dy))) {
                    glyph.set(x0 + x * scale + dx, y0 + y * scale + dy);
                }
            }
        }
    }
    glyph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dots(glyph: &Glyph) -> usize {
        (0..24).flat_map(|y| (0..24).map(move |x| (x, y))).filter(|(x, y)| glyph.dot(*x, *y)).count()
    }

    #[test]
    fn the_font_has_what_gb2312_has() {
        assert!(FONT.is_some());
        for ch in "单点宫保鸡丁，。￥¥×→！（）一龟齄".chars() {
            assert!(draw(ch, Cell::Wide).is_some_and(|glyph| dots(&glyph) > 5), "{ch}");
        }
        for ch in '!'..='~' {
            assert!(draw(ch, Cell::Narrow).is_some_and(|glyph| dots(&glyph) > 3), "{ch}");
        }
        assert_eq!(dots(&glyph(Sign::Char('　'), Cell::Wide)), 0);
    }

    #[test]
    fn a_character_outside_the_font_is_a_box_with_its_number() {
        assert!(draw('龘', Cell::Wide).is_none());
        let boxed = glyph(Sign::Char('龘'), Cell::Wide);
        assert!((0..24).all(|at| boxed.dot(at, 0) && boxed.dot(0, at)) && dots(&boxed) > 92);
        let other = glyph(Sign::Char('龖'), Cell::Wide);
        assert_ne!(boxed, other);
    }
}
