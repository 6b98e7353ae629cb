//! What stands between the lines and takes rows of its own: pictures, QR codes and barcodes.

use std::collections::VecDeque;

use qrcode::{Color, QrCode};

use super::{Item, Set, Style, Typesetter, draw, push_rows};
use crate::{
    barcode,
    bits::Bits,
    glyphs::{Cell, Sign, glyph},
    op::Raster,
};

impl Typesetter {
    pub(super) fn image(&mut self, raster: &Raster, out: &mut VecDeque<Item>) {
        self.flush(out);
        let (wide, high) = raster.scale;
        let rows = raster.data.len() / raster.stride;
        let left = self.left_of(raster.stride * 8 * wide);
        for row in raster.data.chunks_exact(raster.stride) {
            let mut bits = Bits::new(self.paper, 1);
            for x in (0..raster.stride * 8).filter(|x| row[x / 8] & (0x80 >> (x % 8)) != 0) {
                bits.fill(left + x * wide, 0, wide, 1);
            }
            for _ in 0..high {
                push_rows(&bits, out);
            }
        }
        out.push_back(Item::Text(format!("{}[IMAGE {}x{}]", self.align_marker(), raster.stride * 8 * wide, rows * high)));
    }

    pub(super) fn qr(&mut self, out: &mut VecDeque<Item>) {
        self.flush(out);
        let settings = &self.settings;
        let shown = shown(&settings.qr_data);
        if settings.qr_model != 50 {
            let model = settings.qr_model;
            out.push_back(Item::Text(format!("[QR not printed, model {model} is not drawn here: {shown}]")));
            return;
        }
        let code = match QrCode::with_error_correction_level(&settings.qr_data, settings.qr_level) {
            Ok(code) if !settings.qr_data.is_empty() => code,
            Ok(_) => return out.push_back(Item::Text("[QR not printed: no data]".into())),
            Err(_) => return out.push_back(Item::Text(format!("[QR not printed, too much data: {shown}]"))),
        };
        let (modules, size) = (code.width(), settings.qr_size);
        if modules * size > self.area() {
            return out.push_back(Item::Text(format!("[QR not printed, wider than the paper: {shown}]")));
        }
        let left = self.left_of(modules * size);
        for row in code.to_colors().chunks(modules) {
            let mut bits = Bits::new(self.paper, 1);
            for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
                bits.fill(left + x * size, 0, size, 1);
            }
            for _ in 0..size {
                push_rows(&bits, out);
            }
        }
        out.push_back(Item::Text(format!("{}[QR: {shown}]", self.align_marker())));
    }

    pub(super) fn barcode(&mut self, kind: u8, data: &[u8], out: &mut VecDeque<Item>) {
        self.flush(out);
        let settings = &self.settings;
        if kind != 73 {
            return out.push_back(Item::Text(format!("[BARCODE {kind} is not drawn here: {}]", shown(data))));
        }
        let Some(code) = barcode::code128(data) else {
            return out.push_back(Item::Text(format!("[CODE128 not printed, bad data: {}]", shown(data))));
        };
        let module = settings.barcode_module;
        let width = code.widths.iter().sum::<usize>() * module;
        if width > self.area() {
            return out.push_back(Item::Text(format!("[CODE128 not printed, wider than the paper: {}]", code.text)));
        }
        let mut bits = Bits::new(self.paper, 1);
        let mut x = self.left_of(width);
        for (place, width) in code.widths.iter().enumerate() {
            if place % 2 == 0 {
                bits.fill(x, 0, width * module, 1);
            }
            x += width * module;
        }
        let (height, words) = (settings.barcode_height, settings.barcode_text);
        if words & 1 != 0 {
            self.words(&code.text, out);
        }
        for _ in 0..height {
            push_rows(&bits, out);
        }
        if words & 2 != 0 {
            self.words(&code.text, out);
        }
        out.push_back(Item::Text(format!("{}[CODE128: {}]", self.align_marker(), code.text)));
    }

    /// A line of small text that is no line of the text form: the characters of a barcode.
    fn words(&self, text: &str, out: &mut VecDeque<Item>) {
        let left = self.left_of(text.chars().count() * Cell::Narrow.width());
        let style = Style { width: 1, height: 1, ..Style::default() };
        let mut bits = Bits::new(self.paper, Cell::Narrow.height());
        for (place, ch) in text.chars().enumerate() {
            let (sign, x) = (Sign::Char(ch), place * Cell::Narrow.width());
            draw(&Set { x, sign, glyph: glyph(sign, Cell::Narrow), style, around: (0, 0) }, left, 24, &mut bits);
        }
        push_rows(&bits, out);
    }
}

/// Data as one line of text.
fn shown(data: &[u8]) -> String {
    String::from_utf8_lossy(data).chars().map(|ch| if ch.is_control() { '\u{fffd}' } else { ch }).collect()
}
