//! The flat XML of API v2: `<xml><name>value</name>…</xml>`, and nothing else that XML can do.

use std::collections::BTreeMap;

/// Names and values; names are sorted, as signing wants them.
pub(super) type Fields = BTreeMap<String, String>;

/// Reads a flat document.
///
/// # Errors
/// Anything beyond one level of plain or CDATA text; documents with a DTD or entities of their own above all.
pub(super) fn read(text: &str) -> Result<Fields, &'static str> {
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return Err("a document type is not accepted");
    }
    let text = text.trim();
    let text = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").ok_or("an unfinished declaration")?.1.trim_start(),
        None => text,
    };
    let inner = text.strip_prefix("<xml>").and_then(|rest| rest.strip_suffix("</xml>")).ok_or("not an <xml> document")?;
    let (mut fields, mut rest) = (Fields::new(), inner.trim());
    while !rest.is_empty() {
        let (name, after) = open_tag(rest)?;
        let (value, after) = value(after, name)?;
        if fields.insert(name.to_owned(), value).is_some() {
            return Err("a name came twice");
        }
        rest = after.trim_start();
    }
    Ok(fields)
}

fn open_tag(text: &str) -> Result<(&str, &str), &'static str> {
    let (name, after) = text.strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or("an unfinished tag")?;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { Ok((name, after)) } else { Err("a tag that is not a name") }
}

fn value<'a>(text: &'a str, name: &str) -> Result<(String, &'a str), &'static str> {
    let close = format!("</{name}>");
    if let Some(cdata) = text.trim_start().strip_prefix("<![CDATA[") {
        let (value, after) = cdata.split_once("]]>").ok_or("unfinished CDATA")?;
        let after = after.trim_start().strip_prefix(&close).ok_or("text beside CDATA")?;
        return Ok((value.to_owned(), after));
    }
    let (value, after) = text.split_once(&close).ok_or("an element that does not end")?;
    if value.contains('<') {
        return Err("elements inside elements");
    }
    Ok((unescape(value)?, after))
}

fn unescape(text: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after.split_once(';').ok_or("an unfinished entity")?;
        out.push(character(entity).ok_or("an entity nobody knows")?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Writes a flat document as the channel does, every value as CDATA.
pub(super) fn write(fields: &Fields) -> String {
    let body: String =
        fields.iter().map(|(name, value)| format!("<{name}><![CDATA[{}]]></{name}>\n", value.replace("]]>", "]] >"))).collect();
    format!("<xml>{body}</xml>")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn flat_documents_are_read_in_either_spelling() {
        let text = "<?xml version=\"1.0\"?>\n<xml>\n<a>1 &amp; 2 &#x4E2D;</a><b><![CDATA[<x>&]]></b> <c></c></xml>\n";
        let fields = read(text).unwrap();
        assert_eq!(fields["a"], "1 & 2 中");
        assert_eq!(fields["b"], "<x>&");
        assert_eq!(fields["c"], "");
        assert_eq!(read(&write(&fields)).unwrap(), fields);
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "<xml>",
            "<xml><a>1</xml>",
            "<xml><a><b>1</b></a></xml>",
            "<xml><a>1</a><a>2</a></xml>",
            "<xml><a b=\"1\">1</a></xml>",
            "<xml><a>&bomb;</a></xml>",
            "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml><a>1</a></xml>",
            "{\"a\":1}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
