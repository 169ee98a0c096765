//! The seats of a server: there are so many connections at a time that may ask for anything. While
//! somebody waits for a seat, a connection that rests between two requests gives way, and one that
//! has asked much goes behind those who wait.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How long a connection rests at least before it gives way: whoever sends one request after the
/// other, or has only just come, is not resting.
const REST_MIN: Duration = Duration::from_millis(100);
/// After how many requests a connection goes behind those who wait.
const IN_A_ROW: u32 = 50;

/// All seats.
pub(super) struct Seats {
    free: Arc<Semaphore>,
    taken: Mutex<Sitting>,
    /// How many wait for one.
    waiting: AtomicUsize,
}

/// Who sits, by the number of their coming. Whoever is sent away is not in it any more.
#[derive(Default)]
struct Sitting {
    last: u64,
    by_number: BTreeMap<u64, Sitter>,
}

struct Sitter {
    address: IpAddr,
    /// Since when nothing is asked on it; none while something is.
    rests_since: Option<Instant>,
    sent_away: Arc<Notify>,
}

/// A seat, until it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    sent_away: Arc<Notify>,
    asked: AtomicU32,
    _permit: OwnedSemaphorePermit,
}

/// Something that is asked from a seat, until it is answered.
pub(super) struct Asking<'s>(&'s Seat);

/// One who waits for a seat.
struct InLine<'s>(&'s Seats);

impl Seats {
    /// So many.
    pub(super) fn new(most: u32) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(most as usize)),
            taken: Mutex::default(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// A seat, where one is free.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Arc<Seat>> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        let sent_away = Arc::<Notify>::default();
        let mut sitting = self.sitting();
        sitting.last += 1;
        let number = sitting.last;
        let rests_since = Some(Instant::now());
        let sitter = Sitter { address, rests_since, sent_away: Arc::clone(&sent_away) };
        sitting.by_number.insert(number, sitter);
        drop(sitting);
        let (seats, asked) = (Arc::clone(self), AtomicU32::new(0));
        Some(Arc::new(Seat { seats, number, sent_away, asked, _permit: permit }))
    }

    /// Waits for one, no longer than this; whoever rests gives way.
    pub(super) async fn wait(&self, most: Duration) -> Option<OwnedSemaphorePermit> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = InLine(self);
        let end = Instant::now() + most;
        let mut free = std::pin::pin!(Arc::clone(&self.free).acquire_owned());
        loop {
            if self.free.available_permits() == 0 {
                self.send_one_away();
            }
            tokio::select! {
                biased;
                permit = &mut free => return permit.ok(),
                () = tokio::time::sleep(REST_MIN) => {}
            }
            if Instant::now() >= end {
                return None;
            }
        }
    }

    /// Sends away who rests, of the address of which most do the one who has rested longest.
    fn send_one_away(&self) {
        let mut sitting = self.sitting();
        let mut resting = BTreeMap::<IpAddr, (usize, Instant, u64)>::new();
        for (number, sitter) in &sitting.by_number {
            let Some(since) = sitter.rests_since.filter(|it| it.elapsed() >= REST_MIN) else {
                continue;
            };
            let of = resting.entry(sitter.address).or_insert((0, since, *number));
            of.0 += 1;
            if since < of.1 {
                (of.1, of.2) = (since, *number);
            }
        }
        let most = resting.values().max_by_key(|(count, since, _)| (*count, since.elapsed()));
        let Some((_, _, number)) = most else { return };
        if let Some(sitter) = sitting.by_number.remove(number) {
            sitter.sent_away.notify_one();
        }
    }

    fn sitting(&self) -> MutexGuard<'_, Sitting> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Seat {
    /// Something is asked from it.
    pub(super) fn ask(&self) -> Asking<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.rest_since(None);
        Asking(self)
    }

    /// Whether something was ever asked from it.
    pub(super) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > 0
    }

    /// Whether it is others' turn now.
    pub(super) fn has_had_its_turn(&self) -> bool {
        self.asked.load(Ordering::Relaxed) >= IN_A_ROW
            && self.seats.waiting.load(Ordering::Relaxed) > 0
    }

    /// Ends when it is to give way.
    pub(super) async fn lost(&self) {
        self.sent_away.notified().await;
    }

    fn rest_since(&self, since: Option<Instant>) {
        let own = self.number;
        let mut sitting = self.seats.sitting();
        sitting.by_number.entry(own).and_modify(|own| own.rests_since = since);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.rest_since(Some(Instant::now()));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.sitting().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    fn sits(seat: &Seat) -> bool {
        seat.seats.sitting().by_number.contains_key(&seat.number)
    }

    #[tokio::test]
    async fn of_those_who_rest_one_of_the_largest_crowd_gives_way_to_who_waits() {
        let seats = Seats::new(4);
        let one = seats.take(address(1)).unwrap();
        let crowd: Vec<_> = (0..3).map(|_| seats.take(address(2)).unwrap()).collect();
        assert!(seats.take(address(3)).is_none());
        let asking = crowd[0].ask();
        let mut waiting = std::pin::pin!(seats.wait(Duration::from_secs(9)));
        let lost = crowd[1].lost();
        tokio::select! {
            _ = &mut waiting => panic!("nobody has left"),
            () = lost => {}
        }
        assert_eq!(
            [&one, &crowd[0], &crowd[1], &crowd[2]].map(|it| sits(it)),
            [true, true, false, true]
        );
        drop(asking);
        drop(crowd);
        assert!(waiting.await.is_some());
        drop(one);
        assert!(seats.sitting().by_number.is_empty());
    }

    #[tokio::test]
    async fn whoever_asks_keeps_the_seat_until_it_was_others_turn() {
        let seats = Seats::new(1);
        let seat = seats.take(address(1)).unwrap();
        for _ in 0..IN_A_ROW {
            drop(seat.ask());
        }
        assert!(!seat.has_had_its_turn(), "nobody waits");
        let asking = seat.ask();
        let waited = seats.wait(REST_MIN * 3);
        let (came, has_had) = tokio::join!(waited, async {
            tokio::time::sleep(REST_MIN).await;
            seat.has_had_its_turn()
        });
        assert!(came.is_none() && has_had && sits(&seat));
        drop(asking);
    }
}
