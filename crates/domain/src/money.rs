//! Money that cannot lose a fen.

use alloc::vec::Vec;
use core::iter::Sum;
use core::num::NonZeroU32;
use core::ops::{Add, Neg, Sub};
use serde::{Deserialize, Serialize};

/// Money in minor units (CNY: fen 分, 100 to the yuan; USD: cents). Signed: a refund is simply negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Money(pub i64);

/// The largest amount one check may reach: 10 million yuan. Sums of sums stay far inside `i64`.
pub const LARGEST: Money = Money(1_000_000_000);

impl Money {
    /// Nothing owed.
    pub const ZERO: Money = Money(0);

    /// Multiplies by a count; `None` past [`LARGEST`].
    pub fn times(self, count: u32) -> Option<Money> {
        let product = self.0.checked_mul(i64::from(count))?;
        (product.abs() <= LARGEST.0).then_some(Money(product))
    }

    /// The price of a weight at `self` per 500 g, rounded half up to the fen; `None` past [`LARGEST`].
    ///
    /// # Units
    /// `weight_g` in grams; `self` is the price of 500 g (一斤).
    pub fn by_weight(self, weight_g: u32) -> Option<Money> {
        let product = self.0.checked_mul(i64::from(weight_g))?;
        let price = (product + 250).div_euclid(500);
        (price.abs() <= LARGEST.0).then_some(Money(price))
    }

    /// Splits an amount over covers; the first few carry the odd fen, so shares sum to the whole.
    pub fn split(self, covers: NonZeroU32) -> impl Iterator<Item = Money> {
        let n = i64::from(covers.get());
        let (share, odd) = (self.0.div_euclid(n), self.0.rem_euclid(n));
        (0..n).map(move |i| Money(share + i64::from(i < odd)))
    }

    /// A part of the amount, rounded half up to the fen.
    ///
    /// # Units
    /// `bp` in hundredths of a percent.
    pub fn part(self, bp: u32) -> Money {
        let product = i128::from(self.0) * i128::from(bp);
        Money(i64::try_from((product + 5_000).div_euclid(10_000)).unwrap_or(LARGEST.0))
    }

    /// Divides an amount in proportion to weights; the largest remainders carry the odd fen, so shares sum to the whole.
    /// Without any weight the first share carries it all.
    pub fn divide(self, weights: &[Money]) -> Vec<Money> {
        let whole: i128 = weights.iter().map(|weight| i128::from(weight.0.max(0))).sum();
        if whole == 0 {
            return weights.iter().enumerate().map(|(i, _)| if i == 0 { self } else { Money::ZERO }).collect();
        }
        let exact = |weight: &Money| i128::from(self.0) * i128::from(weight.0.max(0));
        let mut shares: Vec<i64> =
            weights.iter().map(|weight| i64::try_from(exact(weight).div_euclid(whole)).unwrap_or_default()).collect();
        let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
        by_remainder.sort_by_key(|i| (-exact(&weights[*i]).rem_euclid(whole), *i));
        let odd = self.0 - shares.iter().sum::<i64>();
        for i in by_remainder.into_iter().take(usize::try_from(odd).unwrap_or_default()) {
            shares[i] += 1;
        }
        shares.into_iter().map(Money).collect()
    }

    /// Nothing; what an event leaves out.
    #[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// More than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

/// What the store counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Yuan, counted in fen.
    #[default]
    Cny,
    /// US dollars, counted in cents.
    Usd,
}
