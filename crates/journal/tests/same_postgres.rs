//! Whatever is done to both, memory and PostgreSQL answer the same. Apart from SQLite's test: a process that is starting a server
//! holds, for a moment, every file lock of the one that starts it.
#![allow(clippy::unwrap_used)]

mod deeds;

use deeds::{Op, ends, op, run};
use journal::{MemoryJournal, PostgresJournal, PostgresOptions};
use pg_temp::PgTemp;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn memory_and_postgres_answer_the_same(ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = PgTemp::shared().database();
            let open = async || PostgresJournal::connect(&url, PostgresOptions::default()).await.unwrap();
            let memory = MemoryJournal::new();
            let mut postgres = open().await;
            // A second node meddles: what one remembers of a stream is out of date as often as not.
            let mut other = open().await;
            for op in &ops {
                if matches!(op, Op::Reopen) {
                    (postgres, other) = (open().await, postgres);
                }
                std::mem::swap(&mut postgres, &mut other);
                assert_eq!(run(&memory, op).await, run(&postgres, op).await, "{op:?}");
            }
            assert_eq!(ends(&memory).await, ends(&postgres).await);
        });
    }
}
