//! How busy the kitchen is: who cooks for a closed station, how far behind a station is, what is paused.

use super::{Floor, ItemState, Known, Order};
use crate::StationId;
use crate::menu::PricedLine;
use alloc::collections::BTreeMap;

/// Stations are followed so far, should they point at each other.
const FARTHEST: usize = 5;

impl Floor {
    /// Who cooks what belongs to a station: itself, or while it is closed the station named for that.
    pub fn cooks_for(&self, station: &StationId, known: &Known) -> StationId {
        let mut cook = station.clone();
        for _ in 0..FARTHEST {
            if !self.closed_stations.contains_key(&cook) {
                return cook;
            }
            let Some(next) = known.menu.station(&cook).and_then(|station| station.fallback.clone()) else { break };
            cook = next;
        }
        // Nobody is open: the dish stays where it belongs, and climbs as unseen.
        if self.closed_stations.contains_key(&cook) { station.clone() } else { cook }
    }

    /// Portions that each station has yet to make ready, by who cooks them. Looks once at everything that is being cooked.
    pub fn backlogs(&self, known: &Known) -> BTreeMap<StationId, u32> {
        let orders = self.cooking.iter().filter_map(|id| self.orders.get(id));
        let items = orders.flat_map(Order::live_lines).filter(|line| line.is_fired()).flat_map(|line| &line.items);
        let mut own: BTreeMap<&StationId, u32> = BTreeMap::new();
        for item in items.filter(|item| item.state < ItemState::Ready) {
            *own.entry(&item.part.station).or_default() += item.part.quantity;
        }
        let mut by_cook = BTreeMap::new();
        for (station, portions) in own {
            *by_cook.entry(self.cooks_for(station, known)).or_default() += portions;
        }
        by_cook
    }

    /// How many minutes a station needs for what it has; none where nobody said how fast it is.
    pub fn behind_min(&self, station: &StationId, known: &Known) -> Option<u32> {
        // Nobody said it of most stations: then nothing has to be counted.
        self.pace_of(station, known)?;
        self.behind_min_with(station, &self.backlogs(known), known)
    }

    /// The same, where the portions are counted already.
    pub fn behind_min_with(&self, station: &StationId, backlogs: &BTreeMap<StationId, u32>, known: &Known) -> Option<u32> {
        let portions = backlogs.get(&self.cooks_for(station, known)).copied().unwrap_or_default();
        Some(portions.saturating_mul(10).div_ceil(self.pace_of(station, known)?))
    }

    /// Portions in ten minutes of whoever cooks for a station.
    fn pace_of(&self, station: &StationId, known: &Known) -> Option<u32> {
        known.menu.station(&self.cooks_for(station, known))?.per_ten_min.filter(|portions| *portions > 0)
    }

    /// Whether guests can't order a dish for now, because a station it needs is too far behind.
    pub fn is_paused(&self, priced: &PricedLine, known: &Known) -> bool {
        priced.parts.iter().any(|part| self.is_station_paused(&part.station, known))
    }

    /// Whether a station is too far behind for guests to order from it.
    pub fn is_station_paused(&self, station: &StationId, known: &Known) -> bool {
        let most = known.house.policy.kitchen.pause_at_min;
        most > 0 && self.behind_min(station, known).is_some_and(|minutes| minutes > most)
    }
}
