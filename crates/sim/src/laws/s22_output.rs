//! S22 output: what leaves the house holds nothing that could do something where it is read.

use super::Law;
use crate::facts::{Fact, Noted};
use serde::de::IgnoredAny;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Output;

impl Law for Output {
    fn name(&self) -> &'static str {
        "S22"
    }

    fn demands(&self) -> &'static str {
        "Paper holds only the commands a slip may hold, its text no control characters and nothing that turns the direction of \
         writing; what a phone is shown is valid JSON, or nothing."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Paper(paper) => {
                if !paper.odd.is_empty() {
                    against.push(format!("paper of {} holds {:?}", paper.printer, paper.odd));
                }
                if let Some(odd) = paper.text.chars().find(|c| is_odd(*c)) {
                    against.push(format!("the text on paper of {} holds {odd:?}", paper.printer));
                }
            }
            Fact::Shown { to, body } if !body.is_empty() => {
                if let Err(e) = serde_json::from_str::<IgnoredAny>(body) {
                    let beginning: String = body.chars().take(60).collect();
                    against.push(format!("{to:?} is shown what is no JSON ({e}): {beginning:?}"));
                }
            }
            _ => {}
        }
    }
}

/// Control characters, and those that turn the direction of what follows. Lines end.
fn is_odd(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::super::history::History;
    use super::*;
    use crate::facts::{Paper, Viewer};

    fn paper(text: &str, odd: &[&str]) -> Fact {
        Fact::Paper(Paper {
            printer: "wok".to_owned(),
            ticket: None,
            marked: false,
            whole: true,
            odd: odd.iter().map(|odd| (*odd).to_owned()).collect(),
            text: text.to_owned(),
        })
    }

    fn shown(body: &str) -> Fact {
        Fact::Shown { to: Viewer::Stranger, body: body.to_owned() }
    }

    fn wrong(fact: Fact) -> usize {
        History::new().fact(fact).judged(Output).len()
    }

    #[test]
    fn plain_output_is_fine() {
        assert_eq!(wrong(paper("热菜\n宫保鸡丁 ×2 少辣\n", &[])), 0);
        assert_eq!(wrong(shown(r#"{"lines":[1,2.5,null,"\u001b"]}"#)), 0);
        assert_eq!(wrong(shown("")), 0);
    }

    #[test]
    fn odd_output_is_found() {
        assert_eq!(wrong(paper("鱼", &["drawer kick"])), 1);
        for text in ["鱼\u{1b}p", "鱼\r", "\u{202e}鱼", "鱼\u{85}"] {
            assert_eq!(wrong(paper(text, &[])), 1, "{text:?}");
        }
        for body in ["{", "<html>", r#"{"a":1} {"#, "{\"a\":\"\n\"}"] {
            assert_eq!(wrong(shown(body)), 1, "{body:?}");
        }
    }
}
