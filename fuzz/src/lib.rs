//! A whole small restaurant in memory for the targets that need one: the real router, engine and rules, with a clock that stands
//! still and ids that follow from a seed. The same bytes always meet the same house.

use api::{App, Crowd, Guest, Hub, Lockout, Payable, Signer};
use domain::catalog::{CatalogCommand, Role, Staff};
use domain::floor::{FloorCommand, JoinTable};
use domain::menu::Menu;
use domain::{DeviceId, GuestId, SessionId};
use engine::{ManualClock, SeededIds, Store, WriterOptions};
use journal::MemoryJournal;
use menu_file::{Format, house::HouseFile};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Runtime};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use workers::{Desk, DeskSetup, PrintDesk};

/// A November noon in Shanghai.
const NOON_MS: i64 = 1_795_320_000_000;
const SIGNING: [u8; 32] = [7; 32];

/// The party that sits at table T1.
pub const PARTY: SessionId = SessionId(0x51);
/// Its phone.
pub const PHONE: GuestId = GuestId(0x61);
/// The paired device.
pub const TABLET: DeviceId = DeviceId(0xde);

/// A restaurant with an open day, one owner, one paired device and a party at a table.
pub struct House {
    /// What the server's handlers share.
    pub app: Arc<App>,
    owner: Staff,
}

/// A runtime for one input: dropping it ends everything the input started.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime needs no more than memory")
}

impl House {
    /// Opens it.
    pub async fn open() -> House {
        let (file, menu) = plan();
        let (clock, ids) = (Arc::new(ManualClock::new(NOON_MS, 480)), Arc::new(SeededIds::new(1)));
        let store = Store::open(file.house.store, Arc::new(MemoryJournal::new()), clock, ids, WriterOptions::default())
            .await
            .expect("an empty journal opens");
        store.publish_house(store.fresh_request(), file.house.clone()).await.expect("the set-up is right");
        store.publish_menu(store.fresh_request(), menu.clone()).await.expect("the menu is right");
        let id = "boss".parse().expect("a code");
        let owner = Staff { id, name: "老板".into(), role: Role::Owner, pin_hash: pin_hash().into(), left: false };
        let key_hash = api::code_hash("key");
        let code_hash = api::code_hash("abcdef012345");
        let until = store.now().at.plus_minutes(60);
        for command in [
            CatalogCommand::PutStaff(owner.clone()),
            CatalogCommand::AllowPairing { code_hash: code_hash.clone(), until },
            CatalogCommand::PairDevice { code_hash, device: TABLET, name: "till".into(), key_hash },
        ] {
            store.submit_catalog(store.fresh_request(), command).await.expect("the catalog takes it");
        }
        let table = "t1".parse().expect("a code");
        let join = JoinTable { table, guest: PHONE, name: None, session: PARTY, covers: Some(2) };
        for command in [FloorCommand::OpenDay, FloorCommand::JoinTable(join)] {
            store.submit_floor(store.fresh_request(), command).await.expect("the floor takes it");
        }
        House { app: app(store), owner }
    }

    /// A token by one letter: owner, guest, device. Any other text is taken as the token itself.
    pub fn token(&self, who: &str) -> String {
        match who {
            "o" => self.app.staff_token(&self.owner, TABLET).0,
            "g" => self.app.guest_token(Guest { session: PARTY, guest: PHONE }),
            "d" => self.app.device_token(TABLET),
            token => token.to_owned(),
        }
    }

    /// Text with `{table code}`, `{party code}` and `{pay code}` filled in.
    pub fn filled(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let known = self.app.known();
        let table = known.house.tables.first().map(|table| self.app.table_code(table)).unwrap_or_default();
        text.replace("{table code}", &table)
            .replace("{party code}", &self.app.party_code(PARTY))
            .replace("{pay code}", &self.app.pay_code(Payable { session: PARTY, share: None }))
    }
}

fn app(store: Store) -> Arc<App> {
    let desk = Desk::new(DeskSetup { store: store.clone(), channels: Vec::new(), notify_base: "http://house/channels".into() });
    let printers = PrintDesk::new(store.clone(), "http://house".into(), Box::new(|_| None));
    Arc::new(App {
        wechat_login: None,
        alipay_login: None,
        public_url: "http://house".into(),
        trusted_proxy: None,
        signer: Arc::new(Signer::new(&SIGNING)),
        pepper: vec![9; 32],
        crowd: Crowd::default(),
        lockout: Lockout::default(),
        hub: Hub::new(store.clone(), desk.clone(), printers.clone(), None),
        printers,
        desk,
        demo_wallet: None,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
        store,
    })
}

/// The set-up and the menu, read once.
pub fn plan() -> &'static (HouseFile, Menu) {
    static PLAN: OnceLock<(HouseFile, Menu)> = OnceLock::new();
    PLAN.get_or_init(|| {
        let file = menu_file::house::parse(include_str!("../house/house.toml")).expect("the set-up can be read");
        let menu = menu_file::read_bytes(include_bytes!("../house/menu.csv"), Format::Csv, 1).expect("the menu can be read");
        (file, menu)
    })
}

/// Hashing a PIN is slow on purpose.
fn pin_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| api::hash_pin("13579", &[9; 32]).expect("a PIN can be hashed"))
}
