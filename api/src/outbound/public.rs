//! Which addresses are of the public internet: whoever names an address for this server to call must not reach by it what only
//! this server can reach (SSRF).
//!
//! After the IANA registries of special-purpose addresses (RFC 6890), by what may be called rather than by what may not: of IPv6
//! only what is given out for global use (2000::/3), without what leads into IPv4 again or to nobody.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// IPv4 that is not global, as (address, prefix length).
const NOT_GLOBAL_V4: [([u8; 4], u8); 14] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // behind carriers' NAT
    ([127, 0, 0, 0], 8),     // this machine
    ([169, 254, 0, 0], 16),  // this link; clouds answer here with credentials
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocols
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // 6to4 relays, as they were
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 3),     // multicast, reserved, broadcast
];

/// IPv6 within 2000::/3 that is not to be called, as (first two groups, prefix length of at most 32).
const NOT_GLOBAL_V6: [([u16; 2], u8); 4] = [
    ([0x2001, 0], 23),      // protocols, with Teredo (IPv4 in IPv6) and ORCHID
    ([0x2001, 0x0db8], 32), // documentation
    ([0x2002, 0], 16),      // 6to4: IPv4 in IPv6
    ([0x3fff, 0], 20),      // documentation
];

/// What may be called: the public internet, and networks beside it that the operator has named.
#[derive(Debug, Clone, Default)]
pub struct Reach(Vec<IpNet>);

impl Reach {
    /// The public internet and these networks.
    #[must_use]
    pub const fn with(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether an address may be called.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        // An IPv4 address stays what it is when it is written as IPv6.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address)) || is_public(address)
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_in =
                |(network, length): &([u8; 4], u8)| shares(address.to_bits(), u32::from_be_bytes(*network), *length);
            !NOT_GLOBAL_V4.iter().any(is_in)
        }
        IpAddr::V6(address) => is_global_unicast(address),
    }
}

fn is_global_unicast(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let start = u32::from(first) << 16 | u32::from(second);
    let is_in = |(network, length): &([u16; 2], u8)| {
        let [first, second] = *network;
        shares(start, u32::from(first) << 16 | u32::from(second), *length)
    };
    shares(start, 0x2000_0000, 3) && !NOT_GLOBAL_V6.iter().any(is_in)
}

/// Whether two addresses begin alike.
const fn shares(one: u32, other: u32, length: u8) -> bool {
    (one ^ other).leading_zeros() >= length as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(reach: &Reach, address: &str) -> bool {
        reach.permits(address.parse().unwrap())
    }

    /// The first and the last address of each block, and the ones just outside of it.
    #[test]
    fn a_block_ends_where_the_registry_says() {
        let open = Reach::default();
        for (inside, outside) in [
            (["0.0.0.0", "0.255.255.255"], ["1.0.0.0"].as_slice()),
            (["10.0.0.0", "10.255.255.255"], &["9.255.255.255", "11.0.0.0"]),
            (["100.64.0.0", "100.127.255.255"], &["100.63.255.255", "100.128.0.0"]),
            (["127.0.0.0", "127.255.255.255"], &["126.255.255.255", "128.0.0.0"]),
            (["169.254.0.0", "169.254.255.255"], &["169.253.255.255", "169.255.0.0"]),
            (["172.16.0.0", "172.31.255.255"], &["172.15.255.255", "172.32.0.0"]),
            (["192.0.0.0", "192.0.0.255"], &["191.255.255.255", "192.0.1.0"]),
            (["192.0.2.0", "192.0.2.255"], &["192.0.1.255", "192.0.3.0"]),
            (["192.88.99.0", "192.88.99.255"], &["192.88.98.255", "192.88.100.0"]),
            (["192.168.0.0", "192.168.255.255"], &["192.167.255.255", "192.169.0.0"]),
            (["198.18.0.0", "198.19.255.255"], &["198.17.255.255", "198.20.0.0"]),
            (["198.51.100.0", "198.51.100.255"], &["198.51.99.255", "198.51.101.0"]),
            (["203.0.113.0", "203.0.113.255"], &["203.0.112.255", "203.0.114.0"]),
            (["224.0.0.0", "255.255.255.255"], &["223.255.255.255"]),
            (["::", "1fff:ffff::"], &["2000::"]),
            (["2001::", "2001:1ff:ffff::"], &["2000:ffff::", "2001:200::"]),
            (["2001:db8::", "2001:db8:ffff::"], &["2001:db7:ffff::", "2001:db9::"]),
            (["2002::", "2002:ffff::"], &["2001:ffff::", "2003::"]),
            (["3fff::", "3fff:fff:ffff::"], &["3ffe:ffff::", "3fff:1000::"]),
            (["4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], &["3fff:ffff::"]),
            // What clouds tell credentials at, and their own networks.
            (["fd00:ec2::254", "fe80::1"], &["2606:4700::1111"]),
        ] {
            assert!(inside.iter().all(|address| !permits(&open, address)), "{inside:?}");
            assert!(outside.iter().all(|address| permits(&open, address)), "{outside:?}");
        }
    }

    #[test]
    fn an_ipv4_address_that_is_written_as_ipv6_stays_what_it_is() {
        let open = Reach::default();
        for hidden in ["::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"] {
            assert!(!permits(&open, hidden), "{hidden}");
        }
        assert!(permits(&open, "::ffff:9.9.9.9"));
    }

    #[test]
    fn networks_that_the_operator_has_named_may_be_called_too() {
        let reach = Reach::with(vec!["10.20.0.0/16".parse().unwrap()]);
        assert!(permits(&reach, "10.20.255.1") && permits(&reach, "::ffff:10.20.0.1") && permits(&reach, "9.9.9.9"));
        assert!(!permits(&reach, "10.21.0.1") && !permits(&reach, "127.0.0.1"));
    }
}
