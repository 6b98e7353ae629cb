//! CODE128, as GS k with m = 73 gives it: the data chooses its own code set with `{A`, `{B` and `{C`.

/// Widths of bars and gaps, six for each value and seven for the stop.
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212",
    "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
    "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
    "313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212",
    "124112", "124211", "411212", "421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
    "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];
const STOP: usize = 106;

/// A barcode ready to be drawn.
#[derive(Debug, PartialEq, Eq)]
pub struct Code128 {
    /// Widths in modules, a bar first, then a gap, and so on.
    pub widths: Vec<usize>,
    /// What a scanner reads.
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    A,
    B,
    C,
}

/// Encodes the data of GS k; none if it breaks the rules, and then a printer prints nothing.
pub fn code128(data: &[u8]) -> Option<Code128> {
    let mut rest = data.iter().copied();
    let mut set = match (rest.next()?, rest.next()?) {
        (b'{', b'A') => Set::A,
        (b'{', b'B') => Set::B,
        (b'{', b'C') => Set::C,
        _ => return None,
    };
    let start = match set {
        Set::A => 103,
        Set::B => 104,
        Set::C => 105,
    };
    let (mut values, mut text, mut shifted) = (vec![start], String::new(), false);
    while let Some(byte) = rest.next() {
        if byte == b'{' {
            let value = match (rest.next()?, set) {
                (b'{', Set::A | Set::B) => {
                    text.push('{');
                    usize::from(b'{' - 32)
                }
                (b'1', _) => 102,
                (b'2', Set::A | Set::B) => 97,
                (b'3', Set::A | Set::B) => 96,
                (b'4', Set::A) => 101,
                (b'4', Set::B) => 100,
                (b'S', Set::A | Set::B) => {
                    shifted = true;
                    98
                }
                (b'A', Set::B | Set::C) => {
                    set = Set::A;
                    101
                }
                (b'B', Set::A | Set::C) => {
                    set = Set::B;
                    100
                }
                (b'C', Set::A | Set::B) => {
                    set = Set::C;
                    99
                }
                _ => return None,
            };
            values.push(value);
            continue;
        }
        let here = match (set, std::mem::take(&mut shifted)) {
            (Set::A, true) => Set::B,
            (Set::B, true) => Set::A,
            (set, _) => set,
        };
        values.push(match (here, byte) {
            (Set::A, 0..=31) => usize::from(byte) + 64,
            (Set::A, 32..=95) | (Set::B, 32..=127) => usize::from(byte) - 32,
            (Set::C, 0..=99) => usize::from(byte),
            _ => return None,
        });
        match here {
            Set::C => text.push_str(&format!("{byte:02}")),
            Set::A | Set::B if byte.is_ascii_graphic() || byte == b' ' => text.push(char::from(byte)),
            Set::A | Set::B => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    if values.len() == 1 {
        return None;
    }
    let check = values.iter().enumerate().map(|(place, value)| place.max(1) * value).sum::<usize>() % 103;
    values.extend([check, STOP]);
    let widths = values.iter().flat_map(|value| PATTERNS[*value].bytes().map(|width| usize::from(width - b'0'))).collect();
    Some(Code128 { widths, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_eleven_modules_and_none_comes_twice() {
        let wide = |pattern: &str| pattern.bytes().map(|width| width - b'0').sum::<u8>();
        assert!(PATTERNS[..STOP].iter().all(|pattern| wide(pattern) == 11) && wide(PATTERNS[STOP]) == 13);
        let distinct: std::collections::BTreeSet<_> = PATTERNS.iter().collect();
        assert_eq!(distinct.len(), 107);
    }

    #[test]
    fn the_check_character_and_both_code_sets() {
        // Wikipedia's worked example, "PJJ123C" in set A: 878 mod 103 is 54.
        let code = code128(b"{APJJ123C").unwrap();
        assert_eq!(code.text, "PJJ123C");
        let tail: String = code.widths.iter().rev().take(13).rev().map(|width| width.to_string()).collect();
        assert_eq!(tail, format!("{}{}", PATTERNS[54], PATTERNS[STOP]));
        assert_eq!(code128(&[b'{', b'C', 12, 34, b'{', b'B', b'x']).unwrap().text, "1234x");
        assert_eq!(code128(b"no code set"), None);
        assert_eq!(code128(b"{C\xc8"), None);
    }
}
