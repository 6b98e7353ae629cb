//! Whatever is done to both, memory and SQLite answer the same.
#![allow(clippy::unwrap_used)]

mod deeds;

use deeds::{Op, ends, op, run};
use journal::{MemoryJournal, SqliteJournal};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn memory_and_sqlite_answer_the_same(ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let memory = MemoryJournal::new();
            let mut sqlite = SqliteJournal::open(folder.path()).unwrap();
            for op in &ops {
                if matches!(op, Op::Reopen) {
                    drop(sqlite);
                    sqlite = SqliteJournal::open(folder.path()).unwrap();
                }
                assert_eq!(run(&memory, op).await, run(&sqlite, op).await, "{op:?}");
            }
            assert_eq!(ends(&memory).await, ends(&sqlite).await);
        });
    }
}
