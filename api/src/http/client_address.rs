//! Where a request comes from: its socket, or what a proxy of ours says of it.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::web::Data;
use ipnet::IpNet;

use crate::deps::Deps;
use crate::domain::accounts::{Client, Label};
use crate::domain::guesses::ClientAddress;

/// What proxies write down, each behind what it was told.
const FORWARDED: &str = "x-forwarded-for";

/// The address that limits go by.
pub fn of(request: &HttpRequest) -> ClientAddress {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let proxies = request.app_data::<Data<Deps>>().map_or(&[][..], |deps| &deps.config.trusted_proxies);
    ClientAddress::new(peer.map(|peer| beyond(peer, request.headers(), proxies)))
}

/// The address, and the kind of device that says so of itself.
pub fn client(request: &HttpRequest) -> Client {
    let says = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    Client { address: of(request), label: says.and_then(Label::read) }
}

/// From the nearest on, as far as proxies of ours speak: the first that is none of them. What it says itself is its own
/// affair.
fn beyond(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| proxies.iter().any(|network| network.contains(&address.to_canonical()));
    let lines: Vec<&str> = headers.get_all(FORWARDED).map(|line| line.to_str().unwrap_or_default()).collect();
    let mut hops = lines.iter().flat_map(|line| line.split(',')).rev().map(address);
    let mut nearest = peer;
    while is_ours(nearest)
        && let Some(Some(next)) = hops.next()
    {
        nearest = next;
    }
    nearest
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bracketed.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn seen(peer: &str, lines: &[&'static str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static(FORWARDED), HeaderValue::from_static(line));
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|network| network.parse().unwrap()).collect();
        beyond(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"], &["10.0.0.0/8"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["198.51.100.9"], &["10.0.0.0/8"]), "198.51.100.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.9:4711"], &["10.0.0.0/8"]), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::7]:443"], &["10.0.0.0/8"]), "2001:db8::7");
    }

    #[test]
    fn what_the_client_itself_says_is_not_believed() {
        let ours = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["203.0.113.1, 198.51.100.9"], &ours), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", &["203.0.113.1", "198.51.100.9, 10.0.0.2"], &ours), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", &["10.9.9.9, 198.51.100.9"], &ours), "198.51.100.9");
    }

    #[test]
    fn what_is_no_address_ends_the_search() {
        let ours = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["198.51.100.9, unknown"], &ours), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[], &ours), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3"], &ours), "10.0.0.3");
    }
}
