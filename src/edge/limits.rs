//! How much of it is too much: requests with one key, and tries with keys, or links of customers,
//! that open nothing.
//!
//! A key that is in force is never kept out for what others try from the same address. Time is
//! the machine's own, which only goes forward; it has nothing to do with a merchant's days.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::{NoOpMiddleware, RateLimitingMiddleware, StateInformationMiddleware};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::edge::clients::Proxies;
use crate::edge::problem::{Code, Problem};

/// What a key may do in all, by draft-ietf-httpapi-ratelimit-headers.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// What of it is left.
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// How many requests a key may send in a second, unless told otherwise.
pub const REQUESTS_PER_SECOND: u32 = 2_000;
/// How many tries an address has with keys that open nothing; as many come back in a minute.
const FAILURES_PER_MINUTE: u32 = 200;
/// Addresses that are told apart; beyond, newcomers share one count until others are forgotten.
const ADDRESSES_MAX: usize = 10_000;
/// What is idle is forgotten each time that this many were counted.
const SWEEP_EVERY: u32 = 1_024;

type Meter<K, M = NoOpMiddleware> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, M>;

/// How much is too much, as the operator wants it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests a second with one key; 0 is any number.
    pub requests_per_second: u32,
    /// Tries a minute from one address with keys that open nothing; 0 is any number.
    pub failures_per_minute: u32,
    /// Who is believed when they say for whom they ask.
    pub proxies: Proxies,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: REQUESTS_PER_SECOND,
            failures_per_minute: FAILURES_PER_MINUTE,
            proxies: Proxies::default(),
        }
    }
}

/// Counts something for each of many.
struct Counter<K: std::hash::Hash + Eq + Clone, M: RateLimitingMiddleware<Instant>> {
    meter: Meter<K, M>,
    counted: AtomicU32,
}

type Instant = <DefaultClock as Clock>::Instant;

impl<K, M> Counter<K, M>
where
    K: std::hash::Hash + Eq + Clone,
    M: RateLimitingMiddleware<Instant, NegativeOutcome = NotUntil<Instant>>,
{
    /// Counts one, or says how long to wait. What has not been used for as long as it takes to
    /// be as new is forgotten, so that those remembered are those of late.
    fn count(&self, key: &K) -> Result<M::PositiveOutcome, Duration> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.meter.retain_recent();
        }
        self.meter
            .check_key(key)
            .map_err(|not_until| not_until.wait_time_from(self.meter.clock().now()))
    }
}

/// Requests by key.
pub(crate) struct Requests {
    counter: Counter<String, StateInformationMiddleware>,
    per_second: NonZeroU32,
}

impl Requests {
    pub(crate) fn new(limits: &Limits) -> Option<Self> {
        let per_second = NonZeroU32::new(limits.requests_per_second)?;
        let meter = RateLimiter::keyed(Quota::per_second(per_second)).with_middleware();
        Some(Self { counter: Counter { meter, counted: AtomicU32::new(0) }, per_second })
    }

    /// Counts a request with this key: how many are left, or that there are none.
    pub(crate) fn take(&self, key_id: &String) -> Result<u32, TooMany> {
        match self.counter.count(key_id) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(wait) => {
                let most = self.per_second;
                let detail = format!("this key may send {most} requests a second: slow down");
                Err(TooMany { wait, detail })
            }
        }
    }

    /// Says in the headers of an answer what the key may do and what of it is left.
    pub(crate) fn tell(&self, left: u32, headers: &mut HeaderMap) {
        let most = self.per_second;
        let told =
            [(POLICY, format!("\"key\";q={most};w=1")), (LEFT, format!("\"key\";r={left};t=1"))];
        for (name, text) in told {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}

/// Tries with keys that open nothing, by address.
pub(crate) struct Failures {
    counter: Counter<Option<IpAddr>, NoOpMiddleware>,
    addresses_max: usize,
}

impl Failures {
    pub(crate) fn new(limits: &Limits) -> Option<Self> {
        let per_minute = NonZeroU32::new(limits.failures_per_minute)?;
        let meter = RateLimiter::keyed(Quota::per_minute(per_minute));
        let counter = Counter { meter, counted: AtomicU32::new(0) };
        Some(Self { counter, addresses_max: ADDRESSES_MAX })
    }

    /// Counts a try from this address, unless there were too many.
    pub(crate) fn count(&self, client: IpAddr) -> Result<(), TooMany> {
        // Those for whom there is no room are one crowd: no flood of addresses fills the memory.
        let is_full = self.counter.meter.len() >= self.addresses_max;
        let counted = if is_full { None } else { Some(client) };
        self.counter.count(&counted).map_err(|wait| {
            let detail = "too many keys and links that open nothing were tried from here: wait";
            TooMany { wait, detail: detail.to_owned() }
        })
    }
}

/// When to come again, and why not now.
#[derive(Debug)]
pub struct TooMany {
    wait: Duration,
    detail: String,
}

impl TooMany {
    /// What is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::new(Code::TooManyRequests, self.detail.clone())
    }

    /// Says in the headers of an answer when to come again, in seconds.
    pub fn tell(&self, headers: &mut HeaderMap) {
        // A second begun is a second to wait.
        headers.insert(header::RETRY_AFTER, HeaderValue::from(self.wait.as_secs() + 1));
    }
}

impl IntoResponse for TooMany {
    fn into_response(self) -> Response {
        let mut response = self.problem().into_response();
        self.tell(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(per_minute: u32, addresses_max: usize) -> Failures {
        let limits = Limits { failures_per_minute: per_minute, ..Limits::default() };
        Failures { addresses_max, ..Failures::new(&limits).unwrap() }
    }

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn each_address_has_its_own_tries() {
        let failures = failures(2, 100);
        for _ in 0..2 {
            assert!(failures.count(address(1)).is_ok());
        }
        let refused = failures.count(address(1)).unwrap_err().into_response();
        assert_eq!(refused.status().as_u16(), 429);
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        assert!(failures.count(address(2)).is_ok());
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let failures = failures(5, 50);
        let refused = (0..1_000).filter(|n| failures.count(address(*n)).is_err()).count();
        assert!(failures.counter.meter.len() <= 51, "{}", failures.counter.meter.len());
        // Those beyond are one crowd with the tries of one.
        assert!(refused > 900, "{refused}");
    }

    #[test]
    fn keys_that_rest_are_forgotten() {
        let limits = Limits { requests_per_second: 1_000_000, ..Limits::default() };
        let requests = Requests::new(&limits).unwrap();
        for n in 0..3 * SWEEP_EVERY {
            assert!(requests.take(&format!("key_{n}")).is_ok());
        }
        // At a million a second each is as new when the next sweep comes.
        assert!(requests.counter.meter.len() <= 2 * SWEEP_EVERY as usize);
    }

    #[test]
    fn nothing_is_counted_where_any_number_will_do() {
        let any = Limits { requests_per_second: 0, failures_per_minute: 0, ..Limits::default() };
        assert!(Requests::new(&any).is_none() && Failures::new(&any).is_none());
    }
}
