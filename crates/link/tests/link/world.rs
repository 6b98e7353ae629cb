//! A store node that dials, a cloud that accepts.

use crate::book::{Book, Doors};
use crate::history::{command, event};
use crate::net::{Cable, Net};
use async_trait::async_trait;
use engine::{Answered, Clock, Relayed, SeededIds, SubmitError};
use journal::{AppendError, FaultyJournal, Group, Journal, MemoryJournal, NewCommand, StoreKey, Stream, StreamKey};
use link::{Acceptor, Dialer, Lines, Local, Needs, NoNeeds, NodeId, Rhythm, Role, Status, Streams};
use seal::NodeKey;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub const STORE: StoreKey = StoreKey(7);
pub const NODE: NodeId = NodeId(70);

pub fn key(stream: Stream) -> StreamKey {
    StreamKey::new(STORE, stream)
}

/// Wall time that follows tokio's clock.
#[derive(Debug)]
struct TestClock(Instant);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        1_795_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }

    fn local_minute(&self, _: i64) -> u16 {
        0
    }
}

/// One node's streams: a home that appends one event per command.
#[derive(Debug)]
pub struct House {
    pub journal: Arc<FaultyJournal>,
    pub roles: Mutex<BTreeMap<Stream, Role>>,
    pub news: watch::Sender<u64>,
    pub pokes: AtomicU64,
    pub arrived: AtomicU64,
    pub slow: Mutex<Duration>,
    one_by_one: tokio::sync::Mutex<()>,
}

#[async_trait]
impl Streams for House {
    fn role(&self, stream: Stream) -> Role {
        self.roles.lock().unwrap().get(&stream).copied().unwrap_or(Role::None)
    }

    async fn submit(&self, key: StreamKey, asked: Relayed) -> Result<Answered, SubmitError> {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let slow = *self.slow.lock().unwrap();
        if !slow.is_zero() {
            tokio::time::sleep(slow).await;
        }
        let _one = self.one_by_one.lock().await;
        if let Some(known) = self.journal.command(key, asked.id).await.unwrap() {
            return match known.fingerprint == asked.fingerprint {
                true => Ok(Answered { outcome: known.answer, seq: known.last_seq }),
                false => Err(SubmitError::KeyReused),
            };
        }
        let head = self.journal.head(key).await.unwrap();
        let new = NewCommand { fingerprint: asked.fingerprint, ..command(asked.id.0, 1) };
        let outcome = new.answer.clone();
        let events = vec![event(std::str::from_utf8(&asked.command).unwrap())];
        let group = Group { key, epoch: head.epoch, expected_seq: head.seq, at_ms: 9, events, commands: vec![new] };
        match self.journal.append(group).await {
            Ok(head) => {
                self.news.send_modify(|n| *n += 1);
                Ok(Answered { outcome, seq: head.seq })
            }
            Err(AppendError::Unknown(_)) => Err(SubmitError::Unknown),
            Err(_) => Err(SubmitError::Unavailable),
        }
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn poke(&self, _: StreamKey) {
        self.pokes.fetch_add(1, Ordering::SeqCst);
    }

    fn facts(&self) -> BTreeMap<String, i64> {
        BTreeMap::from([("unseen_tickets".to_owned(), 3)])
    }
}

/// One end of the link.
#[derive(Clone, Debug)]
pub struct End {
    pub journal: Arc<FaultyJournal>,
    pub house: Arc<House>,
    pub lines: Lines,
    pub local: Local,
}

impl End {
    pub fn new(journal: Arc<MemoryJournal>, homes: &[Stream], needs: Arc<dyn Needs>) -> End {
        let journal = Arc::new(FaultyJournal::new(journal));
        let role = |stream| if homes.contains(&stream) { Role::Home } else { Role::Copy };
        let house = Arc::new(House {
            journal: journal.clone(),
            roles: Mutex::new(Stream::ALL.into_iter().map(|stream| (stream, role(stream))).collect()),
            news: watch::Sender::new(0),
            pokes: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            slow: Mutex::new(Duration::ZERO),
            one_by_one: tokio::sync::Mutex::new(()),
        });
        let clock = Arc::new(TestClock(Instant::now()));
        let local = Local { store: STORE, journal: journal.clone(), streams: house.clone(), needs, clock, status: Status::new() };
        End { journal, house, lines: Lines::default(), local }
    }

    pub fn news(&self) {
        self.house.news.send_modify(|n| *n += 1);
    }
}

/// A dialer at work.
#[derive(Debug)]
pub struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn stop(mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        self.task.await.unwrap();
    }
}

#[derive(Debug)]
pub struct World {
    pub store: End,
    pub cloud: End,
    pub book: Arc<Book>,
    pub net: Arc<Net>,
}

impl World {
    /// The floor is the store's, money and catalog the cloud's.
    pub fn new() -> World {
        World::with(Arc::default(), Arc::default(), Arc::new(NoNeeds))
    }

    pub fn with(store: Arc<MemoryJournal>, cloud: Arc<MemoryJournal>, needs: Arc<dyn Needs>) -> World {
        let book = Arc::new(Book::default());
        book.enter(STORE, NODE, node_key().public());
        let store = End::new(store, &[Stream::Floor], needs.clone());
        let cloud = End::new(cloud, &[Stream::Money, Stream::Catalog], needs);
        book.houses.lock().unwrap().insert(STORE, cloud.local.clone());
        let net = Net::new(acceptor(&book, &cloud));
        World { store, cloud, book, net }
    }

    /// Starts the store's dialer.
    pub fn dial(&self, life: u64) -> Running {
        self.dial_as(&self.store, life)
    }

    /// Starts a dialer of some machine with the store's key.
    pub fn dial_as(&self, end: &End, life: u64) -> Running {
        let dialer = Dialer::new(
            NODE,
            Arc::new(node_key()),
            end.local.clone(),
            end.lines.clone(),
            Arc::new(Cable(self.net.clone())),
            Arc::new(SeededIds::new(life)),
            Rhythm::default(),
        );
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            dialer
                .run(async {
                    let _ = stopped.await;
                })
                .await;
        });
        Running { stop: Some(stop), task }
    }
}

pub fn acceptor(book: &Arc<Book>, cloud: &End) -> Acceptor {
    let ids = Arc::new(SeededIds::new(99));
    Acceptor::new(book.clone(), Arc::new(Doors(book.clone())), cloud.lines.clone(), ids, Rhythm::default())
}

pub fn node_key() -> NodeKey {
    NodeKey::of_seed([5; 32]).unwrap()
}

/// Lets time pass until something is so.
///
/// # Panics
/// If it isn't within ten minutes.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}

pub async fn seconds(n: u64) {
    tokio::time::sleep(Duration::from_secs(n)).await;
}
