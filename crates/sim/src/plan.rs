//! What a world is like: everything follows from its seed, and everything can be switched off to make a failing world smaller.

use drill::Dice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What can go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum FaultKind { $($(#[$doc])* $name,)* }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &'static [FaultKind] = &[$(FaultKind::$name),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(FaultKind::$name => stringify!($name),)* }
            }
        }
    };
}

fault_kinds! {
    /// A request never arrives.
    RequestLost,
    /// An answer never arrives; what was asked is done.
    AnswerLost,
    /// A request arrives twice.
    RequestDoubled,
    /// A message takes seconds.
    MessageLate,
    /// A device is cut off for a while.
    DeviceCutOff,
    /// The server's process dies without warning.
    Crash,
    /// It dies again while it starts.
    CrashWhileStarting,
    /// It dies between a commit and its answer.
    CrashAfterCommit,
    /// The server's process stands still for a while.
    Paused,
    /// A second server starts while the first only stands still.
    TwoServers,
    /// A sync takes up to 600 ms.
    DiskSlow,
    /// A sync fails; what was written may be there or not.
    DiskError,
    /// No room on the disk.
    DiskFull,
    /// A commit's outcome is not told.
    JournalReplyLost,
    /// The server's clock jumps by up to a day.
    ClockJump,
    /// A kitchen's screen freezes.
    ScreenFrozen,
    /// A kitchen's screen loses its connection.
    ScreenCutOff,
    /// A printer has no paper.
    PaperOut,
    /// A printer prints and its answer is lost.
    PrinterMute,
    /// A printer is unplugged.
    PrinterGone,
    /// A printer prints half a slip.
    PrinterHalf,
    /// A channel's calls fail in one of many ways.
    ChannelWeather,
    /// Notices of a channel are lost, late, doubled, forged or wrong.
    NoticeWeather,
    /// Somebody taps twice.
    DoubleTap,
    /// Somebody reloads the page between save and send.
    Reload,
    /// Prices change while guests choose.
    PriceEdit,
    /// A dish is sold out while guests choose.
    SoldOut,
    /// A dish is taken back after it was fired.
    VoidAfterFire,
    /// Guests move to another table.
    PartyMoved,
    /// A party leaves and the next sits down while an old page is still open.
    OldPage,
    /// Somebody pays, and pays once more.
    PaidTwice,
    /// Somebody pays after having given up.
    LateConfirm,
    /// A thief tries codes, tokens and notices.
    Thief,
    /// A cashier tries what they may not.
    DishonestCashier,
    /// A link breaks; one of its ends may not notice.
    LinkCut,
    /// A link carries nothing more, and nobody is told.
    LinkHole,
    /// A message on a link takes seconds, and those behind it wait.
    LinkSlow,
    /// A message on a link gets lost.
    LinkLoss,
    /// An event arrives altered.
    LinkDamaged,
    /// The cloud's node dies, in the middle of a batch or not, and comes back with what it had made durable.
    CloudCrash,
    /// The box comes back with an old journal; it is kept out, and a new box begins with the cloud's copy.
    RestoreOld,
    /// The follower is made the shop's home; the former one comes back, cut off, and goes on alone until it hears.
    Promote,
}

impl FaultKind {
    /// Whether it strikes only where the shop's journal is copied to a cloud.
    pub fn needs_cloud(self) -> bool {
        matches!(self, FaultKind::CloudCrash | FaultKind::RestoreOld)
    }

    /// Whether it strikes only where a second box follows.
    pub fn needs_follower(self) -> bool {
        self == FaultKind::Promote
    }

    /// Whether it strikes links of either kind.
    pub fn is_of_links(self) -> bool {
        use FaultKind::{LinkCut, LinkDamaged, LinkHole, LinkLoss, LinkSlow};
        matches!(self, LinkCut | LinkDamaged | LinkHole | LinkLoss | LinkSlow)
    }
}

/// Of a hundred worlds where a home can move, it does in so many.
const MOVES: u64 = 60;

/// A world, ready to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub seed: u64,
    /// Parties that come, one after the other at the tables there are.
    pub parties: u32,
    /// Kitchen screens.
    pub screens: u32,
    /// Seconds over which parties come.
    pub coming_s: u64,
    /// Whether the journal is copied to a cloud.
    #[serde(default)]
    pub cloud: bool,
    /// Whether a second box follows.
    #[serde(default)]
    pub follower: bool,
    /// What goes wrong, and how often: of a hundred or a thousand chances, by kind.
    pub faults: BTreeMap<FaultKind, u8>,
}

impl Plan {
    /// The plan of a seed. Each draws its own faults and how hard they strike; one in eight has none at all.
    pub fn of_seed(seed: u64) -> Plan {
        let mut dice = Dice::new(seed ^ 0x005E_ED0F_D1CE);
        let parties = 1 + dice.below(5) as u32;
        let screens = 1 + dice.below(2) as u32;
        let coming_s = 10 + dice.below(50);
        // Dice of their own: what else a world is like doesn't depend on them.
        let mut copies = Dice::new(seed ^ 0xC097_1E5E);
        let (cloud, follower) = (copies.below(3) == 0, copies.below(6) == 0);
        let mut faults = BTreeMap::new();
        if !dice.percent(12) {
            let share = 10 + dice.below(40);
            for kind in FaultKind::ALL {
                let there_is = match kind {
                    kind if kind.needs_cloud() => cloud,
                    kind if kind.needs_follower() => follower,
                    kind if kind.is_of_links() => cloud || follower,
                    _ => true,
                };
                let share = if matches!(kind, FaultKind::RestoreOld | FaultKind::Promote) { MOVES } else { share };
                if there_is && dice.percent(share) {
                    faults.insert(*kind, 1 + dice.below(100) as u8);
                }
            }
        }
        Plan { seed, parties, screens, coming_s, cloud, follower, faults }
    }

    /// A world in which nothing goes wrong.
    pub fn calm(seed: u64, parties: u32) -> Plan {
        Plan { seed, parties, screens: 2, coming_s: 20, cloud: false, follower: false, faults: BTreeMap::new() }
    }

    /// The same with one more kind of fault, this hard (1 to 100), and what it takes for it to strike.
    #[must_use]
    pub fn with(mut self, kind: FaultKind, hard: u8) -> Plan {
        self.follower |= kind.needs_follower();
        self.cloud |= kind.needs_cloud() || kind.is_of_links() && !self.follower;
        self.faults.insert(kind, hard);
        self
    }
}
