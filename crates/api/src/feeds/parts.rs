//! A view in parts, so that only what changed is sent. Each part is kept as the JSON last sent.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A view as named values and named lists of items.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    values: BTreeMap<&'static str, String>,
    lists: BTreeMap<&'static str, BTreeMap<String, String>>,
    changed_values: BTreeSet<&'static str>,
    changed_items: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Parts {
    /// Sets a value; remembers it as changed if it is another one.
    pub fn put(&mut self, name: &'static str, value: &impl Serialize) {
        let json = to_json(value);
        if self.values.get(name) != Some(&json) {
            self.values.insert(name, json);
            self.changed_values.insert(name);
        }
    }

    /// Sets or removes an item of a list.
    pub fn put_item(&mut self, list: &'static str, id: &str, item: Option<&impl Serialize>) {
        let items = self.lists.entry(list).or_default();
        let changed = match item {
            None => items.remove(id).is_some(),
            Some(item) => {
                let json = to_json(item);
                let differs = items.get(id) != Some(&json);
                if differs {
                    items.insert(id.to_owned(), json);
                }
                differs
            }
        };
        if changed {
            self.changed_items.entry(list).or_default().insert(id.to_owned());
        }
    }

    /// Replaces a list.
    pub fn put_list<'a, T: Serialize + 'a>(&mut self, list: &'static str, items: impl Iterator<Item = (String, &'a T)>) {
        let items: BTreeMap<String, &T> = items.collect();
        let gone: Vec<String> =
            self.lists.entry(list).or_default().keys().filter(|id| !items.contains_key(*id)).cloned().collect();
        for id in gone {
            self.put_item(list, &id, None::<&T>);
        }
        for (id, item) in items {
            self.put_item(list, &id, Some(item));
        }
    }

    /// The whole view.
    pub fn view(&self) -> String {
        let values = self.values.iter().map(|(name, json)| format!("\"{name}\":{json}"));
        let lists = self.lists.iter().map(|(name, items)| format!("\"{name}\":[{}]", join(items.values())));
        format!("{{{}}}", join(values.chain(lists)))
    }

    /// What changed since the last call, or nothing. Items that went are named under `removed`.
    pub fn take_change(&mut self) -> Option<String> {
        if self.changed_values.is_empty() && self.changed_items.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        for name in std::mem::take(&mut self.changed_values) {
            if let Some(json) = self.values.get(name) {
                fields.push(format!("\"{name}\":{json}"));
            }
        }
        let mut removed = Vec::new();
        for (name, ids) in std::mem::take(&mut self.changed_items) {
            let items = self.lists.get(name);
            let (kept, gone): (Vec<_>, Vec<_>) =
                ids.into_iter().partition(|id| items.is_some_and(|items| items.contains_key(id)));
            let kept = kept.iter().filter_map(|id| items.and_then(|items| items.get(id)));
            fields.push(format!("\"{name}\":[{}]", join(kept)));
            removed.extend(gone.iter().map(to_json));
        }
        if !self.lists.is_empty() {
            fields.push(format!("\"removed\":[{}]", join(removed)));
        }
        Some(format!("{{{}}}", join(fields)))
    }
}

fn to_json(value: &impl Serialize) -> String {
    // Views are plain data with string keys: writing them can't fail.
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

fn join(parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut joined = String::new();
    for part in parts {
        let comma = if joined.is_empty() { "" } else { "," };
        let _ = write!(joined, "{comma}{}", part.as_ref());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_sent() {
        let mut parts = Parts::default();
        parts.put("day", &1);
        parts.put_item("tables", "a", Some(&"A"));
        parts.put_item("tables", "b", Some(&"B"));
        assert_eq!(parts.view(), r#"{"day":1,"tables":["A","B"]}"#);
        assert!(parts.take_change().is_some());
        parts.put("day", &1);
        parts.put_item("tables", "b", Some(&"C"));
        parts.put_item("tables", "a", None::<&String>);
        assert_eq!(parts.take_change().as_deref(), Some(r#"{"tables":["C"],"removed":["a"]}"#));
        assert_eq!(parts.take_change(), None);
    }
}
