//! How often an address may knock.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::time::At;

/// Addresses that are remembered at one time; when all are in use, others wait.
const ADDRESSES: usize = 1_024;

/// So many at once, and so many a second from then on, for each address.
#[derive(Debug)]
pub struct Pace {
    burst: u32,
    /// After so long another one may come.
    each: Duration,
    /// When the account of each address will be full again.
    full_at: HashMap<IpAddr, At>,
}

impl Pace {
    /// At least one a second, and one at once.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let each = Duration::from_secs(1) / per_second.max(1);
        Self { burst: burst.max(1), each, full_at: HashMap::new() }
    }

    /// Whether this one may come now.
    pub fn allows(&mut self, address: IpAddr, now: At) -> bool {
        let address = network(address);
        if self.full_at.len() >= ADDRESSES && !self.full_at.contains_key(&address) {
            self.full_at.retain(|_, full_at| *full_at > now);
            if self.full_at.len() >= ADDRESSES {
                return false;
            }
        }
        let full_at = self.full_at.entry(address).or_insert(now);
        let then = (*full_at).max(now) + self.each;
        let allowed = then.since(now) <= self.each * self.burst;
        if allowed {
            *full_at = then;
        }
        allowed
    }
}

/// Who has an IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            [a, b, c, d, 0, 0, 0, 0].into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> At {
        At::START + Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_then_so_many_a_second_for_each_address() {
        let mut pace = Pace::new(10, 20);
        let (one, other) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        assert_eq!((0..50).filter(|_| pace.allows(one, at(0))).count(), 20);
        assert!(pace.allows(other, at(0)));
        assert!(!pace.allows(one, at(99)));
        assert_eq!((0..50).filter(|_| pace.allows(one, at(1_000))).count(), 10);
        assert_eq!((0..50).filter(|_| pace.allows(one, at(60_000))).count(), 20);
    }

    #[test]
    fn many_addresses_take_bounded_memory_and_a_network_is_one() {
        let mut pace = Pace::new(10, 20);
        let v6 = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        assert_eq!((0..50).filter(|last| pace.allows(v6(*last), at(0))).count(), 20);
        for number in 0..5_000_u32 {
            pace.allows(number.to_be_bytes().into(), at(0));
        }
        assert_eq!(pace.full_at.len(), ADDRESSES);
        assert!(pace.allows([9, 9, 9, 9].into(), at(10_000)), "the others have gone");
    }
}
