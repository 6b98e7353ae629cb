//! What a phone knows after it was dropped: every wish, written and made durable before its first send, and every answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// An order at the price the menu says; it must be accepted.
    Order {
        /// Its total, in fen.
        total: i64,
    },
    /// An order at a price nobody offered; it must be refused.
    WrongPrice,
    /// A line for the shared cart.
    Cart,
    /// Cash at the till, exactly what is due.
    Cash {
        /// In fen.
        amount: i64,
    },
    /// A payment through a channel.
    Ask {
        /// In fen.
        amount: i64,
    },
}

/// A command with its id, as it will be sent however often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The Idempotency-Key.
    pub key: String,
    /// What is wanted.
    pub what: What,
    /// Where it is sent, below the store's address.
    pub path: String,
    /// What is sent, byte for byte the same each time.
    pub body: Value,
}

/// An answer that ends a wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The HTTP status.
    pub status: u16,
    /// The answer.
    pub body: Value,
}

/// A wish and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What was wanted.
    pub wish: Wish,
    /// The answer, once there is one.
    pub told: Option<Told>,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Will(Wish),
    Told(String, Told),
}

/// A file of wishes and answers.
#[derive(Debug)]
pub struct Notebook {
    path: PathBuf,
    file: File,
    /// In the order they were wished.
    pub entries: Vec<Entry>,
}

impl Notebook {
    /// Reads what is there. Half a line at the end was never sent.
    ///
    /// # Errors
    /// The file can't be read or made.
    pub fn open(path: &Path) -> anyhow::Result<Notebook> {
        let mut entries: Vec<Entry> = Vec::new();
        if path.exists() {
            for line in BufReader::new(File::open(path)?).lines() {
                match serde_json::from_str(&line?) {
                    Ok(Line::Will(wish)) => entries.push(Entry { wish, told: None }),
                    Ok(Line::Told(key, told)) => {
                        if let Some(entry) = entries.iter_mut().find(|entry| entry.wish.key == key) {
                            entry.told = Some(told);
                        }
                    }
                    Err(_) => break,
                }
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Notebook { path: path.to_path_buf(), file, entries })
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes down what is wanted; it may be sent once this returns.
    ///
    /// # Errors
    /// It can't be made durable.
    pub fn will(&mut self, wish: &Wish) -> anyhow::Result<()> {
        self.add(&Line::Will(wish.clone()))?;
        self.file.sync_data()?;
        self.entries.push(Entry { wish: wish.clone(), told: None });
        Ok(())
    }

    /// Writes down the answer.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn told(&mut self, key: &str, told: Told) -> anyhow::Result<()> {
        self.add(&Line::Told(key.to_owned(), told.clone()))?;
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.wish.key == key) {
            entry.told = Some(told);
        }
        Ok(())
    }

    fn add(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        Ok(self.file.write_all(text.as_bytes())?)
    }

    /// What was wanted and not answered.
    pub fn unanswered(&self) -> Vec<Wish> {
        self.entries.iter().filter(|entry| entry.told.is_none()).map(|entry| entry.wish.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wish(key: &str) -> Wish {
        Wish { key: key.to_owned(), what: What::Cart, path: "/x".to_owned(), body: json!({ "b": 1, "a": 2 }) }
    }

    #[test]
    fn a_phone_that_was_dropped_knows_what_it_had_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phone");
        let mut notebook = Notebook::open(&path).unwrap();
        notebook.will(&wish("1")).unwrap();
        notebook.will(&wish("2")).unwrap();
        notebook.told("1", Told { status: 201, body: json!(1) }).unwrap();
        drop(notebook);
        // It was dropped in the middle of writing down a third.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"Will\":{\"key").unwrap();
        let notebook = Notebook::open(&path).unwrap();
        assert_eq!(notebook.unanswered(), [wish("2")]);
        assert_eq!(notebook.entries.len(), 2);
        assert_eq!(notebook.entries[0].told.as_ref().unwrap().status, 201);
    }
}
