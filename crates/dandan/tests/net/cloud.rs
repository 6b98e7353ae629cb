//! A cloud on the ground: its database and its nodes in places of their own, and a shop whose box has joined it.

use crate::ground::{Ground, Place};
use crate::phone::Phone;
use crate::world::{Plan, STORE, Server, World, open, until, write_keys};
use journal::{Journal, PostgresJournal, PostgresOptions, StoreKey, StoredEvent, Stream, StreamKey};
use pg_temp::PgTemp;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::process::Command;

/// Which of a place's addresses its server has.
pub const SERVER: u8 = 1;
const PORT: u16 = 8080;
/// Where the database is reached.
const DATABASE_PORT: u16 = 5432;

/// A database in a place of its own, reached by the network as any other.
pub struct Database {
    pub place: Place,
    _server: PgTemp,
    /// For the nodes.
    pub url: String,
    /// For the test itself, which is on none of the networks.
    pub aside: String,
}

impl Database {
    pub async fn start(ground: &Ground, number: u8) -> Database {
        let place = ground.place(number);
        let work = || {
            let server = PgTemp::start();
            // It listens on its own machine alone, and trusts nobody else.
            let trusted = server.psql("SHOW hba_file").trim().to_owned();
            let mut lines = std::fs::read_to_string(&trusted).unwrap();
            lines.push_str("host all all 10.77.0.0/16 trust\n");
            std::fs::write(&trusted, lines).unwrap();
            server.psql("SELECT pg_reload_conf()");
            let folder = server.psql("SHOW unix_socket_directories").trim().to_owned();
            let name = server.database().rsplit('/').next().unwrap().to_owned();
            (server, folder, name)
        };
        let (server, folder, name) = place.run(async move { tokio::task::spawn_blocking(work).await.unwrap() }).await;
        place.open_loopback();
        let port = server.port();
        place.filter(&format!(
            "add table ip door\n\
             add chain ip door in {{ type nat hook prerouting priority -100; }}\n\
             add rule ip door in tcp dport {DATABASE_PORT} dnat to 127.0.0.1:{port}\n"
        ));
        let url = format!("postgres://postgres@{}:{DATABASE_PORT}/{name}", place.address(SERVER));
        let aside = format!("postgres://postgres@{}:{port}/{name}", folder.replace('/', "%2F"));
        Database { place, _server: server, url, aside }
    }
}

/// Nodes over one database.
pub struct Cloud {
    pub folder: TempDir,
    pub database: Database,
    pub journal: Arc<dyn Journal>,
}

impl Cloud {
    pub async fn start(ground: &Ground, database: u8) -> Cloud {
        let database = Database::start(ground, database).await;
        let folder = tempfile::tempdir().unwrap();
        write_keys(folder.path());
        let journal: Arc<dyn Journal> =
            Arc::new(PostgresJournal::connect(&database.aside, PostgresOptions::default()).await.unwrap());
        Cloud { folder, database, journal }
    }

    /// Starts a node in a place.
    pub async fn node(&self, place: &Place) -> Server {
        let mut command = program();
        command.args(["cloud", "serve", "--listen"]).arg(format!("{}:{PORT}", place.address(SERVER)));
        command.args(["--postgres", &self.database.url, "--data"]).arg(self.folder.path());
        place.run(Server::run(command)).await
    }

    /// The database, for questions the test has itself.
    pub async fn book(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.database.aside, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Where the copies of a store's streams end, counted together.
    pub async fn length(&self) -> u64 {
        let mut length = 0;
        for stream in Stream::ALL {
            length += self.journal.head(StreamKey::new(StoreKey(STORE.0), stream)).await.unwrap().seq;
        }
        length
    }

    /// Lets a shop join: its box in a place, its journal empty but for the set-up.
    pub async fn shop(&self, place: &Place, node: &Server) -> World {
        let words = ["cloud", "invite", "--wifi", "Laowang", "--lan-url", "https://shop.test:8443", "--postgres"];
        let code = dandan(program().args(words).arg(&self.database.aside).arg("--store").arg(STORE.to_string())).await;
        let (url, address) = (node.url.clone(), place.address(SERVER));
        place
            .run(async move {
                let mut world = open(Plan::default()).await;
                world.kill().await;
                dandan(program().args(["join", code.trim(), "--cloud", &url, "--data"]).arg(world.folder.path())).await;
                serve(&mut world, address).await;
                world
            })
            .await
    }
}

/// Starts a shop's box anew, at an address that others reach; call it in the box's place.
pub async fn serve(world: &mut World, address: Ipv4Addr) {
    let mut command = program();
    command.args(["serve", "--time-zone", "UTC", "--store", &STORE.to_string(), "--listen"]);
    command.arg(format!("{address}:{PORT}")).arg("--data").arg(world.folder.path());
    world.server = Server::run(command).await;
}

/// Waits until a phone far away reaches the shop.
pub async fn reached(place: &Place, phone: &Phone) {
    let phone = phone.clone();
    place
        .run(async move {
            until("the shop is reached", || async { (phone.get("/menu", "").await.status == 200).then_some(()) }).await
        })
        .await;
}

/// The program under test, killed when nobody holds it any more.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dandan"));
    command.env("NO_COLOR", "1").env("DANDAN_LOG", "warn,dandan=info").stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs one of its commands to the end; what it prints.
pub async fn dandan(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Everything in the store's streams, after their chains were verified.
pub async fn all_of(journal: &dyn Journal) -> Vec<Vec<StoredEvent>> {
    let mut streams = Vec::new();
    for stream in Stream::ALL {
        let key = StreamKey::new(StoreKey(STORE.0), stream);
        let report = journal.verify(key, 0).await.unwrap();
        assert!(report.broken.is_none(), "{report:?}");
        streams.push(journal.read(key, 0, 1_000_000).await.unwrap());
    }
    streams
}

/// The same of a box that has stopped.
pub async fn all_in(folder: &Path) -> Vec<Vec<StoredEvent>> {
    all_of(&journal::SqliteJournal::open(folder).unwrap()).await
}

/// How often each order stands in the floor's stream.
pub fn orders(streams: &[Vec<StoredEvent>]) -> BTreeMap<String, usize> {
    let mut orders = BTreeMap::new();
    for event in streams.iter().flatten().filter(|event| event.kind == "OrderPlaced") {
        let (body, _) = engine::split_sender(&event.body);
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        *orders.entry(body["OrderPlaced"]["order"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    orders
}
