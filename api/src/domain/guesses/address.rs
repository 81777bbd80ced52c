//! Where a request came from, as far as limits go by it.

use std::net::{IpAddr, Ipv6Addr};

/// The client's address; none where there is no network. It is neither logged nor stored, only hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(Option<IpAddr>);

impl ClientAddress {
    /// Of this peer, as it is counted: an IPv6 network of 64 bits is one customer's, who can use any address in it.
    #[must_use]
    pub fn new(peer: Option<IpAddr>) -> Self {
        let network = |address: Ipv6Addr| {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        };
        Self(peer.map(|peer| match peer.to_canonical() {
            IpAddr::V6(address) => network(address),
            address @ IpAddr::V4(_) => address,
        }))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        match self.0 {
            None => Vec::new(),
            Some(IpAddr::V4(address)) => address.octets().to_vec(),
            Some(IpAddr::V6(address)) => address.octets().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        ClientAddress::new(Some(text.parse().unwrap())).bytes()
    }

    #[test]
    fn a_network_of_64_bits_is_one_and_a_mapped_address_is_what_it_stands_for() {
        assert_eq!(bytes("2001:db8:1:2::1"), bytes("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(bytes("2001:db8:1:2::1"), bytes("2001:db8:1:3::1"));
        assert_eq!(bytes("::ffff:192.0.2.7"), bytes("192.0.2.7"));
        assert_ne!(bytes("192.0.2.7"), bytes("192.0.2.8"));
    }
}
