//! Everybody who uses the house while it is mistreated.

mod line;
mod notebook;
mod phone;
mod pulse;
mod screen;
mod wallet;

pub use line::{Line, Patience, Shared, Who, client};
pub use notebook::{Entry, Notebook, Told, What, Wish};
pub use phone::{Habits, Phone};
pub use pulse::Pulse;
pub use screen::Screen;
pub use wallet::{Payment, Wallet};

use crate::dice::Dice;
use anyhow::Context;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::JoinHandle;

/// Phones at work beside each other, one to a table.
#[derive(Debug)]
pub struct Crew {
    /// What they share.
    pub shared: Arc<Shared>,
    tasks: Vec<JoinHandle<(Phone, anyhow::Result<()>)>>,
}

impl Crew {
    /// Seats so many phones and lets them dine.
    ///
    /// # Errors
    /// A table can't be joined.
    pub async fn start(
        shared: &Arc<Shared>,
        phones: usize,
        habits: Habits,
        folder: &Path,
        dice: &mut Dice,
    ) -> anyhow::Result<Crew> {
        let mut seated = Vec::new();
        for table in 1..=phones {
            seated.push(Phone::sit_down(shared, table, folder, dice.for_part()).await?);
        }
        let dine = |mut phone: Phone| {
            tokio::spawn(async move {
                let dined = phone.dine(habits).await;
                (phone, dined)
            })
        };
        Ok(Crew { shared: shared.clone(), tasks: seated.into_iter().map(dine).collect() })
    }

    /// Final answers so far.
    pub fn answers(&self) -> u64 {
        self.shared.answers.load(Ordering::Relaxed)
    }

    /// Whether a phone gave up: something got no answer, or one that must not be.
    pub fn has_lost_one(&self) -> bool {
        self.tasks.iter().any(JoinHandle::is_finished)
    }

    /// Lets everybody finish what they wished for; the phones, and what went wrong with them.
    ///
    /// # Errors
    /// A phone panicked.
    pub async fn finish(self) -> anyhow::Result<(Vec<Phone>, Vec<String>)> {
        self.shared.enough.store(true, Ordering::Relaxed);
        let (mut phones, mut broken) = (Vec::new(), Vec::new());
        for task in self.tasks {
            let (phone, dined) = task.await.context("a phone broke")?;
            if let Err(error) = dined {
                broken.push(format!("{error:#}"));
            }
            phones.push(phone);
        }
        Ok((phones, broken))
    }
}
