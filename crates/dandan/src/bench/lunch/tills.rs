//! The tills: they follow the floor, hear of money that has come, say it aloud, and report that they did.

use super::super::client::{Call, Client};
use super::super::house::BenchHouse;
use super::super::load::Ids;
use super::feed::{Feed, Traffic};
use super::screens::send;
use memchr::memmem;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A payment as the tills came to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub session: String,
    /// A till read the frame that tells of it.
    pub known: Instant,
    /// The server has a till's report that it was said.
    pub spoken: Option<Instant>,
}

/// Payments by the number of their announcement.
pub(super) type Book = Arc<Mutex<BTreeMap<u32, Heard>>>;

/// Starts some tills; the book fills as they hear.
pub(super) fn start(
    house: &BenchHouse,
    server: SocketAddr,
    token: &str,
    count: usize,
    traffic: &Arc<Traffic>,
) -> (Book, Vec<JoinHandle<()>>) {
    let book = Book::default();
    let mut tasks = Vec::new();
    for number in 0..count {
        let feed = Feed { server, path: house.path("/floor/feed"), token: token.to_owned() };
        let voice = Voice {
            server,
            path: house.path("/announcements/played"),
            token: token.to_owned(),
            device: format!("till {number}"),
            ids: Ids::new(80_000 + number as u64),
            book: book.clone(),
        };
        let (said, saying) = mpsc::unbounded_channel();
        tasks.push(tokio::spawn(voice.run(saying)));
        tasks.push(tokio::spawn(follow(feed, traffic.clone(), book.clone(), said)));
    }
    (book, tasks)
}

async fn follow(feed: Feed, traffic: Arc<Traffic>, book: Book, said: mpsc::UnboundedSender<u32>) {
    let mut mine = HashSet::new();
    let take = |frame: &[u8], at: Instant| {
        for (number, session) in paid_in(frame) {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            book.entry(number).or_insert(Heard { session, known: at, spoken: None });
            drop(book);
            if mine.insert(number) {
                // A till that no longer speaks is being taken down.
                let _ = said.send(number);
            }
        }
    };
    feed.follow(&traffic, take).await
}

/// Reports what was said. Saying it takes a person's ear some seconds; that is not in the figures.
struct Voice {
    server: SocketAddr,
    path: String,
    token: String,
    device: String,
    ids: Ids,
    book: Book,
}

impl Voice {
    async fn run(mut self, mut saying: mpsc::UnboundedReceiver<u32>) {
        let mut client: Option<Client> = None;
        while let Some(number) = saying.recv().await {
            let body = json!({ "device": self.device, "numbers": [number] });
            let call = Call {
                method: "POST",
                path: &self.path,
                token: Some(&self.token),
                key: Some(self.ids.next()),
                body: Some(&body),
                ..Call::default()
            };
            let bytes = call.bytes();
            while send(&mut client, self.server, &bytes).await.is_err() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(heard) = book.get_mut(&number) {
                heard.spoken.get_or_insert_with(Instant::now);
            }
        }
    }
}

#[derive(Deserialize)]
struct Frame {
    #[serde(alias = "view")]
    change: Option<Change>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    announcements: Vec<Announcement>,
}

#[derive(Deserialize)]
struct Announcement {
    number: u32,
    session: Option<String>,
    said: Said,
}

#[derive(Deserialize)]
struct Said {
    kind: String,
}

/// The payments a frame announces: number and party.
fn paid_in(frame: &[u8]) -> Vec<(u32, String)> {
    // Few frames tell of money; only those are read whole.
    if memmem::find(frame, b"\"kind\":\"paid\"").is_none() {
        return Vec::new();
    }
    let Some(at) = memmem::find(frame, b"data: {").map(|at| at + 6) else { return Vec::new() };
    let line = frame[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(Frame { change: Some(change) }) = serde_json::from_slice(line) else { return Vec::new() };
    let paid = change.announcements.into_iter().filter(|announcement| announcement.said.kind == "paid");
    paid.filter_map(|announcement| Some((announcement.number, announcement.session?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_which_party_has_paid() {
        let said = |number: u32, kind: &str| json!({ "number": number, "session": "s", "said": { "kind": kind, "x": 1 } });
        let frame = json!({ "type": "change", "seq": 1, "change": { "announcements": [said(3, "new_order"), said(4, "paid")] } });
        assert_eq!(paid_in(format!("1f\r\ndata: {frame}\nid: 7").as_bytes()), [(4, "s".to_owned())]);
        let view = json!({ "type": "snapshot", "view": { "announcements": [said(5, "paid")] } });
        assert_eq!(paid_in(format!("data: {view}").as_bytes()), [(5, "s".to_owned())]);
    }
}
