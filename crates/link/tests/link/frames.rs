//! Frames to bytes and back, and bytes that are no frames.

use journal::Stream;
use link::frame::{
    Answer, Beat, BeatBack, Blob, Challenge, Command, Event, Failure, Have, Hello, Outcome, Parcel, Parting, Point, Recorded,
    Stand, VERSION, Want, Welcome,
};
use link::{Frame, FrameError, LARGEST, Trouble, decode, encode};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn stream() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Floor), Just(Stream::Money), Just(Stream::Catalog)]
}

fn point() -> impl Strategy<Value = Point> {
    (any::<u64>(), any::<[u8; 32]>()).prop_map(|(seq, hash)| Point { seq, hash })
}

fn stand() -> impl Strategy<Value = Stand> {
    (stream(), any::<bool>(), any::<u64>(), point()).prop_map(|(stream, home, epoch, point)| Stand { stream, home, epoch, point })
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::UnknownNode),
        Just(Trouble::Replaced),
        (stream(), any::<u64>()).prop_map(|(stream, epoch)| Trouble::Fenced { stream, epoch }),
        (stream(), any::<u64>()).prop_map(|(stream, seq)| Trouble::Behind { stream, seq }),
        (stream(), any::<u64>()).prop_map(|(stream, seq)| Trouble::Diverged { stream, seq }),
        stream().prop_map(|stream| Trouble::BothHome { stream }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (any::<(u64, u64, i64, u16)>(), "\\PC{0,20}", bytes(), any::<(u128, [u8; 32])>()).prop_map(
        |((seq, epoch, at_ms, version), kind, body, (command, hash))| Event {
            seq,
            epoch,
            at_ms,
            kind,
            version,
            body,
            command,
            hash,
        },
    )
}

fn recorded() -> impl Strategy<Value = Recorded> {
    (any::<(u128, [u8; 32], u64, u64)>(), bytes()).prop_map(|((id, fingerprint, first_seq, last_seq), answer)| Recorded {
        id,
        fingerprint,
        answer,
        first_seq,
        last_seq,
    })
}

fn parcel() -> impl Strategy<Value = Frame> {
    let lists = (prop::collection::vec(event(), 0..8), prop::collection::vec(recorded(), 0..8));
    (any::<(u64, u64)>(), stream(), point(), lists).prop_map(|((round, no), stream, after, (events, commands))| {
        Frame::Parcel(Parcel { round, no, stream, after, events, commands })
    })
}

fn command() -> impl Strategy<Value = Frame> {
    (any::<(u64, u128, [u8; 32])>(), stream(), prop::option::of(bytes()), bytes()).prop_map(
        |((request, id, fingerprint), stream, by, command)| {
            Frame::Command(Command { request, stream, id, fingerprint, by, command })
        },
    )
}

fn frame() -> impl Strategy<Value = Frame> {
    let result = prop_oneof![
        (bytes(), any::<u64>()).prop_map(|(outcome, seq)| Ok(Outcome { outcome, seq })),
        prop_oneof![Just(Failure::Busy), Just(Failure::Unknown), Just(Failure::Stopped)].prop_map(Err),
    ];
    let facts = prop::collection::btree_map("[a-z_]{1,12}", any::<i64>(), 0..5);
    let blob = (stream(), any::<[u8; 32]>(), prop::option::of(any::<u64>()), any::<u64>(), bytes());
    prop_oneof![
        any::<[u8; 32]>().prop_map(|nonce| Frame::Challenge(Challenge { nonce })),
        (bytes(), bytes()).prop_map(|(introduction, signature)| Frame::Hello(Hello { introduction, signature })),
        (prop::collection::vec(stand(), 0..4), any::<(u64, i64)>())
            .prop_map(|(stands, (lease_ms, now_ms))| Frame::Welcome(Welcome { stands, lease_ms, now_ms })),
        (prop::option::of(trouble()), "\\PC{0,40}").prop_map(|(trouble, words)| Frame::Refused(Parting { trouble, words })),
        (prop::option::of(trouble()), "\\PC{0,40}").prop_map(|(trouble, words)| Frame::Bye(Parting { trouble, words })),
        parcel(),
        command(),
        (any::<(u64, u64)>(), stream(), point(), any::<bool>())
            .prop_map(|((round, no), stream, point, again)| Frame::Have(Have { stream, round, no, point, again })),
        (stream(), any::<[u8; 32]>()).prop_map(|(stream, hash)| Frame::Want(Want { stream, hash })),
        blob.prop_map(|(stream, hash, size, at, bytes)| Frame::Blob(Blob { stream, hash, size, at, bytes })),
        (any::<u64>(), result).prop_map(|(request, result)| Frame::Answer(Answer { request, result })),
        (any::<(u64, u64)>(), facts).prop_map(|((no, heard), facts)| Frame::Beat(Beat { no, heard, facts })),
        any::<(u64, u64)>().prop_map(|(no, lease_ms)| Frame::BeatBack(BeatBack { no, lease_ms })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_is_read_as_it_was_written(frame in frame()) {
        let bytes = encode(&frame).unwrap();
        prop_assert_eq!(bytes[0], VERSION);
        prop_assert_eq!(decode(&bytes).unwrap(), frame);
    }

    #[test]
    fn random_bytes_never_hurt(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&bytes);
        if let Some(first) = bytes.first_mut() {
            *first = VERSION;
        }
        let _ = decode(&bytes);
    }

    #[test]
    fn damaged_frames_never_hurt_and_are_never_cut_short(frame in frame(), at in any::<usize>(), flip in 1_u8.., cut in any::<usize>()) {
        let mut bytes = encode(&frame).unwrap();
        let cut = cut % bytes.len();
        prop_assert!(decode(&bytes[..cut]).is_err());
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let _ = decode(&bytes);
        bytes[at] ^= flip;
        bytes.push(0);
        prop_assert!(decode(&bytes).is_err());
    }
}

#[test]
fn sizes_are_limited_both_ways() {
    let blob = |size| Frame::Blob(Blob { stream: Stream::Money, hash: [0; 32], size: None, at: 0, bytes: vec![0; size] });
    assert!(matches!(encode(&blob(LARGEST)), Err(FrameError::TooLarge(_))));
    assert!(encode(&blob(LARGEST - 1000)).is_ok());
    assert_eq!(decode(&vec![VERSION; LARGEST + 1]), Err(FrameError::TooLarge(LARGEST + 1)));
    // A length that promises more than there is reserves nothing.
    assert!(decode(&[VERSION, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
    assert!(decode(&[VERSION, 0x9b, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
    assert!(decode(&[vec![VERSION], vec![0x81; 100_000]].concat()).is_err());
}

#[test]
fn another_version_is_named() {
    let mut bytes = encode(&Frame::Beat(Beat { no: 1, heard: 0, facts: BTreeMap::new() })).unwrap();
    bytes[0] = 9;
    assert_eq!(decode(&bytes), Err(FrameError::Version(9)));
}
