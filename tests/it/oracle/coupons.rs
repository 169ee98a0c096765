//! What a code takes off the first booking, for whom, and when it can be used again.

use super::model::{Ask, Change, Fate, Line, Offer, Sub, World};
use super::money::{self, Minor, Sum, round};

/// What a coupon takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Off {
    /// A share, in percent.
    Percent(String),
    /// Some money.
    Amount(Minor),
}

/// A coupon with its public code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coupon {
    /// Its id, and its code.
    pub(crate) code: String,
    /// What it takes off.
    pub(crate) off: Off,
    /// In which its amounts are.
    pub(crate) currency: String,
    /// What is bought must cost so much without tax.
    pub(crate) least: Option<Minor>,
    /// How often all together redeem it.
    pub(crate) most: Option<usize>,
}

/// By what a coupon is kept until it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Sub(usize),
    Change(usize),
}

/// Somebody has redeemed a coupon.
#[derive(Clone, Debug)]
pub(crate) struct Redeemed {
    pub(crate) coupon: String,
    pub(crate) customer: String,
    pub(crate) by: Holder,
}

impl Off {
    /// What is taken off a price.
    pub(crate) fn of(&self, gross: Minor) -> Minor {
        match self {
            // A rate counts ten-thousandths of a percent.
            Self::Percent(percent) => round(gross * money::rate(percent), 1_000_000),
            Self::Amount(amount) => gross.min(*amount),
        }
    }
}

impl World {
    /// What the coupon of a checkout takes off, or why it is not redeemed; with the change of the
    /// customer's that keeps it, if one waits: it has to be superseded then.
    pub(crate) fn cut(&self, ask: &Ask) -> Result<Option<(Coupon, Option<usize>)>, &'static str> {
        let Some(number) = ask.coupon.filter(|_| !self.coupons.is_empty()) else {
            return Ok(None);
        };
        let coupon = &self.coupons[number % self.coupons.len()];
        let waits = self.redeemed.iter().find_map(|it| match it.by {
            Holder::Change(at) => {
                let waits = self.changes[at].fate == Fate::Pending;
                (waits && it.coupon == coupon.code && it.customer == ask.customer).then_some(at)
            }
            Holder::Sub(_) => None,
        });
        self.redeemable(coupon, &ask.customer, &self.offers[&ask.offer], waits)?;
        Ok(Some((coupon.clone(), waits)))
    }

    /// Why a coupon is not redeemed by somebody for something, also where one change does not keep
    /// it.
    fn redeemable(
        &self,
        coupon: &Coupon,
        customer: &String,
        target: &Offer,
        but: Option<usize>,
    ) -> Result<(), &'static str> {
        let of_it = self.redeemed.iter().filter(|it| it.coupon == coupon.code && self.keeps(it));
        let of_it = of_it.filter(|it| but.is_none_or(|at| it.by != Holder::Change(at)));
        let by: Vec<&String> = of_it.map(|it| &it.customer).collect();
        if by.contains(&customer) || coupon.most.is_some_and(|most| by.len() >= most) {
            return Err("coupon-used");
        }
        let has_amounts = coupon.least.is_some() || matches!(coupon.off, Off::Amount(_));
        let is_foreign = has_amounts && coupon.currency != target.currency;
        let net = self.price_on(target, self.today).net;
        if is_foreign || coupon.least.is_some_and(|least| net < least) {
            return Err("coupon-not-applicable");
        }
        Ok(())
    }

    /// Redeems once more what came back when the trial of a subscription was cancelled, where it
    /// can be.
    pub(crate) fn promise_again(&mut self, at: usize) {
        let sub = &self.subs[at];
        let led_there = |it: &&Redeemed| match it.by {
            Holder::Sub(sub) => sub == at,
            Holder::Change(change) => self.changes[change].result == Some(at),
        };
        let was = self.redeemed.iter().find(led_there).filter(|_| sub.cut.is_none());
        let code = was.map(|it| &it.coupon);
        let coupon = code.and_then(|code| self.coupons.iter().find(|it| it.code == *code));
        let open = |it: &&Coupon| self.redeemable(it, &sub.customer, &sub.deal, None).is_ok();
        if let Some(again) = coupon.filter(open).cloned() {
            self.subs[at].cut = Some(again);
        }
    }

    /// Whether what was redeemed is not given back: what it was kept for came, or still may.
    fn keeps(&self, redeemed: &Redeemed) -> bool {
        match redeemed.by {
            Holder::Sub(at) => {
                let sub: &Sub = &self.subs[at];
                sub.period.is_some() || sub.is_active() && sub.cut.is_some()
            }
            Holder::Change(at) => {
                let change: &Change = &self.changes[at];
                match (change.fate, change.result) {
                    (Fate::Pending, _) => true,
                    (_, Some(sub)) => {
                        self.keeps(&Redeemed { by: Holder::Sub(sub), ..redeemed.clone() })
                    }
                    (_, None) => false,
                }
            }
        }
    }

    /// The line that books a subscription first, after what is taken off it.
    pub(crate) fn first_line(&mut self, sub: usize, line: Line) -> Line {
        let Some(coupon) = self.subs[sub].cut.take() else { return line };
        let discount = coupon.off.of(line.sum.gross);
        let sum = Sum::of_gross(line.sum.gross - discount, line.rate);
        Line { sum, discount, ..line }
    }
}
