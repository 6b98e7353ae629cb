//! Texts people read: each in Chinese and English.

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// One text in the two languages the house speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese; never empty on a published menu.
    pub zh: String,
    /// English; never empty on a published menu.
    pub en: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text { zh: zh.into(), en: en.into() }
    }
}

/// The longest note a diner may leave on a line or an order, in characters.
pub const LONGEST_NOTE: usize = 60;
/// The longest name a guest or a device may give itself, in characters.
pub const LONGEST_NAME: usize = 24;

/// Whether a text typed by a person may be kept: not too long, and no control characters that a printer or a log would obey.
pub fn is_plain(text: &str, longest: usize) -> bool {
    text.chars().count() <= longest && !text.chars().any(is_hidden)
}

/// Control characters, line separators, and the marks that reverse or hide the writing around them.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
