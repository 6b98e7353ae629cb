//! A copy of a store: the same state and the same commits as at home, and every command is carried out at home, once.
#![allow(clippy::unwrap_used)]

use async_trait::async_trait;
use domain::catalog::{House, Policy};
use domain::floor::FloorCommand;
use domain::{Currency, StoreId, Text};
use engine::{
    Answered, Home, Homes, ManualClock, Opening, Refused, Relay, Relayed, Request, SeededIds, Sender, Store, SubmitError,
    split_sender,
};
use journal::{Journal, MemoryJournal, StoreKey, Stream, StreamKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const STORE: StoreId = StoreId(7);
const NOW: i64 = 1_795_000_000_000;

/// The way home inside one process, which may be cut, or lose answers.
#[derive(Debug)]
struct Way {
    home: Store,
    cut: AtomicBool,
    answers_get_lost: AtomicBool,
}

#[async_trait]
impl Relay for Way {
    async fn relay(&self, key: StreamKey, command: Relayed) -> Result<Answered, SubmitError> {
        if self.cut.load(Ordering::Relaxed) {
            return Err(SubmitError::Unavailable);
        }
        let answered = self.home.submit_relayed(key.stream, command).await;
        if self.answers_get_lost.load(Ordering::Relaxed) { Err(SubmitError::Unknown) } else { answered }
    }
}

fn opening(seed: u64) -> Opening {
    Opening::new(Arc::new(ManualClock::new(NOW, 480)), Arc::new(SeededIds::new(seed)))
}

/// A home and a copy over the same journal, as two nodes on one database are.
async fn pair() -> (Store, Store, Arc<Way>) {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let home = Store::open_as(STORE, journal.clone(), opening(1)).await.unwrap();
    let way = Arc::new(Way { home: home.clone(), cut: AtomicBool::new(false), answers_get_lost: AtomicBool::new(false) });
    let there = || Home::There(way.clone());
    let homes = Homes { floor: there(), money: there(), catalog: there() };
    let copy = Store::open_as(STORE, journal, Opening { homes, ..opening(2) }).await.unwrap();
    (home, copy, way)
}

fn request(id: u128) -> Request {
    Request { id, fingerprint: [7; 32], by: Some(Sender::Staff { staff: "wang".parse().unwrap(), device: domain::DeviceId(3) }) }
}

fn house(name: &str) -> House {
    House {
        store: STORE,
        name: Text { zh: name.to_owned(), ..Text::default() },
        currency: Currency::Cny,
        time_zone: "Asia/Shanghai".to_owned(),
        areas: Vec::new(),
        tables: Vec::new(),
        policy: Policy::default(),
        accounts: Vec::new(),
        printers: Vec::new(),
        kitchen_printers: Vec::new(),
        till_printer: None,
    }
}

#[tokio::test]
async fn what_is_done_through_a_copy_is_done_at_home_once_and_seen_at_once() {
    let (home, copy, _) = pair().await;
    let mut news = copy.floor_commits();
    copy.submit_floor(request(1), FloorCommand::OpenDay).await.unwrap();
    assert!(copy.floor(|floor| floor.day.is_some()), "the answer comes when the copy has come as far");
    assert_eq!((copy.heads(), home.heads()), (home.heads(), [1, 0, 0]));
    assert_eq!(news.recv().await.unwrap().last_seq, 1);
    copy.submit_floor(request(1), FloorCommand::OpenDay).await.unwrap();
    assert_eq!(home.heads(), [1, 0, 0], "a retry finds its answer");
    let stored = home.journal().read(StreamKey::new(StoreKey(STORE.0), Stream::Floor), 0, 1).await.unwrap();
    assert_eq!(split_sender(&stored[0].body).1, request(1).by, "who did it came along");
}

#[tokio::test]
async fn a_refusal_by_the_home_is_the_copys_answer() {
    let (_, copy, _) = pair().await;
    copy.submit_floor(request(1), FloorCommand::OpenDay).await.unwrap();
    let again = copy.submit_floor(request(2), FloorCommand::OpenDay).await;
    assert!(matches!(again, Err(Refused::Reject(_))), "{again:?}");
}

#[tokio::test]
async fn a_copy_that_is_cut_off_shows_what_was_and_says_no_at_once() {
    let (home, copy, way) = pair().await;
    home.submit_floor(request(1), FloorCommand::OpenDay).await.unwrap();
    way.cut.store(true, Ordering::Relaxed);
    let refused = copy.submit_floor(request(2), FloorCommand::CloseDay { accept_unmatched: false, by: "wang".parse().unwrap() });
    assert_eq!(refused.await, Err(Refused::Unavailable));
    assert_eq!(home.heads()[0], 1, "nothing was done");
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_found_again() {
    let (home, copy, way) = pair().await;
    way.answers_get_lost.store(true, Ordering::Relaxed);
    assert_eq!(copy.submit_floor(request(1), FloorCommand::OpenDay).await, Err(Refused::Unknown));
    way.answers_get_lost.store(false, Ordering::Relaxed);
    copy.submit_floor(request(1), FloorCommand::OpenDay).await.unwrap();
    assert_eq!(home.heads()[0], 1);
}

#[tokio::test]
async fn a_copy_hears_of_what_the_home_decides_by_itself() {
    let (home, copy, _) = pair().await;
    home.publish_house(request(1), house("老王面馆")).await.unwrap();
    let seen = tokio::time::timeout(std::time::Duration::from_secs(3), async {
        while copy.known().house.name.zh != "老王面馆" {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    seen.await.expect("the new set-up is known to the copy");
    // Published through the copy it is known at home before anybody is told.
    copy.publish_house(request(2), house("老王面馆二店")).await.unwrap();
    assert_eq!(home.known().house.name.zh, "老王面馆二店");
}

#[tokio::test]
async fn a_command_for_a_stream_that_lives_elsewhere_is_refused() {
    let (_, copy, _) = pair().await;
    let relayed = Relayed { id: journal::CommandId(9), fingerprint: [0; 32], by: None, command: b"\"OpenDay\"".to_vec() };
    assert_eq!(copy.submit_relayed(Stream::Floor, relayed).await, Err(SubmitError::Unavailable));
}

#[tokio::test]
async fn nonsense_from_another_node_is_no_command() {
    let (home, _, _) = pair().await;
    for command in ["", "{}", "\"Nonsense\"", "[1,2"] {
        let relayed = Relayed { id: journal::CommandId(9), fingerprint: [0; 32], by: None, command: command.into() };
        assert_eq!(home.submit_relayed(Stream::Floor, relayed).await, Err(SubmitError::Internal), "{command}");
    }
    assert_eq!(home.heads(), [0, 0, 0]);
}
