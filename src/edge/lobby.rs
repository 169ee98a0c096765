//! The lobby: where those stand who have no seat. Whoever comes is let in, for one who only stands
//! there gives way to who comes: so the server can always be asked how it is. Those to whom a seat
//! is promised wait for it; they are never more than half of the places.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit};

/// How many may stand in the lobby.
const PLACES: usize = 32;
/// How many of them may be of one address.
const OF_ADDRESS: usize = 8;

/// Who stands in the lobby, by the number of their coming.
#[derive(Default)]
pub(super) struct Lobby(Mutex<Guests>);

#[derive(Default)]
struct Guests {
    last: u64,
    by_number: BTreeMap<u64, Guest>,
}

struct Guest {
    address: IpAddr,
    /// Whether the address has no more than its share.
    is_counted: bool,
    /// Whether a seat is promised.
    waits: bool,
    /// Told when the place is another's.
    sent_away: Arc<Notify>,
}

/// A place in the lobby, until it is dropped or a seat is taken instead.
pub(super) struct Place {
    lobby: Arc<Lobby>,
    number: u64,
    sent_away: Arc<Notify>,
    seat: OnceLock<OwnedSemaphorePermit>,
}

impl Lobby {
    /// A place for one more. Of an address that has its share the first that came gives way, in a
    /// full lobby the first of those of whose address there are most.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr, is_counted: bool) -> Place {
        let mut guests = self.guests();
        if is_counted && guests.count(|it| it.address == address) >= OF_ADDRESS {
            guests.send_away(address);
        } else if guests.by_number.len() >= PLACES
            && let Some(address) = guests.most_crowded()
        {
            guests.send_away(address);
        }
        guests.last += 1;
        let (number, sent_away) = (guests.last, Arc::new(Notify::new()));
        let guest = Guest { address, is_counted, waits: false, sent_away: Arc::clone(&sent_away) };
        guests.by_number.insert(number, guest);
        Place { lobby: Arc::clone(self), number, sent_away, seat: OnceLock::new() }
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guests {
    fn count(&self, which: impl Fn(&Guest) -> bool) -> usize {
        self.by_number.values().filter(|guest| which(guest)).count()
    }

    /// The address of which most only stand there.
    fn most_crowded(&self) -> Option<IpAddr> {
        let standing = self.by_number.values().filter(|guest| !guest.waits);
        let of = |address| self.count(|it| !it.waits && it.address == address);
        standing.map(|guest| guest.address).max_by_key(|address| of(*address))
    }

    /// Sends the first of an address away, of those who only stand there.
    fn send_away(&mut self, address: IpAddr) {
        let stands = |guest: &Guest| !guest.waits && guest.address == address;
        let first = self.by_number.iter().find(|(_, guest)| stands(guest));
        if let Some(guest) =
            first.map(|(number, _)| *number).and_then(|n| self.by_number.remove(&n))
        {
            guest.sent_away.notify_one();
        }
    }
}

impl Place {
    /// Ends when the place is another's.
    pub(super) async fn lost(&self) {
        self.sent_away.notified().await;
    }

    /// Promises a seat, for which one may wait without giving way; false where it is promised to
    /// as many as may wait.
    pub(super) fn wait(&self) -> bool {
        let mut guests = self.lobby.guests();
        let Some(own) = guests.by_number.get(&self.number) else { return false };
        let (address, is_counted) = (own.address, own.is_counted);
        let of_address = guests.count(|it| it.waits && it.address == address);
        if guests.count(|it| it.waits) >= PLACES / 2 || is_counted && of_address >= OF_ADDRESS / 2 {
            return false;
        }
        guests.by_number.entry(self.number).and_modify(|own| own.waits = true);
        true
    }

    /// Waits no more: no seat came.
    pub(super) fn wait_no_more(&self) {
        self.lobby.guests().by_number.entry(self.number).and_modify(|own| own.waits = false);
    }

    /// Leaves for a seat, which is kept as long as this.
    pub(super) fn sit(&self, seat: OwnedSemaphorePermit) {
        self.lobby.guests().by_number.remove(&self.number);
        drop(self.seat.set(seat));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lobby.guests().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    /// Whether nobody has sent them away.
    fn stands(place: &Place) -> bool {
        place.lobby.guests().by_number.contains_key(&place.number)
    }

    fn enter(lobby: &Arc<Lobby>, address: IpAddr, count: usize) -> Vec<Place> {
        (0..count).map(|_| lobby.enter(address, true)).collect()
    }

    #[test]
    fn the_first_of_an_address_gives_way_to_its_next() {
        let lobby = Arc::new(Lobby::default());
        let other = lobby.enter(address(2), true);
        let own = enter(&lobby, address(1), OF_ADDRESS + 3);
        let left: Vec<_> = own.iter().map(stands).collect();
        assert_eq!(left[..4], [false, false, false, true]);
        assert!(left[3..].iter().all(|stands| *stands) && stands(&other), "{left:?}");
    }

    #[tokio::test]
    async fn in_a_full_lobby_one_of_the_largest_crowd_gives_way() {
        let lobby = Arc::new(Lobby::default());
        let alone = lobby.enter(address(0), true);
        let crowds: Vec<_> = (1..=5).map(|n| enter(&lobby, address(n), OF_ADDRESS - 1)).collect();
        assert_eq!(lobby.guests().by_number.len(), PLACES);
        let sent_away = crowds.iter().flatten().filter(|place| !stands(place));
        assert_eq!(sent_away.count(), 4);
        assert!(stands(&alone));
        // Who is sent away is told so.
        let first = crowds.iter().flatten().find(|place| !stands(place)).unwrap();
        first.lost().await;
        drop((alone, crowds));
        assert!(lobby.guests().by_number.is_empty());
    }

    #[test]
    fn whoever_a_seat_is_promised_stays_and_half_of_the_places_are_promised_to_nobody() {
        let lobby = Arc::new(Lobby::default());
        let own = enter(&lobby, address(1), OF_ADDRESS);
        assert_eq!(own.iter().filter(|place| place.wait()).count(), OF_ADDRESS / 2);
        let of_proxy: Vec<_> = (0..PLACES).map(|_| lobby.enter(address(2), false)).collect();
        let waiting = of_proxy.iter().filter(|place| place.wait());
        assert_eq!(waiting.count(), (PLACES - OF_ADDRESS) / 2);
        let mut more = enter(&lobby, address(1), OF_ADDRESS);
        more.push(lobby.enter(address(3), true));
        assert!(own[..OF_ADDRESS / 2].iter().all(stands), "they wait");
        assert!(more[OF_ADDRESS / 2..].iter().all(stands), "whoever comes is let in");
        own[0].wait_no_more();
        let _next = lobby.enter(address(1), true);
        assert!(!stands(&own[0]));
    }
}
