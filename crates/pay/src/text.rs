//! Makes our texts fit to send: the channels take neither emoji nor some punctuation.

/// WeChat Pay's longest `description`. The page counts characters, other readers bytes; bytes are safe for both.
const WECHAT_DESCRIPTION_BYTES: usize = 127;
/// Alipay's longest `subject`, in characters.
const ALIPAY_SUBJECT_CHARS: usize = 256;

/// Cleans a WeChat Pay `description`: only the basic plane, no control characters, never empty.
pub(crate) fn wechat_description(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| u32::from(*c) <= 0xFFFF && !c.is_control()) {
        if out.len() + c.len_utf8() > WECHAT_DESCRIPTION_BYTES {
            break;
        }
        out.push(c);
    }
    or_fallback(out)
}

/// Cleans an Alipay `subject`: as above, and `/ = &` become spaces because the channel refuses them.
pub(crate) fn alipay_subject(text: &str) -> String {
    let out = text
        .chars()
        .filter(|c| u32::from(*c) <= 0xFFFF && !c.is_control())
        .map(|c| if matches!(c, '/' | '=' | '&') { ' ' } else { c })
        .take(ALIPAY_SUBJECT_CHARS)
        .collect();
    or_fallback(out)
}

fn or_fallback(text: String) -> String {
    if text.trim().is_empty() {
        return "点餐".to_owned();
    }
    text
}

/// Whether a till's name is one both channels take.
pub(crate) fn is_terminal(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// What a channel said, short enough for a log line and without control characters.
pub(crate) fn for_log(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_leave_and_chinese_stays() {
        assert_eq!(wechat_description("宫保鸡丁🌶️\n x2"), "宫保鸡丁\u{fe0f} x2");
        assert_eq!(alipay_subject("A/B=C&D 🍜面"), "A B C D 面");
    }

    #[test]
    fn an_all_emoji_name_still_has_a_description() {
        assert_eq!(wechat_description("🍜🍜"), "点餐");
        assert_eq!(alipay_subject("///"), "点餐");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let cut = wechat_description(&"面".repeat(100));
        assert_eq!(cut.chars().count(), 42);
        assert!(cut.len() <= 127);
        assert_eq!(alipay_subject(&"面".repeat(300)).chars().count(), 256);
    }
}
