//! API v2's XML: one element of plain fields. Everything else XML can do is refused, not interpreted.

use std::collections::BTreeMap;

use quick_xml::{Reader, events::Event};

/// Longer than any answer of the calls made here.
const LARGEST: usize = 64 * 1024;
/// More fields than any answer has.
const MOST_FIELDS: usize = 200;

/// Why an answer is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlRefused {
    /// Longer than any answer, or more fields.
    #[error("too large")]
    TooLarge,
    /// A document type, an entity, a processing instruction, a comment, an attribute, or a field inside a field.
    #[error("{0} in an answer of plain fields")]
    NotPlain(&'static str),
    /// The same field twice: which one was signed?
    #[error("a field appears twice")]
    Twice,
    /// No XML, or no `<xml>` around it.
    #[error("unreadable")]
    Unreadable,
}

/// Writes fields as the channel wants them.
pub fn write(fields: &BTreeMap<String, String>) -> String {
    let mut text = String::from("<xml>");
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let value = quick_xml::escape::escape(value.as_str());
        text.push_str(&format!("<{name}>{value}</{name}>"));
    }
    text.push_str("</xml>");
    text
}

/// Reads `<xml><a>…</a><b><![CDATA[…]]></b></xml>` and nothing that is not of this form.
pub fn read(body: &[u8]) -> Result<BTreeMap<String, String>, XmlRefused> {
    if body.len() > LARGEST {
        return Err(XmlRefused::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| XmlRefused::Unreadable)?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut state = Reading::default();
    loop {
        match reader.read_event().map_err(|_| XmlRefused::Unreadable)? {
            Event::Start(tag) if tag.attributes().next().is_some() => return Err(XmlRefused::NotPlain("an attribute")),
            Event::Start(tag) => state.begin(&utf8(tag.name().as_ref())?)?,
            Event::End(_) => state.end()?,
            Event::Text(text) => state.text(&text.decode().map_err(|_| XmlRefused::Unreadable)?)?,
            Event::CData(text) => state.text(&text.decode().map_err(|_| XmlRefused::Unreadable)?)?,
            Event::GeneralRef(name) => state.text(predefined(&utf8(&name)?)?)?,
            Event::Eof => return state.finish(),
            Event::DocType(_) => return Err(XmlRefused::NotPlain("a document type")),
            Event::PI(_) => return Err(XmlRefused::NotPlain("a processing instruction")),
            Event::Decl(_) => return Err(XmlRefused::NotPlain("a declaration")),
            Event::Comment(_) => return Err(XmlRefused::NotPlain("a comment")),
            Event::Empty(_) => return Err(XmlRefused::Unreadable),
        }
    }
}

/// How deep we are, and what we have.
#[derive(Default)]
struct Reading {
    opened: bool,
    closed: bool,
    field: Option<(String, String)>,
    fields: BTreeMap<String, String>,
}

impl Reading {
    fn begin(&mut self, name: &str) -> Result<(), XmlRefused> {
        if !self.opened {
            self.opened = name == "xml";
            return if self.opened { Ok(()) } else { Err(XmlRefused::Unreadable) };
        }
        if self.closed || self.field.is_some() {
            return Err(XmlRefused::NotPlain("an element"));
        }
        if self.fields.len() == MOST_FIELDS {
            return Err(XmlRefused::TooLarge);
        }
        self.field = Some((name.to_owned(), String::new()));
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlRefused> {
        match &mut self.field {
            Some((_, value)) => value.push_str(text),
            None if text.trim().is_empty() => {}
            None if !self.opened => return Err(XmlRefused::Unreadable),
            None => return Err(XmlRefused::NotPlain("text between fields")),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), XmlRefused> {
        let Some((name, value)) = self.field.take() else {
            self.closed = true;
            return Ok(());
        };
        match self.fields.insert(name, value) {
            Some(_) => Err(XmlRefused::Twice),
            None => Ok(()),
        }
    }

    fn finish(self) -> Result<BTreeMap<String, String>, XmlRefused> {
        if self.closed { Ok(self.fields) } else { Err(XmlRefused::Unreadable) }
    }
}

/// The five entities every XML reader knows; a number or a name of its own is refused.
fn predefined(name: &str) -> Result<&'static str, XmlRefused> {
    match name {
        "amp" => Ok("&"),
        "lt" => Ok("<"),
        "gt" => Ok(">"),
        "quot" => Ok("\""),
        "apos" => Ok("'"),
        _ => Err(XmlRefused::NotPlain("an entity")),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, XmlRefused> {
    String::from_utf8(bytes.to_vec()).map_err(|_| XmlRefused::Unreadable)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(text: &str) -> XmlRefused {
        read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn fields_come_back_as_they_were_written() {
        let fields: BTreeMap<String, String> =
            [("a", "1"), ("body", "<面> & \"饭\" ]]>"), ("c", "x y")].map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        assert_eq!(read(write(&fields).as_bytes()).unwrap(), fields);
    }

    #[test]
    fn the_channels_own_form_is_read() {
        let text =
            "<xml>\n  <return_code><![CDATA[SUCCESS]]></return_code>\n<total_fee>1</total_fee><empty></empty><e/>\n</xml>\n";
        let fields = read(text.as_bytes()).unwrap();
        assert_eq!(fields["return_code"], "SUCCESS");
        assert_eq!(fields["total_fee"], "1");
        assert_eq!((fields["empty"].as_str(), fields["e"].as_str()), ("", ""));
    }

    #[test]
    fn what_reaches_out_or_swells_up_is_refused() {
        let outside = r#"<!DOCTYPE foo [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><xml><a>&xxe;</a></xml>"#;
        assert_eq!(refused(outside), XmlRefused::NotPlain("a document type"));
        let bomb = r#"<xml><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x></xml>"#;
        assert!(matches!(refused(bomb), XmlRefused::NotPlain(_) | XmlRefused::Unreadable));
        assert_eq!(refused("<xml><a>&xxe;</a></xml>"), XmlRefused::NotPlain("an entity"));
        assert_eq!(refused("<xml><a>&#49;</a></xml>"), XmlRefused::NotPlain("an entity"));
        assert_eq!(refused("<?php x?><xml><a>1</a></xml>"), XmlRefused::NotPlain("a processing instruction"));
        assert_eq!(refused(&format!("<xml><a>{}</a></xml>", "x".repeat(LARGEST))), XmlRefused::TooLarge);
        let many: String = (0..=MOST_FIELDS).map(|n| format!("<f{n}>1</f{n}>")).collect();
        assert_eq!(refused(&format!("<xml>{many}</xml>")), XmlRefused::TooLarge);
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        assert_eq!(refused("<xml><a>1</a><a>2</a></xml>"), XmlRefused::Twice);
        assert_eq!(refused("<xml><a>1<!-- 2 --></a></xml>"), XmlRefused::NotPlain("a comment"));
        assert_eq!(refused("<xml><a><b>1</b></a></xml>"), XmlRefused::NotPlain("an element"));
        assert_eq!(refused(r#"<xml><a x="1">1</a></xml>"#), XmlRefused::NotPlain("an attribute"));
        assert_eq!(refused("<xml>1<a>1</a></xml>"), XmlRefused::NotPlain("text between fields"));
        assert_eq!(refused("<xml><a>1</a></xml><xml><a>2</a></xml>"), XmlRefused::NotPlain("an element"));
        for text in ["", "<xml>", "<xml><a>1</a>", "<a>1</a>", "{}", "<html></html>", "<xml><a>1</b></xml>"] {
            assert_eq!(refused(text), XmlRefused::Unreadable, "{text}");
        }
    }
}
