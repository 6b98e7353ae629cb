//! A node that has the key and says whatever it likes.

use crate::history::{same_story, story, trade};
use crate::world::{NODE, STORE, World, acceptor, key, node_key, seconds};
use engine::{Relay as _, Relayed, SubmitError};
use journal::{CommandId, Stream};
use link::frame::{Beat, Challenge, Command, Event, Failure, Have, Hello, Introduction, Parcel, Point, Recorded, Stand, Want};
use link::wire::pair;
use link::{Ended, Frame, LinkRelay, Trouble, Wire, decode, encode};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const FLOOR: Stream = Stream::Floor;

async fn hear(wire: &mut Wire) -> Frame {
    decode(&wire.inc.recv().await.unwrap()).unwrap()
}

async fn say(wire: &mut Wire, frame: &Frame) {
    // A wire that was closed meanwhile is what the tests are about.
    let _ = wire.out.send(encode(frame).unwrap()).await;
}

fn introduction(stands: Vec<Stand>) -> Vec<u8> {
    let who = Introduction { store: STORE.0, node: NODE, life: 1, stands };
    let mut bytes = Vec::new();
    ciborium::into_writer(&who, &mut bytes).unwrap();
    bytes
}

fn signed(nonce: [u8; 32], introduction: Vec<u8>) -> Frame {
    let signature = node_key().sign(&[b"dandan link hello 1\0".as_slice(), &nonce, &introduction].concat());
    Frame::Hello(Hello { introduction, signature })
}

fn home_at(seq: u64, hash: [u8; 32]) -> Stand {
    Stand { stream: FLOOR, home: true, epoch: 9, point: Point { seq, hash } }
}

/// Dials by hand, as the home of a floor that reaches far.
async fn dial(world: &World) -> (Wire, tokio::task::JoinHandle<Ended>) {
    let (mut wire, there) = pair(64);
    let serving = acceptor(&world.book, &world.cloud);
    let served = tokio::spawn(async move { serving.serve(there, std::future::pending()).await });
    let Frame::Challenge(Challenge { nonce }) = hear(&mut wire).await else { panic!("no challenge") };
    say(&mut wire, &signed(nonce, introduction(vec![home_at(1 << 40, [4; 32])]))).await;
    (wire, served)
}

/// Frames that no sane node sends.
fn nonsense() -> Vec<Frame> {
    let point = |seq, byte| Point { seq, hash: [byte; 32] };
    let genesis = Point { seq: 0, hash: journal::genesis(key(FLOOR)) };
    let event =
        |seq| Event { seq, epoch: 1, at_ms: 0, kind: "X".to_owned(), version: 1, body: vec![], command: 1, hash: [0; 32] };
    let recorded = |first_seq, last_seq| Recorded { id: 1, fingerprint: [0; 32], answer: vec![], first_seq, last_seq };
    let parcel = |stream, after, events, commands| Frame::Parcel(Parcel { round: 1, no: 1, stream, after, events, commands });
    let mut frames = vec![
        Frame::Challenge(Challenge { nonce: [0; 32] }),
        Frame::Want(Want { stream: FLOOR, hash: [1; 32] }),
        parcel(FLOOR, point(u64::MAX, 1), vec![], vec![]),
        parcel(FLOOR, genesis, vec![event(1)], vec![]),
        parcel(FLOOR, genesis, vec![event(1)], vec![recorded(1, 1)]),
        parcel(FLOOR, genesis, vec![], vec![recorded(1, u64::MAX)]),
        parcel(FLOOR, genesis, vec![], vec![recorded(0, u64::MAX)]),
        parcel(FLOOR, genesis, vec![], vec![recorded(u64::MAX, 0)]),
        parcel(FLOOR, genesis, vec![], vec![recorded(1, 0), recorded(1, 0)]),
        parcel(FLOOR, genesis, vec![], vec![]),
        parcel(FLOOR, point(0, 9), vec![], vec![]),
        parcel(Stream::Money, genesis, vec![event(1)], vec![recorded(1, 1)]),
    ];
    for (stream, seq) in [(FLOOR, u64::MAX), (Stream::Money, u64::MAX), (Stream::Catalog, 0)] {
        let have = Have { stream, round: 1, no: u64::MAX, point: point(seq, 3), again: true };
        frames.extend([Frame::Have(have), Frame::Have(Have { again: false, ..have })]);
    }
    frames
}

#[tokio::test(start_paused = true)]
async fn nonsense_neither_hurts_nor_gets_in() {
    for frame in nonsense() {
        let world = World::new();
        trade(&*world.cloud.journal, key(Stream::Money), 50, 2).await;
        let money = story(&*world.cloud.journal, key(Stream::Money)).await;
        let (mut wire, served) = dial(&world).await;
        assert!(matches!(hear(&mut wire).await, Frame::Welcome(_)));
        say(&mut wire, &frame).await;
        seconds(2).await;
        drop(wire);
        let ended = served.await.unwrap();
        assert!(story(&*world.cloud.journal, key(Stream::Money)).await == money, "{frame:?}");
        assert!(story(&*world.cloud.journal, key(FLOOR)).await.0.is_empty(), "{frame:?} {ended:?}");
        // And an honest node is served afterwards, once a person has released it.
        world.book.release();
        trade(&*world.store.journal, key(FLOOR), 50, 1).await;
        let dialer = world.dial(5);
        if story(&*world.cloud.journal, key(FLOOR)).await.1.is_empty() {
            same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
        }
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn contradictions_end_the_connection_at_once() {
    // A parcel for a stream whose home is here is nobody's and is passed over; the others below can't be lived with.
    for frame in nonsense().into_iter().filter(|frame| matches!(frame, Frame::Parcel(parcel) if parcel.stream == FLOOR)) {
        let Frame::Parcel(parcel) = &frame else { continue };
        let harmless =
            parcel.after.seq > 0 || parcel.events.is_empty() && parcel.commands.is_empty() && parcel.after.hash != [9; 32];
        let world = World::new();
        let (mut wire, served) = dial(&world).await;
        assert!(matches!(hear(&mut wire).await, Frame::Welcome(_)));
        say(&mut wire, &frame).await;
        seconds(2).await;
        let ended = served.is_finished();
        assert_eq!(ended, !harmless, "{frame:?}");
        if ended {
            let why = served.await.unwrap().trouble();
            assert!(
                matches!(why, Some(Trouble::Nonsense | Trouble::Altered { .. } | Trouble::Diverged { .. })),
                "{frame:?} {why:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_is_carried_out_at_its_streams_home_only() {
    let world = World::new();
    let (mut wire, _served) = dial(&world).await;
    let command = |stream, by| Command { request: 5, stream, id: 9, fingerprint: [0; 32], by, command: b"x".to_vec() };
    let mut answers = Vec::new();
    // The floor's home isn't here; and a sender that can't be read must not become the house itself.
    for command in [command(FLOOR, None), command(Stream::Money, Some(b"{}".to_vec())), command(Stream::Money, None)] {
        say(&mut wire, &Frame::Command(command)).await;
        answers.push(loop {
            if let Frame::Answer(answer) = hear(&mut wire).await {
                break answer.result.map(|outcome| outcome.seq);
            }
        });
    }
    assert_eq!(answers, [Err(Failure::Stopped), Err(Failure::Internal), Ok(1)]);
    assert_eq!(story(&*world.cloud.journal, key(FLOOR)).await.0.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_speaks_but_does_not_hear_is_not_asked() {
    let world = World::new();
    let (mut wire, _served) = dial(&world).await;
    let relay = LinkRelay::new(world.cloud.lines.clone());
    let order = || Relayed { id: CommandId(1), fingerprint: [1; 32], by: None, command: b"x".to_vec() };
    let beat = |no, heard| Frame::Beat(Beat { no, heard, facts: BTreeMap::new() });
    for no in 1..=10 {
        say(&mut wire, &beat(no, 0)).await;
        seconds(1).await;
    }
    assert!(world.cloud.local.status.now().connected && !world.cloud.lines.is_live(key(FLOOR)));
    let begun = Instant::now();
    assert_eq!(relay.relay(key(FLOOR), order()).await, Err(SubmitError::Unavailable));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // It hears again: that the beat names the last answer proves it.
    say(&mut wire, &beat(11, 10)).await;
    seconds(1).await;
    assert!(world.cloud.lines.is_live(key(FLOOR)));
    let asked = tokio::spawn(async move { relay.relay(key(FLOOR), order()).await });
    while !matches!(hear(&mut wire).await, Frame::Command(_)) {}
    drop(wire);
    assert_eq!(asked.await.unwrap(), Err(SubmitError::Unknown));
}

#[tokio::test(start_paused = true)]
async fn an_old_hello_is_of_no_use() {
    let world = World::new();
    let (mut wire, there) = pair(64);
    let serving = acceptor(&world.book, &world.cloud);
    let served = tokio::spawn(async move { serving.serve(there, std::future::pending()).await });
    assert!(matches!(hear(&mut wire).await, Frame::Challenge(_)));
    // Signed over the nonce of another connection.
    say(&mut wire, &signed([8; 32], introduction(vec![home_at(0, journal::genesis(key(FLOOR)))]))).await;
    let Frame::Refused(parting) = hear(&mut wire).await else { panic!("not refused") };
    assert_eq!(parting.trouble, Some(Trouble::UnknownNode));
    assert_eq!(served.await.unwrap(), Ended::Trouble(Trouble::UnknownNode));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_says_nothing_or_too_much_is_dropped() {
    let world = World::new();
    let serving = acceptor(&world.book, &world.cloud);
    let (_silent, there) = pair(64);
    assert!(matches!(serving.serve(there, std::future::pending()).await, Ended::Handshake(_)));
    let (mut loud, there) = pair(64);
    loud.out.send(vec![link::frame::VERSION; 1 << 20]).await.unwrap();
    assert!(matches!(serving.serve(there, std::future::pending()).await, Ended::Wire(_)));
    let (mut newer, there) = pair(64);
    newer.out.send(vec![link::frame::VERSION + 1, 0]).await.unwrap();
    assert_eq!(serving.serve(there, std::future::pending()).await, Ended::Trouble(Trouble::Version));
}

#[tokio::test(start_paused = true)]
async fn a_hello_that_was_long_on_its_way_is_asked_for_once_more() {
    let world = World::new();
    // Everything came by another connection, while the hello of this one was on its way.
    let head = trade(&*world.cloud.journal, key(FLOOR), 40, 1).await;
    let (old, now) = (home_at(0, journal::genesis(key(FLOOR))), home_at(head.seq, head.hash));
    for (says_then, behind) in [(now, false), (old.clone(), true)] {
        let (mut wire, there) = pair(64);
        let serving = acceptor(&world.book, &world.cloud);
        let served = tokio::spawn(async move { serving.serve(there, std::future::pending()).await });
        let Frame::Challenge(Challenge { nonce }) = hear(&mut wire).await else { panic!("no challenge") };
        say(&mut wire, &signed(nonce, introduction(vec![old.clone()]))).await;
        let Frame::Challenge(Challenge { nonce: another }) = hear(&mut wire).await else { panic!("not asked once more") };
        assert_ne!(nonce, another);
        say(&mut wire, &signed(another, introduction(vec![says_then]))).await;
        match (hear(&mut wire).await, behind) {
            (Frame::Welcome(_), false) => served.abort(),
            (Frame::Refused(parting), true) => {
                assert_eq!(parting.trouble, Some(Trouble::Behind { stream: FLOOR, seq: head.seq }));
            }
            (other, _) => panic!("{other:?}"),
        }
    }
}
