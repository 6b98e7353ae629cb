//! Where a world may be made worse than it is: the seams at which broken parts are put in, to see that the laws notice.
//!
//! The house's own rooms have no broken code and no switch for it: rules and channels are replaced from outside. What the simulator
//! plays itself (disk, phones, screens, printers, how a server is put together) has habits instead, all of them off unless a test turns one on.

use crate::disk::DiskHabits;
use engine::{HouseRules, Rules};
use pay::Channel;
use std::fmt;
use std::sync::Arc;

/// Puts a broken channel adapter around a sound one.
pub type AroundChannel = Arc<dyn Fn(Arc<dyn Channel>) -> Arc<dyn Channel> + Send + Sync>;

/// How whoever keeps a copy errs, and how homes are moved by mistake.
#[derive(Clone, Copy, Debug, Default)]
pub struct CopyHabits {
    pub disk: DiskHabits,
    /// Takes what arrives without looking at its hashes.
    pub unchecked: bool,
    /// Lets a box with an old journal in, and forgets what the box doesn't have.
    pub lets_old_in: bool,
    /// A new home begins with no higher epoch than the former one may have.
    pub no_fence: bool,
    /// The box calls the cloud once, and never again.
    pub dials_once: bool,
    /// The till says that everything was sent.
    pub hides_unsent: bool,
    /// Whoever sends something from far away gives it a new id for every try.
    pub renews_relayed: bool,
}

/// The seams of a world; by default every part is sound.
#[derive(Clone)]
pub struct Seams {
    /// The rules that decide.
    pub rules: Arc<dyn Rules>,
    pub disk: DiskHabits,
    pub channel: Option<AroundChannel>,
    pub phone: PhoneHabits,
    pub screen: ScreenHabits,
    pub printer: PrinterHabits,
    pub server: ServerHabits,
    pub copy: CopyHabits,
}

/// How phones and tills err.
#[derive(Clone, Copy, Debug, Default)]
pub struct PhoneHabits {
    /// Makes a new id for every try.
    pub new_key_per_try: bool,
    /// Gives up at the first silence.
    pub gives_up: bool,
}

/// How kitchen screens err.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScreenHabits {
    /// Says "painted" for what it has only received, and a frozen screen goes on saying it.
    pub says_painted_unseen: bool,
    /// Draws what it has drawn already as new.
    pub draws_again: bool,
}

/// How printers err.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrinterHabits {
    /// Says that it is well and prints nothing.
    pub prints_nothing: bool,
    /// Prints everything twice.
    pub prints_twice: bool,
    /// Kicks the drawer with every slip.
    pub kicks_drawer: bool,
}

/// What a server leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerHabits {
    /// Nobody drives payments.
    pub no_desk: bool,
    /// Nobody prints, and nothing that is unseen climbs.
    pub no_print_desk: bool,
    /// Feeds say nothing new.
    pub no_feeds: bool,
    /// Every phone is shown another party.
    pub shows_others: bool,
    /// Talks to a stranger.
    pub phones_home: bool,
    /// Answers "done" to orders it has not placed.
    pub says_done: bool,
}

impl Default for Seams {
    fn default() -> Seams {
        Seams {
            rules: Arc::new(HouseRules),
            disk: DiskHabits::default(),
            channel: None,
            phone: PhoneHabits::default(),
            screen: ScreenHabits::default(),
            printer: PrinterHabits::default(),
            server: ServerHabits::default(),
            copy: CopyHabits::default(),
        }
    }
}

impl fmt::Debug for Seams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seams").field("rules", &self.rules).field("disk", &self.disk).finish_non_exhaustive()
    }
}
