//! S21 egress: the server talks to those it has to talk to, and to nobody else.

use super::Law;
use crate::facts::{Fact, Noted};
use std::collections::BTreeSet;

/// Where the simulated house talks to: the channels, and its two printers. Written here once more, so that a slip elsewhere shows.
const HOUSE: [&str; 3] = ["http://127.0.0.1:1", "127.0.0.1:9101", "127.0.0.1:9102"];

/// See [`Law::demands`].
#[derive(Debug)]
pub struct Egress {
    allowed: Vec<String>,
    told: BTreeSet<String>,
}

impl Egress {
    /// The law of a house whose server may talk to these, as [`Fact::Egress`] names them; `*` at the end stands for any rest.
    pub fn allowing<'a>(allowed: impl IntoIterator<Item = &'a str>) -> Egress {
        Egress { allowed: allowed.into_iter().map(str::to_owned).collect(), told: BTreeSet::new() }
    }

    fn allows(&self, to: &str) -> bool {
        self.allowed.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(beginning) => to.starts_with(beginning),
            None => to == allowed,
        })
    }
}

impl Default for Egress {
    fn default() -> Egress {
        Egress::allowing(HOUSE)
    }
}

impl Law for Egress {
    fn name(&self) -> &'static str {
        "S21"
    }

    fn demands(&self) -> &'static str {
        "The server talks to nobody outside who isn't on the list."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let Fact::Egress { to } = &noted.fact else { return };
        if !self.allows(to) && self.told.insert(to.clone()) {
            against.push(format!("the server talks to {to}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::History;
    use super::*;

    fn talks(to: &[&str]) -> usize {
        let law = Egress::allowing(["openapi.alipay.com", "printer:*"]);
        to.iter().fold(History::new(), |history, to| history.fact(Fact::Egress { to: (*to).to_owned() })).judged(law).len()
    }

    #[test]
    fn who_is_on_the_list_is_fine() {
        assert_eq!(talks(&["openapi.alipay.com", "printer:wok", "printer:till"]), 0);
    }

    #[test]
    fn who_is_not_is_found_once() {
        assert_eq!(talks(&["openapi.alipay.com.example", "openapi.alipay.com.example", "printers"]), 2);
        let default = History::new().fact(Fact::Egress { to: "printer:wok".to_owned() });
        assert_eq!(default.judged(Egress::default()).len(), 1);
    }
}
