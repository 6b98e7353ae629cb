//! The journal in memory passes the suite.

use std::sync::Arc;

use journal::{Journal, MemoryJournal, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_the_contract() {
    contract::run_all(async || Arc::new(MemoryJournal::new()) as Arc<dyn Journal>).await;
}
