//! Which character a byte is: code pages (ESC t), national sets (ESC R) and GB18030.

use encoding_rs::{GB18030, IBM866, WINDOWS_1252};

/// Code page 437, from 0x80 on.
const PC437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// What stands at `#$@[\]^`{|}~` in each national set, in the order of ESC R n.
const NATIONAL: [&str; 16] = [
    "#$@[\\]^`{|}~", // 0 USA
    "#$à°ç§^`éùè¨",  // 1 France
    "#$§ÄÖÜ^`äöüß",  // 2 Germany
    "£$@[\\]^`{|}~", // 3 UK
    "#$@ÆØÅ^`æøå~",  // 4 Denmark I
    "#¤ÉÄÖÅÜéäöåü",  // 5 Sweden
    "#$@°\\é^ùàòèì", // 6 Italy
    "₧$@¡Ñ¿^`¨ñ}~",  // 7 Spain I
    "#$@[¥]^`{|}~",  // 8 Japan
    "#¤ÉÆØÅÜéæøåü",  // 9 Norway
    "#$ÉÆØÅÜéæøåü",  // 10 Denmark II
    "#$á¡Ñ¿é`íñóú",  // 11 Spain II
    "#$á¡Ñ¿éüíñóú",  // 12 Latin America
    "#$@[₩]^`{|}~",  // 13 Korea
    "#$ŽŠĐĆČžšđćč",  // 14 Slovenia, Croatia
    "#¥@[\\]^`{|}~", // 15 China
];

/// Whether ESC R knows the set.
pub fn is_national(set: u8) -> bool {
    usize::from(set) < NATIONAL.len()
}

/// The character of a byte below 0x80, in a national set.
pub fn ascii(byte: u8, set: u8) -> char {
    let place = "#$@[\\]^`{|}~".bytes().position(|changed| changed == byte);
    place.and_then(|place| NATIONAL.get(usize::from(set))?.chars().nth(place)).unwrap_or(char::from(byte))
}

/// The character of a byte from 0x80 on, in a code page; none if the page or the place in it isn't known.
pub fn high(byte: u8, page: u8) -> Option<char> {
    let encoding = match page {
        0 => return PC437.chars().nth(usize::from(byte.checked_sub(0x80)?)),
        16 => WINDOWS_1252,
        17 => IBM866,
        _ => return None,
    };
    let bytes = [byte];
    let (text, _) = encoding.decode_without_bom_handling(&bytes);
    text.chars().next().filter(|ch| !ch.is_control() && *ch != char::REPLACEMENT_CHARACTER)
}

/// What the first bytes of Chinese text are.
#[derive(Debug, PartialEq, Eq)]
pub enum Chinese {
    Char(char, usize),
    /// More bytes decide.
    More,
    /// The first byte begins no character.
    Bad,
}

/// Reads one character of two or four bytes; the first is 0x80 or more.
pub fn chinese(bytes: &[u8]) -> Chinese {
    let Some(lead) = bytes.first() else { return Chinese::More };
    if !(0x81..=0xfe).contains(lead) {
        return Chinese::Bad;
    }
    let length = match bytes.get(1) {
        None => return Chinese::More,
        Some(0x30..=0x39) => 4,
        Some(0x40..=0x7e | 0x80..=0xfe) => 2,
        Some(_) => return Chinese::Bad,
    };
    // A third or fourth byte out of place shows before the fourth has come.
    let plausible = |place: usize, range: std::ops::RangeInclusive<u8>| bytes.get(place).is_none_or(|byte| range.contains(byte));
    if length == 4 && !(plausible(2, 0x81..=0xfe) && plausible(3, 0x30..=0x39)) {
        return Chinese::Bad;
    }
    let Some(whole) = bytes.get(..length) else { return Chinese::More };
    let (text, bad) = GB18030.decode_without_bom_handling(whole);
    let mut chars = text.chars();
    match (bad, chars.next(), chars.next()) {
        (false, Some(ch), None) => Chinese::Char(ch, length),
        _ => Chinese::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_and_four_byte_characters() {
        assert_eq!(chinese(&[0xb5, 0xa5]), Chinese::Char('单', 2));
        assert_eq!(chinese(&[0x81, 0x39, 0xef, 0x30]), Chinese::Char('\u{3401}', 4));
        assert_eq!(chinese(&[0xb5]), Chinese::More);
        assert_eq!(chinese(&[0x81, 0x39, 0xef]), Chinese::More);
        assert_eq!(chinese(&[0xb5, 0x1b]), Chinese::Bad);
        assert_eq!(chinese(&[0x81, 0x39, 0x1b]), Chinese::Bad);
        assert_eq!(chinese(&[0xff, 0xa1]), Chinese::Bad);
    }

    #[test]
    fn code_pages_and_national_sets() {
        assert_eq!(PC437.chars().count(), 128);
        assert!(NATIONAL.iter().all(|set| set.chars().count() == 12));
        assert_eq!((high(0x80, 0), high(0xff, 0)), (Some('Ç'), Some('\u{a0}')));
        assert_eq!(high(0xe9, 16), Some('é'));
        assert_eq!(high(0x80, 17), Some('А'));
        assert_eq!(high(0x80, 99), None);
        assert_eq!((ascii(b'$', 15), ascii(b'$', 0), ascii(b'A', 15)), ('¥', '$', 'A'));
    }
}
