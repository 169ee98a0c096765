//! Webhooks: endpoints that are told of events, and deliveries on their way to one. Which
//! addresses may be called and how a call is signed is decided here; when, in `rules::webhooks`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use reqwest::Url;
use standardwebhooks::{Webhook, WebhookError};

use super::definition::{Definition, DefinitionLimit, Kind, Lock, OperationTexts};
use super::event::{EventKind, RecordedEvent};
use super::ids::{DeliveryId, EndpointId, MerchantId};
use super::names::names;

/// How many random bytes make a secret; Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// What an endpoint's calls are signed with. It has to be kept as it is, for signing needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of random bytes.
    #[must_use]
    pub fn new(random: &[u8; SECRET_BYTES]) -> Self {
        Self(format!("whsec_{}", STANDARD.encode(random)))
    }

    /// Takes back what was stored.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// `whsec_…`, as it is shown once.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The header `webhook-signature` (Standard Webhooks): one signature for each secret in force.
///
/// # Errors
/// Where a stored secret is no base64.
pub fn signatures<'s>(
    secrets: impl Iterator<Item = &'s Secret>,
    id: &str,
    at: DateTime<Utc>,
    body: &str,
) -> Result<String, WebhookError> {
    let sign =
        |secret: &Secret| Webhook::new(secret.as_str())?.sign(id, at.timestamp(), body.as_bytes());
    Ok(secrets.map(sign).collect::<Result<Vec<_>, _>>()?.join(" "))
}

/// Which events an endpoint is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `*`: all.
    Every,
    /// `invoice.*`: all of a noun.
    Noun(&'static str),
    /// `invoice.paid`: one.
    One(EventKind),
}

impl Pattern {
    /// Reads a pattern; `None` where it can never fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Every);
        }
        match text.strip_suffix(".*") {
            Some(noun) => {
                let known = EventKind::ALL.iter().map(|kind| kind.noun());
                known.into_iter().find(|known| *known == noun).map(Self::Noun)
            }
            None => EventKind::parse(text).map(Self::One),
        }
    }

    /// Whether it fits.
    #[must_use]
    pub fn fits(&self, kind: EventKind) -> bool {
        match self {
            Self::Every => true,
            Self::Noun(noun) => kind.noun() == *noun,
            Self::One(one) => *one == kind,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("*"),
            Self::Noun(noun) => write!(f, "{noun}.*"),
            Self::One(kind) => f.write_str(kind.name()),
        }
    }
}

/// The names of all kinds of events that any of the patterns fits.
#[must_use]
pub fn kinds(patterns: &[Pattern]) -> Vec<&'static str> {
    let wanted = |kind: &EventKind| patterns.iter().any(|pattern| pattern.fits(*kind));
    EventKind::ALL.iter().copied().filter(wanted).map(EventKind::name).collect()
}

/// Whether an endpoint is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointStatus {
    /// It is.
    Enabled,
    /// Not until it is saved again: why.
    Disabled(String),
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Chosen by the merchant.
    pub id: EndpointId,
    /// Where it is called.
    pub url: String,
    /// What it is told of.
    pub events: Vec<Pattern>,
    /// What its calls are signed with.
    pub secret: Secret,
    /// Those before, the newest first, and until when calls are signed with each, too.
    pub previous: Vec<(Secret, DateTime<Utc>)>,
    /// Whether it is called.
    pub status: EndpointStatus,
    /// Since when every call has failed.
    pub failing_since: Option<DateTime<Utc>>,
    /// How often in a row none of its calls was answered.
    pub silences: u32,
    /// Until when it is left alone for that.
    pub resting_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Definition for Endpoint {
    type Id = EndpointId;

    const KIND: Kind = Kind {
        one: "webhook endpoint",
        table: "webhook_endpoints",
        described: OperationTexts {
            group: "events",
            many: "webhook endpoints",
            one: "a webhook endpoint",
            writing: "A new one is told of what happens from now on, and its `secret` is shown \
                      this once. One that is replaced keeps its secret, is enabled, and goes on \
                      where it stood.",
            removing: "All that is on its way to it goes, too.",
        },
        saved: EventKind::WebhookEndpointSaved,
        deleted: Some(EventKind::WebhookEndpointDeleted),
        lock: Lock::Row,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        // Each event is sent to all of them.
        most: Some(DefinitionLimit::things(100)),
    };

    fn id(&self) -> &EndpointId {
        &self.id
    }
}

impl Endpoint {
    /// Whether it is called.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.status == EndpointStatus::Enabled
    }

    /// Whether it is left alone, for it did not answer.
    #[must_use]
    pub fn rests(&self, now: DateTime<Utc>) -> bool {
        self.resting_until.is_some_and(|until| now < until)
    }

    /// The secrets in force, the newest first.
    pub fn secrets(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Secret> {
        let previous = self.previous.iter().filter(move |(_, until)| now < *until);
        std::iter::once(&self.secret).chain(previous.map(|(secret, _)| secret))
    }
}

names! {
    /// Where a delivery stands.
    pub enum DeliveryStatus {
        /// Not answered well yet.
        Pending = "pending",
        /// Answered with 2xx.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `dlv_…`, unique for its endpoint.
    pub id: DeliveryId,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// When it may be tried next; while it is being tried, when it will be given to another.
    pub next_attempt_at: DateTime<Utc>,
    /// When it was tried last.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The status that was answered last.
    pub last_status: Option<u16>,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What it tells.
    pub event: RecordedEvent,
}

/// A delivery that is somebody's to try, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// The merchant it belongs to.
    pub merchant: MerchantId,
    /// The endpoint that is called.
    pub endpoint: EndpointId,
    /// Its id.
    pub id: DeliveryId,
    /// What it goes one after the other with; none where it was asked for again.
    pub lane: Option<String>,
    /// Which attempt this is, from 1. A later one takes the delivery away from this one.
    pub attempt: u32,
    /// What it tells.
    pub event: RecordedEvent,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// There was an answer: its status, and its `Retry-After`.
    Answered(u16, Option<String>),
    /// There was none: why.
    Unanswered(String),
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryFate {
    /// It is done.
    Delivered,
    /// It is tried again.
    Again {
        /// The instant of it.
        at: DateTime<Utc>,
        /// What went wrong.
        error: String,
    },
    /// It is given up.
    Failed {
        /// What went wrong.
        error: String,
    },
    /// The endpoint wants to be called no more; the delivery waits until it does.
    Gone {
        /// What was answered.
        error: String,
    },
}

/// Where endpoints may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndpointReach {
    /// On the public internet only: nobody uses this server to look into the networks around it.
    #[default]
    Public,
    /// Anywhere, because the operator says so.
    Anywhere,
}

impl EndpointReach {
    /// Whether an address may be called.
    #[must_use]
    pub fn covers(self, address: IpAddr) -> bool {
        self == Self::Anywhere || is_public(address)
    }

    /// Whether the host of a URL may be called, as far as it says itself: an address in it is
    /// judged, and a name that always means this machine. Other names have to be resolved first.
    #[must_use]
    pub fn covers_host(self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_local = host == "localhost" || host.ends_with(".localhost");
        match bare.parse() {
            Ok(address) => self.covers(address),
            Err(_) => self == Self::Anywhere || !is_local,
        }
    }
}

/// Whether an address is on the public internet: not in a range that the IANA registries of
/// special-purpose addresses keep for something else. An IPv6 address that stands for an IPv4
/// address is judged as that.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    // Network and length of its prefix.
    const RESERVED: [([u8; 4], u32); 16] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 31, 196, 0], 24),
        ([192, 52, 193, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([192, 175, 48, 0], 24),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
    ];
    let bits = address.to_bits();
    let within = |(network, length): &([u8; 4], u32)| {
        (bits ^ Ipv4Addr::from(*network).to_bits()) >> (32 - length) == 0
    };
    // From 224 on: multicast, reserved, broadcast.
    address.octets()[0] < 224 && !RESERVED.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // The first six parts, and an IPv4 address in the last two.
    let [network @ .., high, low] = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match network {
        // Compatible (::/96), mapped (::ffff:0:0/96), translated (::ffff:0:0:0/96), and NAT64
        // (64:ff9b::/96).
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            is_public_v4(embedded(high, low))
        }
        // 6to4 (2002::/16).
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Protocol assignments, Teredo and ORCHID among them (2001::/23), documentation, and the
        // direct delegation of AS112.
        [0x2001, ..0x200 | 0xdb8, ..] | [0x3fff, ..0x1000, ..] | [0x2620, 0x4f, 0x8000, ..] => {
            false
        }
        // The rest of global unicast (2000::/3); the local form of NAT64 is not in it.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        let not = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 \
            127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 \
            192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 \
            203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
            :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 \
            ::ffff:0:192.168.1.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 64:ff9b:1::808:808 \
            100::1 2001::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 \
            2002:c0a8:101::1 3fff::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 febf::1 fec0::1 \
            ff02::1 ff0e::1 ::2 1::1 4000::1 2620:4f:8000::1";
        for text in not.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text}");
            assert!(EndpointReach::Anywhere.covers(text.parse().unwrap()));
        }
        let public = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 \
            126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255 172.32.0.1 192.0.1.1 \
            192.167.255.255 198.17.255.255 198.20.0.1 203.0.114.1 223.255.255.255 \
            2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 2001:200::1 ::ffff:8.8.8.8 \
            64:ff9b::808:808 2002:808:808::1 2620:4f::1 2620:fe::fe";
        for text in public.split_whitespace() {
            assert!(EndpointReach::Public.covers(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::stored("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let at = DateTime::from_timestamp(1_649_367_553, 0).unwrap();
        let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
        let one = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        assert_eq!(signatures([&secret].into_iter(), id, at, body).unwrap(), one);
        let both = signatures([&secret, &secret].into_iter(), id, at, body).unwrap();
        assert_eq!(both, format!("{one} {one}"));
    }

    #[test]
    fn a_secret_is_long_enough_and_stays_out_of_logs() {
        let secret = Secret::new(&[7; SECRET_BYTES]);
        let coded = secret.as_str().strip_prefix("whsec_").unwrap();
        assert_eq!(STANDARD.decode(coded).unwrap(), [7; SECRET_BYTES]);
        assert!((24..=64).contains(&SECRET_BYTES));
        assert_eq!(format!("{secret:?}"), "Secret");
    }

    #[test]
    fn patterns_fit_all_a_noun_or_one_kind() {
        // The pattern, how many kinds it fits, one of them.
        let table = [
            ("*", EventKind::ALL.len(), EventKind::TagSaved),
            ("invoice.*", 6, EventKind::InvoicePaid),
            ("invoice.paid", 1, EventKind::InvoicePaid),
        ];
        for (text, count, one) in table {
            let pattern = Pattern::parse(text).unwrap();
            assert_eq!(EventKind::ALL.iter().filter(|kind| pattern.fits(**kind)).count(), count);
            assert!(pattern.fits(one));
            assert_eq!(pattern.to_string(), text);
        }
        for text in ["", "**", "invoice", "invoice.", "inv.*", "*.paid", "invoice.payed", ".*"] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }
}
