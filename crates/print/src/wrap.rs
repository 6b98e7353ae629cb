//! Columns of text on a GB printer, and lines that fit.

/// Columns a character takes: one byte is half a square, anything longer a full one. That is the printer's own rule, and differs from
/// a screen's: `é` and `×` are full width here.
pub(crate) fn columns_of(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Breaks text into lines of at most `width` columns, at spaces or between Chinese characters; a word too long for any line is broken
/// where the line ends. Only spaces at a break are lost. An empty text is one empty line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Lines { done: Vec::new(), line: String::new(), used: 0, width };
    for piece in pieces(text.trim()) {
        lines.add(piece);
    }
    lines.done.push(lines.line.trim_end().to_owned());
    lines.done
}

struct Lines {
    done: Vec<String>,
    line: String,
    used: usize,
    width: usize,
}

impl Lines {
    fn add(&mut self, piece: &str) {
        let wide = columns(piece);
        if self.used + wide <= self.width {
            self.push(piece, wide);
        } else if piece.starts_with(' ') {
            self.end();
        } else if wide <= self.width {
            self.end();
            self.push(piece, wide);
        } else {
            piece.chars().for_each(|c| self.add_char(c));
        }
    }

    fn add_char(&mut self, c: char) {
        if self.used + columns_of(c) > self.width {
            self.end();
        }
        self.push(c.encode_utf8(&mut [0; 4]), columns_of(c));
    }

    fn push(&mut self, piece: &str, wide: usize) {
        if self.line.is_empty() && piece.starts_with(' ') {
            return;
        }
        self.line.push_str(piece);
        self.used += wide;
    }

    fn end(&mut self) {
        if !self.line.is_empty() {
            self.done.push(self.line.trim_end().to_owned());
        }
        self.line.clear();
        self.used = 0;
    }
}

/// Spaces, words, and single characters of scripts that break anywhere.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last: Option<char> = None;
    for (at, c) in text.char_indices() {
        if last.is_some_and(|last| may_break(last, c)) {
            pieces.push(&text[start..at]);
            start = at;
        }
        last = Some(c);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// No line starts with what closes, none ends with what opens.
fn may_break(before: char, after: char) -> bool {
    let (left, right) = (kind_of(before), kind_of(after));
    let held = right != Kind::Space && OPENING.contains(before) || left != Kind::Space && CLOSING.contains(after);
    !held && (left != right || right == Kind::Alone)
}

const OPENING: &str = "（《「『【“‘([";
const CLOSING: &str = "）》」』】”’，。、；：？！…)],.;:?!";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Word,
    Alone,
}

fn kind_of(c: char) -> Kind {
    match c {
        ' ' => Kind::Space,
        // An amount or a count stays in one piece with its sign.
        '￥' | '×' => Kind::Word,
        c if c.is_ascii() => Kind::Word,
        // Letters of other alphabets: words, as far as a line goes.
        '\u{a1}'..='\u{10ff}' => Kind::Word,
        _ => Kind::Alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chinese_breaks_anywhere_and_words_at_spaces() {
        assert_eq!(wrap("宫保鸡丁加辣", 8), ["宫保鸡丁", "加辣"]);
        assert_eq!(wrap("宫保鸡丁加辣", 7), ["宫保鸡", "丁加辣"]);
        assert_eq!(wrap("宫保鸡丁（大份）", 14), ["宫保鸡丁（大", "份）"]);
        assert_eq!(wrap("宫保鸡丁（大份）", 10), ["宫保鸡丁", "（大份）"]);
        assert_eq!(wrap("，，，，，", 4), ["，，", "，，", "，"]);
        assert_eq!(wrap("Kung Pao Chicken", 9), ["Kung Pao", "Chicken"]);
        assert_eq!(wrap("合计 ￥128.00", 10), ["合计", "￥128.00"]);
        assert_eq!(wrap("extraordinarily", 6), ["extrao", "rdinar", "ily"]);
        assert_eq!(wrap("", 6), [""]);
    }

    #[test]
    fn odd_letters_are_full_width_as_on_paper() {
        assert_eq!(columns("×2"), 3);
        assert_eq!(columns("café"), 5);
        assert_eq!(columns("￥58.00"), 7);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_but_spaces_is_lost(text in "[ a-zé×￥宫保鸡丁㐂，（）.]{0,60}", width in 2usize..50) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{line:?} in {width}");
            }
            let bare = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }
    }
}
