//! Things done to a journal, whatever it is, and what came of them in words.

use journal::{
    CommandId, Group, Journal, NewEvent, StoreKey, Stream, StreamKey,
    contract::{floor, group},
};
use proptest::prelude::*;

/// Something done to a journal.
#[derive(Clone, Debug)]
pub enum Op {
    /// Commands as (id, number of events), how far off the expected seq is, and which epoch.
    Append {
        store: u128,
        off: i64,
        epoch: u64,
        commands: Vec<(u128, u32)>,
        body: Vec<u8>,
    },
    TakeOver {
        store: u128,
    },
    Read {
        store: u128,
        after: u64,
        limit: usize,
    },
    Command {
        store: u128,
        id: u128,
    },
    Commands {
        store: u128,
        first: u64,
        last: u64,
    },
    Snapshot {
        store: u128,
        seq: u64,
        code_version: u32,
    },
    Verify {
        store: u128,
        after: u64,
    },
    Blob {
        bytes: Vec<u8>,
    },
    Reopen,
}

/// Any deed.
pub fn op() -> impl Strategy<Value = Op> {
    let store = 1_u128..4;
    let commands = prop::collection::vec((1_u128..60, 0_u32..4), 0..5);
    let append = (store.clone(), prop_oneof![9 => Just(0_i64), 1 => -2_i64..3], prop_oneof![9 => Just(0_u64), 1 => 0_u64..3]);
    prop_oneof![
        8 => (append, commands, any::<Vec<u8>>()).prop_map(|((store, off, epoch), commands, body)| Op::Append { store, off, epoch, commands, body }),
        1 => store.clone().prop_map(|store| Op::TakeOver { store }),
        2 => (store.clone(), 0_u64..40, 0_usize..20).prop_map(|(store, after, limit)| Op::Read { store, after, limit }),
        2 => (store.clone(), 1_u128..60).prop_map(|(store, id)| Op::Command { store, id }),
        2 => (store.clone(), 0_u64..40, 0_u64..40).prop_map(|(store, first, last)| Op::Commands { store, first, last }),
        1 => (store.clone(), 0_u64..40, 1_u32..3).prop_map(|(store, seq, code_version)| Op::Snapshot { store, seq, code_version }),
        1 => (store, 0_u64..40).prop_map(|(store, after)| Op::Verify { store, after }),
        1 => any::<Vec<u8>>().prop_map(|bytes| Op::Blob { bytes }),
        1 => Just(Op::Reopen),
    ]
}

/// Does one thing to a journal and says all that came of it.
pub async fn run(journal: &dyn Journal, op: &Op) -> String {
    match op {
        Op::Append { store, off, epoch, commands, body } => {
            let head = journal.head(floor(*store)).await.unwrap();
            let expected_seq = head.seq.saturating_add_signed(*off);
            let mut group: Group = group(floor(*store), expected_seq, commands);
            group.epoch = head.epoch.max(*epoch).saturating_sub(u64::from(*epoch == 1));
            if let Some(first) = group.events.first_mut() {
                *first = NewEvent { body: body.clone(), ..first.clone() };
            }
            format!("{:?}", journal.append(group).await)
        }
        Op::TakeOver { store } => format!("{:?}", journal.take_over(floor(*store)).await),
        Op::Read { store, after, limit } => format!("{:?}", journal.read(floor(*store), *after, *limit).await),
        Op::Command { store, id } => format!("{:?}", journal.command(floor(*store), CommandId(*id)).await),
        Op::Commands { store, first, last } => format!("{:?}", journal.read_commands(floor(*store), *first..=*last).await),
        Op::Snapshot { store, seq, code_version } => {
            let bytes = seq.to_string().into_bytes();
            let put = journal.put_snapshot(floor(*store), *seq, [1; 32], *code_version, bytes).await;
            format!("{put:?} {:?}", journal.latest_snapshot(floor(*store), *code_version).await)
        }
        Op::Verify { store, after } => format!("{:?}", journal.verify(floor(*store), *after).await),
        Op::Blob { bytes } => {
            let hash = journal.put_blob(bytes.clone()).await.unwrap();
            format!("{hash:?} {:?}", journal.get_blob(hash).await)
        }
        Op::Reopen => String::new(),
    }
}

/// Says everything a journal holds.
pub async fn ends(journal: &dyn Journal) -> String {
    let mut all = String::new();
    for store in 1..4 {
        for stream in Stream::ALL {
            let key = StreamKey::new(StoreKey(store), stream);
            all += &format!("{:?} {:?}\n", journal.head(key).await, journal.read(key, 0, 10_000).await);
        }
    }
    all
}
