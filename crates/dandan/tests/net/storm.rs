//! The boxes of 200 stores lose their cloud together and come back together: all of them are reached again, nothing that was traded
//! meanwhile is missing, and the nodes aren't knocked down by it.

use crate::cloud::{Cloud, program};
use crate::ground::{Ground, Place};
use crate::phone::Phone;
use crate::world::{Server, client, until};
use domain::StoreId;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

const BOXES: usize = 200;
/// How long the wires are cut; long enough for every node to notice.
const CUT: Duration = Duration::from_secs(12);
/// How long the nodes are away.
const AWAY: Duration = Duration::from_secs(6);
/// The longest pause of a box between two calls is 30 s.
const BACK_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

/// What `dandan cloud invite` and `dandan join` write of a box.
const ENTER: &str =
    "INSERT INTO cloud_box (store_id, public_key, code_hash, until_ms, wifi, lan_url) VALUES ($1, $2, '', 0, '', '')";

/// Many boxes in one process.
struct Boxes {
    stores: Vec<StoreId>,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

/// How a return went.
struct Return {
    /// After how long a quarter, half, nine tenths and all of them were there.
    quarter: Duration,
    half: Duration,
    most: Duration,
    all: Duration,
    /// Calls for a tunnel or a link in the worst second, at both nodes together, and in all.
    worst: u64,
    calls: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_boxes_come_back_at_once() {
    let Some(ground) = Ground::full("a storm of boxes") else { return };
    let places = [ground.place(1), ground.place(2)];
    let (shops, outside) = (ground.place(4), ground.place(5));
    let cloud = Cloud::start(&ground, 3).await;
    let mut nodes = vec![cloud.node(&places[0]).await, cloud.node(&places[1]).await];
    places.iter().for_each(|place| ground.count_calls(place));
    let (mut boxes, keys) = Boxes::start(&shops, &nodes).await;
    let book = cloud.book().await;
    for (store, key) in &keys {
        let store = store.0.to_be_bytes().to_vec();
        book.execute(ENTER, &[&store, key]).await.unwrap();
    }

    let before = (Instant::now(), ground.calls());
    let (_, back) = tokio::join!(boxes.ask("call"), returned(&ground, &outside, &nodes, before));
    back.print("call for the first time");
    arrived(&book, &mut boxes).await;

    for place in &places {
        ground.cut(place, &shops);
        ground.cut(&shops, place);
    }
    let cut = Instant::now();
    boxes.ask("trade").await;
    until("the nodes have noticed", || async { (there(&outside, &nodes).await == 0).then_some(()) }).await;
    tokio::time::sleep(CUT.saturating_sub(cut.elapsed())).await;
    let before = (Instant::now(), ground.calls());
    ground.mend();
    returned(&ground, &outside, &nodes, before).await.print("are back after the wires were cut");
    arrived(&book, &mut boxes).await;

    for node in &mut nodes {
        node.kill().await;
    }
    boxes.ask("trade").await;
    tokio::time::sleep(AWAY).await;
    let before = (Instant::now(), ground.calls());
    nodes = vec![cloud.node(&places[0]).await, cloud.node(&places[1]).await];
    returned(&ground, &outside, &nodes, before).await.print("are back after both nodes were killed");
    arrived(&book, &mut boxes).await;

    // Every one of them really answers, by the node it has not called.
    for (number, store) in boxes.stores.iter().enumerate() {
        let phone = Phone::new(&nodes[1 - number % 2].url, *store, outside.address(10));
        let told = outside.run(async move { phone.get("", "").await }).await;
        assert_eq!(told.status, 200, "{store}: {}", told.body);
    }
}

impl Boxes {
    /// Makes them, in a place; and what the cloud must know of them.
    async fn start(place: &Place, nodes: &[Server]) -> (Boxes, Vec<(StoreId, String)>) {
        let mut command = program();
        command.args(["bench", "boxes", "--count", &BOXES.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        for node in nodes {
            command.args(["--cloud", &node.url]);
        }
        let mut child = place.run(async move { command.env("DANDAN_LOG", "error").spawn().unwrap() }).await;
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut boxes = Boxes { stores: Vec::new(), input, output: BufReader::new(output).lines(), _child: child };
        let mut keys = Vec::new();
        loop {
            let line = boxes.line().await;
            let Some(store) = line["store"].as_str() else { break };
            boxes.stores.push(store.parse().unwrap());
            keys.push((store.parse().unwrap(), line["public_key"].as_str().unwrap().to_owned()));
        }
        assert_eq!(keys.len(), BOXES);
        (boxes, keys)
    }

    async fn ask(&mut self, what: &str) -> Value {
        self.input.write_all(format!("{what}\n").as_bytes()).await.unwrap();
        self.line().await
    }

    async fn line(&mut self) -> Value {
        let line = self.output.next_line().await.unwrap().expect("the boxes go on");
        serde_json::from_str(&line).unwrap()
    }
}

impl Return {
    fn print(&self, what: &str) {
        println!(
            "net: {BOXES} boxes {what}: a quarter after {:.1} s, half {:.1} s, nine tenths {:.1} s, all {:.1} s; {} connections asked \
             for in the worst second, {} in all",
            self.quarter.as_secs_f64(),
            self.half.as_secs_f64(),
            self.most.as_secs_f64(),
            self.all.as_secs_f64(),
            self.worst,
            self.calls,
        );
    }
}

/// Watches until all of them are there; it began then, with so many connections asked for before.
async fn returned(ground: &Ground, outside: &Place, nodes: &[Server], (began, before): (Instant, u64)) -> Return {
    let (mut reached, mut recent, mut worst) = ([None; 4], VecDeque::from([(Duration::ZERO, before)]), 0);
    loop {
        let (now, calls) = (began.elapsed(), ground.calls());
        recent.push_back((now, calls));
        while recent.front().is_some_and(|(at, _)| now - *at > Duration::from_secs(1)) {
            recent.pop_front();
        }
        worst = worst.max(calls - recent.front().map_or(calls, |(_, calls)| *calls));
        let there = there(outside, nodes).await;
        for (share, when) in [BOXES / 4, BOXES / 2, BOXES * 9 / 10, BOXES].into_iter().zip(&mut reached) {
            if there >= share && when.is_none() {
                *when = Some(began.elapsed());
            }
        }
        if let [Some(quarter), Some(half), Some(most), Some(all)] = reached {
            return Return { quarter, half, most, all, worst, calls: ground.calls() - before };
        }
        assert!(began.elapsed() < BACK_WITHIN, "{there} of {BOXES} are back after a minute");
        tokio::time::sleep(LOOK).await;
    }
}

/// How many boxes both nodes can ask.
async fn there(outside: &Place, nodes: &[Server]) -> usize {
    let urls: Vec<String> = nodes.iter().map(|node| format!("{}/health", node.url)).collect();
    let count = async move {
        let mut count = 0;
        for url in urls {
            let health: Value = client().get(url).send().await.unwrap().json().await.unwrap();
            count += usize::try_from(health["stores"].as_u64().unwrap()).unwrap();
        }
        count
    };
    outside.run(count).await
}

/// Waits until the cloud has everything every box has.
async fn arrived(book: &tokio_postgres::Client, boxes: &mut Boxes) {
    let heads: BTreeMap<String, i64> = serde_json::from_value(boxes.ask("heads").await["heads"].take()).unwrap();
    let began = Instant::now();
    loop {
        let rows = book.query("SELECT encode(store_id, 'hex'), CAST(sum(seq) AS BIGINT) FROM stream GROUP BY store_id", &[]);
        let there: BTreeMap<String, i64> = rows.await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
        if there == heads {
            println!("net: all that {BOXES} boxes have is in the cloud {:.1} s later", began.elapsed().as_secs_f64());
            return;
        }
        let behind = heads.iter().filter(|(store, head)| there.get(*store) != Some(head)).count();
        assert!(began.elapsed() < BACK_WITHIN, "{behind} copies are behind after a minute");
        tokio::time::sleep(LOOK).await;
    }
}
