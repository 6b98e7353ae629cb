//! Makes any text safe and honest on paper: what a printer could obey, or a reader could not see, becomes a visible sign.

use unicode_width::UnicodeWidthChar;

/// Stands for what can't be printed. In GB2312, so every Chinese printer has it.
pub(crate) const SIGN: char = '〓';

/// Returns the text as it will stand on paper. Cleaning twice changes nothing.
///
/// Control characters, line separators, bidi controls and everything else without a width of its own would be obeyed by the printer or
/// change how the rest is read: each becomes [`SIGN`]. Private-use characters have no agreed shape and become it too. Only variation
/// selectors vanish; they are part of the character before them.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !is_variation_selector(*c)).map(paper_char).collect()
}

/// Whether cleaning would leave the text alone; a code with other data would open something else than asked.
pub(crate) fn is_clean(text: &str) -> bool {
    text.chars().all(|c| !is_variation_selector(c) && paper_char(c) == c)
}

fn paper_char(c: char) -> char {
    match c {
        ' '..='~' => c,
        // Every character of a GB printer that isn't ASCII is full width; the half-width yen sign needs four bytes, this one two.
        '\u{a5}' => '￥',
        // Between two times; GB2312 has none.
        '\u{2013}' => '-',
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{ad}' | '\u{fffd}' => SIGN,
        c if c.is_control() || is_bidi_control(c) || is_private(c) || is_noncharacter(c) => SIGN,
        c if c.width().unwrap_or(0) == 0 => SIGN,
        c => c,
    }
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_printer_would_obey_becomes_a_sign() {
        assert_eq!(clean("a\x1b@\x10\x04\x01\r\n\t\0b"), "a〓@〓〓〓〓〓〓〓b");
        assert_eq!(clean("\x7f\u{80}\u{9b}\u{85}"), "〓〓〓〓");
        assert_eq!(clean("一\u{2028}二\u{2029}三"), "一〓二〓三");
    }

    #[test]
    fn what_a_reader_could_not_see_becomes_a_sign() {
        for c in [
            '\u{202e}',
            '\u{2066}',
            '\u{200f}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{feff}',
            '\u{301}',
            '\u{e0041}',
            '\u{e123}',
        ] {
            assert_eq!(clean(&format!("x{c}y")), "x〓y", "{c:?}");
        }
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let text = "宫保鸡丁（大） ×2 ￥58.00 → Kung Pao, 㐂𠮷䶮 é ñ";
        assert_eq!(clean(text), text);
        assert!(is_clean(text));
        assert_eq!(clean("¥58"), "￥58");
        assert_eq!(clean("9:00 – 22:30"), "9:00 - 22:30");
        assert_eq!(clean("a\u{a0}b\u{2009}c"), "a b c");
        assert_eq!(clean("\u{1f336}\u{fe0f}"), "\u{1f336}");
    }
}
