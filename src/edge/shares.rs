//! What each address may have at a time: a share for each, given back when it is dropped.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What the addresses have just now. An address that has nothing is not remembered, so that there
/// are never more than there are shares out.
pub(super) struct Shares {
    max: u32,
    taken: Mutex<BTreeMap<IpAddr, u32>>,
}

/// One share of an address.
pub(super) struct AddressShare {
    shares: Arc<Shares>,
    address: IpAddr,
}

impl Shares {
    /// At most `max` for each address.
    pub(super) fn new(max: u32) -> Self {
        Self { max, taken: Mutex::new(BTreeMap::new()) }
    }

    /// One more for this address, unless it has all that it may.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<AddressShare> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.get(&address).copied().unwrap_or_default();
        if has >= self.max {
            return None;
        }
        taken.insert(address, has + 1);
        Some(AddressShare { shares: Arc::clone(self), address })
    }
}

impl Drop for AddressShare {
    fn drop(&mut self) {
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get(&self.address).map_or(0, |has| has.saturating_sub(1));
        match left {
            0 => taken.remove(&self.address),
            left => taken.insert(self.address, left),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_share_and_those_that_have_gone_are_forgotten() {
        let shares = Arc::new(Shares::new(2));
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let held: Vec<_> = (0..3).map(|_| shares.take(one)).collect();
        assert_eq!(held.iter().flatten().count(), 2);
        assert!(shares.take(other).is_some());
        drop(held);
        assert!(shares.take(one).is_some());
        assert!(shares.taken.lock().unwrap().is_empty());
    }
}
