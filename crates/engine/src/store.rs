//! One restaurant: its three streams, and the menu and set-up that decisions on them look at.

use crate::clock::{Clock, IdSource};
use crate::hand::Sender;
use crate::machine::Machine;
use crate::machines::{Around, CatalogMachine, FloorMachine, HouseRules, MoneyMachine, Rules};
use crate::relay::{Answered, Relay, Relayed};
use crate::writer::{self, Commit, CopyWiring, Handle, StartError, Submit, SubmitError, Wiring, WriterOptions};
use domain::catalog::{Catalog, CatalogCommand, CatalogEvent, CatalogReject, House, MenuRef};
use domain::floor::{Floor, FloorAnswer, FloorCommand, FloorEvent, Known, Now, Reject};
use domain::menu::{Menu, MenuFault, validate};
use domain::payment::{PaymentCommand, PaymentEvent, PaymentReject, Payments};
use domain::{Currency, LocalMinute, StoreId, Text, Timestamp};
use journal::{CommandId, Hash, Journal, ReadError, StoreKey, Stream, StreamKey, WriteError};
use parking_lot::RwLock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// How often a copy of the catalog looks whether it was stopped.
const LOOK_WHETHER_STOPPED: Duration = Duration::from_secs(5);
/// How soon a menu that could not be read is read again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A command's id, the fingerprint of its content, and who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Made by whoever asks, before the first send.
    pub id: u128,
    /// SHA-256 over who asked what.
    pub fingerprint: [u8; 32],
    /// Who sends it; nobody: the house itself.
    pub by: Option<Sender>,
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused<R> {
    /// The house says no.
    Reject(R),
    /// The id belongs to something else.
    KeyReused,
    /// The queue is full; nothing was done.
    Busy,
    /// Nothing was done; the same id may be tried again.
    Unavailable,
    /// It may have been done; ask with the same id.
    Unknown,
    /// An invariant is broken; nothing was done.
    Bug,
}

/// Why a menu was not put on sale.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It has faults; every one of them.
    #[error("the menu has {} faults", .0.len())]
    Faulty(Vec<MenuFault>),
    /// Its bytes could not be kept.
    #[error("the menu could not be kept")]
    Journal(#[from] WriteError),
    /// The catalog refused.
    #[error("the catalog refused: {0:?}")]
    Refused(Refused<CatalogReject>),
    /// The menu it is made from isn't there.
    #[error("the menu it is made from can't be read")]
    Base(#[from] OpenStoreError),
    /// It can't be written as JSON: a bug.
    #[error("the menu can't be written")]
    Encode(#[from] serde_json::Error),
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// A stream could not be loaded.
    #[error("a stream could not be loaded")]
    Start(#[from] StartError),
    /// The menu on sale could not be read.
    #[error("the menu on sale could not be read")]
    Menu(#[from] ReadError),
    /// The menu on sale is missing or damaged.
    #[error("the menu on sale is missing or damaged")]
    MenuLost,
}

/// Where a stream is decided.
#[derive(Clone, Debug, Default)]
pub enum Home {
    /// By this node, the only one.
    #[default]
    Here,
    /// By another node; this one keeps a copy and sends commands there.
    There(Arc<dyn Relay>),
}

/// Where each stream of a store is decided.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Homes {
    pub floor: Home,
    pub money: Home,
    pub catalog: Home,
}

impl Homes {
    /// Where this stream is decided.
    pub fn of(&self, stream: Stream) -> &Home {
        match stream {
            Stream::Floor => &self.floor,
            Stream::Money => &self.money,
            Stream::Catalog => &self.catalog,
        }
    }

    /// Whether this node decides it.
    pub fn is_here(&self, stream: Stream) -> bool {
        matches!(self.of(stream), Home::Here)
    }
}

/// What a store is opened with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Which rules decide.
    pub rules: Arc<dyn Rules>,
    /// Where its streams are decided.
    pub homes: Homes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where fresh ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Sizes.
    pub options: WriterOptions,
}

impl Opening {
    /// The house's own rules, decided here, in sizes that suit a restaurant.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Opening {
        Opening { rules: Arc::new(HouseRules), homes: Homes::default(), clock, ids, options: WriterOptions::default() }
    }
}

/// One restaurant, in service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    id: StoreId,
    floor: Handle<FloorMachine>,
    money: Handle<MoneyMachine>,
    catalog: Handle<CatalogMachine>,
    known: Arc<RwLock<Arc<Known>>>,
    homes: Homes,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    journal: Arc<dyn Journal>,
}

impl Store {
    /// Loads a restaurant from its journal and starts its writers.
    ///
    /// # Errors
    /// See [`OpenStoreError`].
    pub async fn open(
        id: StoreId,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        options: WriterOptions,
    ) -> Result<Store, OpenStoreError> {
        Store::open_as(id, journal, Opening { options, ..Opening::new(clock, ids) }).await
    }

    /// The same as said: by other rules than the house's, or with streams whose home is elsewhere.
    ///
    /// # Errors
    /// See [`OpenStoreError`].
    pub async fn open_as(id: StoreId, journal: Arc<dyn Journal>, opening: Opening) -> Result<Store, OpenStoreError> {
        let Opening { rules, homes, clock, ids, options } = opening;
        let key = |stream| StreamKey::new(StoreKey(id.0), stream);
        let known = Arc::new(RwLock::new(Arc::new(nothing_known(id))));
        let looked_up = known.clone();
        let neighbours: Arc<dyn Fn() -> Around + Send + Sync> =
            Arc::new(move || Around { known: looked_up.read().clone(), rules: rules.clone() });
        let start = Start { journal: &journal, clock: &clock, ids: &ids, options };
        let catalog = start.stream::<CatalogMachine>(key(Stream::Catalog), &homes.catalog, Arc::new(|| ())).await?;
        let floor = start.stream(key(Stream::Floor), &homes.floor, neighbours.clone()).await?;
        let money = start.stream(key(Stream::Money), &homes.money, neighbours).await?;
        let store = Store { id, floor, money, catalog, known, homes, clock, ids, journal };
        store.look_up().await?;
        if !store.homes.is_here(Stream::Catalog) {
            tokio::spawn(store.clone().look_up_again());
        }
        Ok(store)
    }

    /// A catalog that is decided elsewhere changes without being asked here.
    async fn look_up_again(self) {
        let (_, mut commits) = self.catalog.read_and_subscribe(|_, _| ());
        let mut pause = None;
        loop {
            let wait = tokio::time::timeout(pause.unwrap_or(LOOK_WHETHER_STOPPED), commits.recv()).await;
            match wait {
                Ok(Err(broadcast::error::RecvError::Closed)) => return,
                Err(_) if pause.is_none() && self.catalog.is_stopped() => return,
                Err(_) if pause.is_none() => {}
                _ => {
                    let failed = self.look_up().await.inspect_err(|error| {
                        tracing::error!(error = error as &dyn std::error::Error, "the menu on sale can't be read yet");
                    });
                    pause = failed.is_err().then_some(LOOK_AGAIN);
                }
            }
        }
    }

    /// Reads the set-up and the menu on sale into what decisions look at.
    async fn look_up(&self) -> Result<(), OpenStoreError> {
        let (house, menu) = self.catalog(|catalog| (catalog.house.clone(), catalog.menu.clone()));
        let mut known = nothing_known(self.id);
        if let Some(house) = house {
            known.house = house;
        }
        if let Some(menu) = menu {
            known.menu = Arc::new(self.menu(&menu).await?);
        }
        *self.known.write() = Arc::new(known);
        Ok(())
    }

    /// Reads a menu from the blob store.
    ///
    /// # Errors
    /// `MenuLost` if its bytes aren't there or can't be read.
    pub async fn menu(&self, menu: &MenuRef) -> Result<Menu, OpenStoreError> {
        let hash = read_hash(&menu.hash).ok_or(OpenStoreError::MenuLost)?;
        let bytes = self.journal.get_blob(hash).await?.ok_or(OpenStoreError::MenuLost)?;
        serde_json::from_slice(&bytes).map_err(|_| OpenStoreError::MenuLost)
    }

    /// Its id.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// Looks at the committed floor.
    pub fn floor<R>(&self, look: impl FnOnce(&Floor) -> R) -> R {
        self.floor.read(look)
    }

    /// Looks at the committed payments.
    pub fn money<R>(&self, look: impl FnOnce(&Payments) -> R) -> R {
        self.money.read(look)
    }

    /// Looks at the committed catalog.
    pub fn catalog<R>(&self, look: impl FnOnce(&Catalog) -> R) -> R {
        self.catalog.read(look)
    }

    /// The set-up and the menu on sale.
    pub fn known(&self) -> Arc<Known> {
        self.known.read().clone()
    }

    /// The time, and the minute of the store's day.
    pub fn now(&self) -> Now {
        let at = self.clock.now_ms();
        Now { at: Timestamp(at), minute: LocalMinute(self.clock.local_minute(at)) }
    }

    /// 128 bits nobody can guess.
    pub fn fresh_id(&self) -> u128 {
        let mut id = [0; 16];
        id.copy_from_slice(&self.ids.seed()[..16]);
        u128::from_be_bytes(id)
    }

    /// A request of the house's own, under an id that says what it is about: the same work has the same id, so it is done once.
    pub fn own_request(about: &[&[u8]]) -> Request {
        let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
        for part in about {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest.finish().as_ref());
        let mut id = [0; 16];
        id.copy_from_slice(&fingerprint[..16]);
        Request { id: u128::from_be_bytes(id), fingerprint, by: None }
    }

    /// A request of the house's own that may well be made again.
    pub fn fresh_request(&self) -> Request {
        Request { id: self.fresh_id(), fingerprint: [0; 32], by: None }
    }

    /// Asks the floor.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn submit_floor(&self, request: Request, command: FloorCommand) -> Result<FloorAnswer, Refused<Reject>> {
        submit(&self.floor, request, command).await
    }

    /// Asks the money stream.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn submit_money(&self, request: Request, command: PaymentCommand) -> Result<(), Refused<PaymentReject>> {
        submit(&self.money, request, command).await
    }

    /// Asks the catalog, and looks at the new set-up before it answers.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn submit_catalog(&self, request: Request, command: CatalogCommand) -> Result<(), Refused<CatalogReject>> {
        submit(&self.catalog, request, command).await?;
        self.look_up().await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the catalog was changed but can't be read");
            Refused::Bug
        })
    }

    /// Checks a menu, keeps its bytes and puts it on sale under the next version.
    ///
    /// # Errors
    /// `Faulty` names every fault; nothing is published then.
    pub async fn publish_menu(&self, request: Request, mut menu: Menu) -> Result<MenuRef, PublishError> {
        let faults = validate(&menu);
        if !faults.is_empty() {
            return Err(PublishError::Faulty(faults));
        }
        menu.version = self.catalog(|catalog| catalog.menu.as_ref().map_or(1, |menu| menu.version + 1));
        let hash = self.journal.put_blob(serde_json::to_vec(&menu)?).await?;
        let published = MenuRef { version: menu.version, hash: written_hash(&hash) };
        self.submit_catalog(request, CatalogCommand::PublishMenu(published.clone())).await.map_err(PublishError::Refused)?;
        // A retry is answered with what its first try put on sale, not with the version it would get today.
        Ok(self.catalog(|catalog| catalog.menu.clone()).unwrap_or(published))
    }

    /// Replaces the set-up.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn publish_house(&self, request: Request, house: House) -> Result<(), Refused<CatalogReject>> {
        self.submit_catalog(request, CatalogCommand::PublishHouse(house)).await
    }

    /// Follows the floor's commits.
    pub fn floor_commits(&self) -> broadcast::Receiver<Arc<Commit<FloorEvent>>> {
        self.floor.subscribe()
    }

    /// Follows the catalog's commits.
    pub fn catalog_commits(&self) -> broadcast::Receiver<Arc<Commit<CatalogEvent>>> {
        self.catalog.subscribe()
    }

    /// Follows the money stream's commits.
    pub fn money_commits(&self) -> broadcast::Receiver<Arc<Commit<PaymentEvent>>> {
        self.money.subscribe()
    }

    /// Last sequence numbers of floor, money and catalog.
    pub fn heads(&self) -> [u64; 3] {
        [self.floor.head_seq(), self.money.head_seq(), self.catalog.head_seq()]
    }

    /// Where its streams are decided.
    pub fn homes(&self) -> &Homes {
        &self.homes
    }

    /// Carries out a command that another node has sent here, the stream's home.
    ///
    /// # Errors
    /// As for [`Handle::submit`]; `Unavailable` where the home isn't here.
    pub async fn submit_relayed(&self, stream: Stream, command: Relayed) -> Result<Answered, SubmitError> {
        if !self.homes.is_here(stream) {
            return Err(SubmitError::Unavailable);
        }
        match stream {
            Stream::Floor => self.floor.submit_relayed(command).await,
            Stream::Money => self.money.submit_relayed(command).await,
            Stream::Catalog => {
                let answered = self.catalog.submit_relayed(command).await?;
                // What is on sale must be seen by decisions before anybody hears that it is.
                self.look_up().await.map_err(|_| SubmitError::Unknown)?;
                Ok(answered)
            }
        }
    }

    /// Tells a copy that something new has arrived for it.
    pub fn look(&self, stream: Stream) {
        match stream {
            Stream::Floor => self.floor.look(),
            Stream::Money => self.money.look(),
            Stream::Catalog => self.catalog.look(),
        }
    }

    /// Where its streams are kept.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Transactions made durable since the journal was opened.
    pub fn commits(&self) -> u64 {
        self.journal.commits()
    }

    /// Whether a writer has stopped: the store then serves nothing any more.
    pub fn is_stopped(&self) -> bool {
        self.floor.is_stopped() || self.money.is_stopped() || self.catalog.is_stopped()
    }

    /// Serves what waits, snapshots, and stops.
    pub async fn stop(&self) {
        self.floor.stop().await;
        self.money.stop().await;
        self.catalog.stop().await;
    }
}

/// What every stream of a store is started with.
struct Start<'a> {
    journal: &'a Arc<dyn Journal>,
    clock: &'a Arc<dyn Clock>,
    ids: &'a Arc<dyn IdSource>,
    options: WriterOptions,
}

impl Start<'_> {
    async fn stream<M: Machine>(
        &self,
        key: StreamKey,
        home: &Home,
        neighbours: Arc<dyn Fn() -> M::Neighbours + Send + Sync>,
    ) -> Result<Handle<M>, StartError> {
        let (journal, options) = (self.journal.clone(), self.options);
        match home {
            Home::Here => {
                let (clock, ids) = (self.clock.clone(), self.ids.clone());
                writer::start(Wiring { journal, key, clock, ids, neighbours, options }).await
            }
            Home::There(relay) => writer::follow(CopyWiring { journal, key, relay: relay.clone(), options }).await,
        }
    }
}

async fn submit<M: Machine>(stream: &Handle<M>, request: Request, command: M::Command) -> Result<M::Answer, Refused<M::Reject>> {
    let by = request.by.as_ref().map(Sender::written);
    let asked = Submit { id: CommandId(request.id), fingerprint: request.fingerprint, command, by };
    match stream.submit(asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(reject)) => Err(Refused::Reject(reject)),
        Err(SubmitError::KeyReused) => Err(Refused::KeyReused),
        Err(SubmitError::Busy) => Err(Refused::Busy),
        Err(SubmitError::Unavailable | SubmitError::Stopped) => Err(Refused::Unavailable),
        Err(SubmitError::Unknown) => Err(Refused::Unknown),
        Err(SubmitError::Internal) => Err(Refused::Bug),
    }
}

/// A hash in hexadecimal.
pub(crate) fn written_hash(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn read_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    (text.len() == 64 && text.is_ascii()).then_some(())?;
    for (byte, i) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(i..i + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// What decisions look at before anything was published: no tables, no dishes.
fn nothing_known(store: StoreId) -> Known {
    let policy = domain::catalog::Policy::default();
    let house = House {
        store,
        name: Text::default(),
        currency: Currency::Cny,
        time_zone: "Asia/Shanghai".to_owned(),
        areas: Vec::new(),
        tables: Vec::new(),
        policy,
        accounts: Vec::new(),
        printers: Vec::new(),
        kitchen_printers: Vec::new(),
        till_printer: None,
    };
    Known { house: Arc::new(house), menu: Arc::new(Menu::default()) }
}
