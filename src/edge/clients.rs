//! Where a request comes from: the address of the socket, or, behind proxies that the operator
//! trusts, the address that they saw. What is done with it is for `limits`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv6Net};

/// The header in which proxies write whom they saw, each after the one before.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// One who holds an IPv6 address holds all of its network of this many bits.
const V6_NETWORK_BITS: u8 = 64;

/// The proxies whose word on `X-Forwarded-For` is taken; none unless told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Reads addresses and networks such as `127.0.0.1, 10.0.0.0/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let networks = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        networks.map(network).collect::<Result<_, _>>().map(Self)
    }
}

/// A network, or the one of an address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("`{text}` is no address or network such as 10.0.0.0/8"))
}

impl Proxies {
    /// Who sent a request, as far as somebody trustworthy says; an IPv6 address stands for its
    /// /64. Without a socket, as in tests, everybody is nobody in particular.
    #[must_use]
    pub fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        widened(self.seen(peer.to_canonical(), headers))
    }

    /// Whether the word of whoever has this address is taken.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Of those named, the last whom no trusted proxy stands for. What is no address was not
    /// written by a proxy of ours, nor was anything before it.
    fn seen(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            let Some(before) = hop_address(hop.trim()) else { break };
            client = before;
        }
        client
    }
}

/// An address, perhaps with a port.
fn hop_address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

/// The address that one is counted by: an IPv6 address stands for its network.
pub(super) fn widened(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(own) => {
            Ipv6Net::new(own, V6_NETWORK_BITS).map_or(address, |network| network.network().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: Proxies = proxies.parse().unwrap();
        let (mut extensions, mut headers) = (Extensions::new(), HeaderMap::new());
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let peer: SocketAddr = SocketAddr::new(peer.parse().unwrap(), 4711);
        extensions.insert(ConnectInfo(peer));
        proxies.client(&extensions, &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let near = "127.0.0.1, 10.0.0.0/8";
        let table: [(&str, &str, &[&str], &str); 12] = [
            ("", "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("", "127.0.0.1", &["198.51.100.1"], "127.0.0.1"),
            (near, "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            (near, "10.1.2.3", &["198.51.100.1"], "198.51.100.1"),
            (near, "10.1.2.3", &[], "10.1.2.3"),
            // What the client wrote itself stands further left.
            (near, "127.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (near, "127.0.0.1", &["1.1.1.1, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            (near, "127.0.0.1", &["1.1.1.1", "198.51.100.1:5000"], "198.51.100.1"),
            (near, "127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1"),
            (near, "::ffff:10.1.2.3", &["198.51.100.1"], "198.51.100.1"),
            ("::/0", "2001:db8::1", &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
            ("0.0.0.0/0", "203.0.113.9", &["[2001:db8::7]:443"], "2001:db8::"),
        ];
        for (proxies, peer, forwarded, expected) in table {
            assert_eq!(
                client(proxies, peer, forwarded),
                expected,
                "{proxies} {peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        for good in ["", "127.0.0.1", "10.0.0.0/8,::1", "fd00::/8 , 192.168.0.0/16"] {
            assert!(good.parse::<Proxies>().is_ok(), "{good}");
        }
        for bad in ["localhost", "10.0.0.0/33", "10.0.0.0/x", "1.2.3", "::1/129", "*"] {
            assert!(bad.parse::<Proxies>().unwrap_err().contains(bad), "{bad}");
        }
    }
}
