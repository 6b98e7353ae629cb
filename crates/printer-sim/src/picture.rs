//! Paper as a PNG: four colours, the paper's edges, the cut, and notes in red beside it.

use crate::{
    bits::Bits,
    glyphs::{Cell, Sign, glyph},
};

/// Off-white paper, ink, the red of notes, and the table the paper lies on.
const PALETTE: [u8; 12] = [251, 250, 246, 30, 29, 33, 196, 40, 30, 214, 213, 209];
const PAPER: u8 = 0;
const INK: u8 = 1;
const NOTE: u8 = 2;
const TABLE: u8 = 3;

/// Dots of paper left and right of what the head reaches: 58 mm paper has 48 mm printed, 80 mm has 72.
const SIDE: usize = 36;
/// Dots of table around the paper.
const AROUND: usize = 12;
/// Below the last row, up to the edge.
const FOOT: usize = 12;
const NOTE_CHARS: usize = 26;

struct Canvas {
    width: usize,
    height: usize,
    dots: Vec<u8>,
}

impl Canvas {
    fn set(&mut self, x: usize, y: usize, color: u8) {
        if x < self.width
            && let Some(dot) = self.dots.get_mut(y * self.width + x)
        {
            *dot = color;
        }
    }

    fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, color: u8) {
        for y in y..(y + height).min(self.height) {
            for x in x..(x + width).min(self.width) {
                self.set(x, y, color);
            }
        }
    }
}

/// Draws the paper; `notes` stand in the margin at their rows; `cut` draws the cutter's line.
pub(crate) fn png(bits: &Bits, notes: &[(usize, String)], cut: bool) -> Vec<u8> {
    let paper_width = bits.width + 2 * SIDE;
    let longest = notes.iter().map(|(_, note)| note.chars().count().min(NOTE_CHARS)).max();
    let strip = longest.map_or(0, |chars| (chars + 1) * Cell::Narrow.width() + AROUND);
    let note_rows: Vec<usize> = notes
        .iter()
        .scan(0, |free, (row, _)| {
            let y = (*row).max(*free);
            *free = y + 26;
            Some(y)
        })
        .collect();
    let paper_height = (bits.height() + FOOT).max(note_rows.last().map_or(0, |row| row + 26));
    let (width, height) = (paper_width + strip + 2 * AROUND, paper_height + 2 * AROUND);
    let mut canvas = Canvas { width, height, dots: vec![TABLE; width * height] };
    canvas.fill(AROUND, AROUND, paper_width, paper_height, PAPER);
    let (left, top) = (AROUND + SIDE, AROUND);
    for y in 0..bits.height() {
        for x in (0..bits.width).filter(|x| bits.dot(*x, y)) {
            canvas.set(left + x, top + y, INK);
        }
    }
    if cut {
        for x in (0..paper_width).step_by(16) {
            canvas.fill(AROUND + x, top + paper_height - 2, 9, 2, INK);
        }
    }
    for (y, (_, note)) in note_rows.iter().zip(notes) {
        let x = AROUND + paper_width + 6;
        canvas.fill(x - 14, top + y + 11, 16, 2, NOTE);
        for (place, ch) in note.chars().take(NOTE_CHARS).enumerate() {
            let glyph = glyph(Sign::Char(ch), Cell::Narrow);
            for (dx, dy) in (0..24).flat_map(|dy| (0..12).map(move |dx| (dx, dy))).filter(|(dx, dy)| glyph.dot(*dx, *dy)) {
                canvas.set(x + 6 + place * 12 + dx, top + y + dy, NOTE);
            }
        }
    }
    encode(&canvas)
}

/// Two bits a dot. Writing to memory can't fail; should it, there is no picture.
fn encode(canvas: &Canvas) -> Vec<u8> {
    let stride = canvas.width.div_ceil(4);
    let mut packed = vec![0; stride * canvas.height];
    for (y, row) in canvas.dots.chunks_exact(canvas.width).enumerate() {
        for (x, color) in row.iter().enumerate() {
            packed[y * stride + x / 4] |= color << (6 - 2 * (x % 4));
        }
    }
    write(canvas, &packed).unwrap_or_else(|error| {
        tracing::error!(%error, "a slip could not be drawn");
        Vec::new()
    })
}

fn write(canvas: &Canvas, packed: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(canvas.width)?, u32::try_from(canvas.height)?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(PALETTE.as_slice());
    let mut writer = encoder.write_header()?;
    writer.write_image_data(packed)?;
    writer.finish()?;
    Ok(file)
}
