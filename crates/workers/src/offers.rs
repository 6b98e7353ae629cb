//! Which ways to pay are offered right now: a channel that is down is not, before anybody has chosen it.

use crate::desk::{Desk, channel_of};
use domain::floor::Way;
use pay::ChannelName;
use pay::breaker::{Health, Line};

/// A way to pay that the house takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayOffer {
    /// Which.
    pub way: Way,
    /// Its channel takes new payments.
    pub up: bool,
}

/// How a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHealth {
    /// Which.
    pub channel: ChannelName,
    /// Each kind of call by itself.
    pub health: Health,
}

impl Desk {
    /// Every way the house's channels take, and whether they take it now.
    pub fn offers(&self) -> Vec<WayOffer> {
        let up = |way| channel_of(way).and_then(|name| self.channels.get(&name)).map(|channel| channel.health().pay == Line::Up);
        Way::BY_CHANNEL.into_iter().filter_map(|way| Some(WayOffer { way, up: up(way)? })).collect()
    }

    /// Whether a payment may be started this way now.
    pub fn is_offered(&self, way: Way) -> bool {
        channel_of(way).is_none_or(|_| self.offers().iter().any(|offer| offer.way == way && offer.up))
    }

    /// How every channel is.
    pub fn health(&self) -> Vec<ChannelHealth> {
        self.channels.iter().map(|(name, channel)| ChannelHealth { channel: *name, health: channel.health() }).collect()
    }
}
