//! A till in a restaurant whose payment channels are the simulator, as a process's neighbour: over HTTP both ways.

use crate::world::{Answer, Party, Plan, World, id, open, order, until};
use channel_sim::{Running, SimConfig};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A thousand times faster than real: a notice is repeated after 15 ms.
const FAST: f64 = 1000.0;

/// A restaurant with the simulated channels beside it.
pub struct Till {
    pub world: World,
    pub sim: Running,
    _keys: TempDir,
}

/// Making keys takes long, so it is done once and copied.
pub async fn keys() -> TempDir {
    static MADE: OnceCell<TempDir> = OnceCell::const_new();
    let listen = "127.0.0.1:0".parse().unwrap();
    let made = MADE.get_or_init(|| async {
        let folder = tempfile::tempdir().unwrap();
        channel_sim::start(SimConfig::new(folder.path(), listen)).await.unwrap().shutdown().await;
        folder
    });
    let (made, copy) = (made.await, tempfile::tempdir().unwrap());
    for entry in fs::read_dir(made.path()).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

pub async fn till() -> Till {
    let keys = keys().await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let sim = channel_sim::start(SimConfig { time_scale: FAST, ..SimConfig::new(keys.path(), listen) }).await.unwrap();
    let world = open(Plan { payments: Some(sim.merchant.config.clone()), ..Plan::default() }).await;
    Till { world, sim, _keys: keys }
}

impl Till {
    pub async fn control(&self, what: &str, body: Value) -> u16 {
        let url = format!("http://{}/control/{what}", self.sim.control);
        self.world.request(Method::POST, &url, "").json(&body).send().await.unwrap().status().as_u16()
    }

    pub async fn fault(&self, fault: Value) {
        assert_eq!(self.control("faults", fault).await, 200);
    }

    /// A party that owes 6 yuan.
    pub async fn hungry(&self) -> Party {
        let party = self.world.join("a1").await;
        self.world.place(&party, &order("rice", 2, 300)).await.ok(201);
        party
    }

    pub async fn ask(&self, party: &Party, way: &str, payer: Option<&str>) -> (u16, Value) {
        let answer = self.ask_with(party, way, json!({ "payer": payer })).await;
        (answer.status, answer.body)
    }

    /// Asks for 6 yuan, or for what `more` says.
    pub async fn ask_with(&self, party: &Party, way: &str, more: Value) -> Answer {
        let mut body = json!({ "ask": id(), "way": way, "amount": 600, "order": null });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.world.post(&format!("/sessions/{}/payments", party.session), &party.token, body).await
    }

    /// Posts below a party's address.
    pub async fn post(&self, party: &Party, end: &str, token: &str, body: Value) -> Answer {
        self.world.post(&format!("/sessions/{}/{end}", party.session), token, body).await
    }

    pub async fn check(&self, party: &Party) -> Value {
        self.world.party(party).await["check"].clone()
    }

    /// Waits until a refund of the check is in this state.
    pub async fn refund_becomes(&self, party: &Party, state: &str) -> Value {
        until(&format!("a refund is {state}"), || async {
            self.check(party).await["refunds"].as_array().unwrap().iter().find(|refund| refund["state"] == state).cloned()
        })
        .await
    }

    /// Waits until the inbox has an open case of this kind.
    pub async fn case(&self, token: &str, kind: &str) -> Value {
        until(&format!("there is a case of {kind}"), || async {
            let inbox = self.world.get("/money/inbox", token).await.ok(200);
            inbox["cases"].as_array().unwrap().iter().find(|case| case["kind"] == kind && case["resolved_at"].is_null()).cloned()
        })
        .await
    }

    pub async fn remedy(&self, token: &str, case: &Value, remedy: &str, body: Value) -> Answer {
        self.world.post(&format!("/money/cases/{}/{remedy}", case["case"].as_str().unwrap()), token, body).await
    }

    pub async fn settings(&self, settings: Value) {
        assert_eq!(self.control("settings", settings).await, 200);
    }

    pub fn path(party: &Party, payment: &Value, end: &str) -> String {
        format!("/sessions/{}/payments/{}{end}", party.session, payment["ask"].as_str().unwrap())
    }

    pub async fn show(&self, party: &Party, payment: &Value) -> Value {
        self.world.get(&Till::path(party, payment, ""), &party.token).await.ok(200)
    }

    /// Waits until the payment is in this state.
    pub async fn becomes(&self, party: &Party, payment: &Value, state: &str) -> Value {
        until(&format!("the payment is {state}"), || async {
            Some(self.show(party, payment).await).filter(|payment| payment["state"] == state)
        })
        .await
    }

    pub async fn pay(&self, payment: &Value) {
        assert_eq!(self.control("pay", json!({ "code": payment["code_url"] })).await, 200, "{payment}");
    }

    /// Paid exactly once: one tender of the whole amount, and nothing due.
    pub async fn is_settled(&self, party: &Party) {
        let check = self.world.party(party).await["check"].clone();
        assert_eq!((&check["state"], &check["paid"], &check["balance"]), (&json!("settled"), &json!(600), &json!(0)));
        assert_eq!(check["tenders"].as_array().unwrap().len(), 1);
        // The money stream notes the credit a moment after the check shows it.
        let rested = || async { (self.world.figure("dandan_payments_outstanding").await == 0.0).then_some(()) };
        until("nothing is left to do about the payment", rested).await;
    }
}
