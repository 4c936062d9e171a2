//! Acts one after another on many calls are acts on many calls: what a person did lately counts as done at once. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use super::decide::{Denied, Grant, Wanted, decide};
use super::rights::{BULK_HANGUP, Right};
use crate::protocol::CallId;
use crate::time::At;

/// Acts within so long count together.
pub const LATELY: Duration = Duration::from_secs(10);
/// On how many calls somebody acts within that time who may not act on several at once. Nobody is faster by hand.
const SINGLY: usize = 5;

/// The calls that one person acted on lately, by whatever console or script. Before it counts, the gate decides.
#[derive(Debug, Default)]
pub struct Spree {
    acted: VecDeque<Acted>,
}

#[derive(Debug)]
struct Acted {
    at: At,
    /// None for one that was placed.
    call: Option<CallId>,
    hung_up: bool,
}

impl Acted {
    fn is_on(&self, call: Option<&CallId>) -> bool {
        call.is_some() && self.call.as_ref() == call
    }
}

impl Spree {
    /// The gate for an act on a call, or for placing one, and its place among what the person did lately.
    ///
    /// # Errors
    /// When the person may not, or has just acted on as many calls as they may.
    pub fn decide(
        &mut self,
        grant: &Grant,
        wanted: &Wanted<'_>,
        call: Option<&CallId>,
        now: At,
    ) -> Result<(), Denied> {
        decide(grant, wanted)?;
        if !wanted.acts() {
            return Ok(());
        }
        while self.acted.front().is_some_and(|acted| now.since(acted.at) >= LATELY) {
            self.acted.pop_front();
        }
        let singly = (!grant.rights.has(Right::Bulk)).then_some(SINGLY);
        let of_all = singly.or(grant.bulk_limit);
        let of_hang_ups = (wanted.hangs_up() && !grant.rights.has(Right::BulkHangup)).then_some(BULK_HANGUP);
        let others = |hang_ups: bool| {
            self.acted.iter().filter(|acted| !acted.is_on(call) && (acted.hung_up || !hang_ups)).count()
        };
        for (limit, others) in [(of_all, others(false)), (of_hang_ups, others(true))] {
            if let Some(limit) = limit.filter(|limit| others >= *limit) {
                return Err(Denied::TooFast { limit });
            }
        }
        // What no limit asks about is not kept, so there is never more here than the limits allow.
        if of_all.is_some() || of_hang_ups.is_some() {
            self.keep(call, wanted.hangs_up(), now);
        }
        Ok(())
    }

    fn keep(&mut self, call: Option<&CallId>, hangs_up: bool, now: At) {
        let before = self.acted.iter().any(|acted| acted.is_on(call) && acted.hung_up);
        self.acted.retain(|acted| !acted.is_on(call));
        self.acted.push_back(Acted { at: now, call: call.cloned(), hung_up: hangs_up || before });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::hub::decide::{About, Act, Whose};
    use crate::hub::rights::{Extra, Role};
    use crate::hub::scope::Particulars;

    fn grant(role: Role, extras: &[&str]) -> Grant {
        let extras: Vec<_> = extras.iter().map(|text| Extra::parse(text).unwrap()).collect();
        Grant::new("ana", role, &extras, "uid 1000")
    }

    /// One person, acting.
    struct Person {
        grant: Grant,
        spree: Spree,
        now: At,
    }

    impl Person {
        fn new(grant: Grant) -> Self {
            Self { grant, spree: Spree::default(), now: At::START }
        }

        fn acts(&mut self, method: &str, call: usize) -> Result<(), Denied> {
            let act = Act::Invoke { method: catalog::method(method).unwrap(), bridge: Whose::Other };
            let about = match method {
                "dial" => About::Application { owner: None, parties: &[] },
                _ => About::Call(Particulars::default()),
            };
            let wanted = Wanted { reason: "test call", ..Wanted::new(act, about) };
            let call = CallId::from(format!("call-{call}").as_str());
            let call = Some(&call).filter(|_| method != "dial");
            self.spree.decide(&self.grant, &wanted, call, self.now)
        }

        /// How many calls are acted on before it is too many.
        fn calls(&mut self, method: &str, from: usize) -> usize {
            (from..from + 200).take_while(|call| self.acts(method, *call).is_ok()).count()
        }
    }

    #[test]
    fn one_after_another_is_as_many_as_at_once() {
        for (grant, method, calls) in [
            (grant(Role::Act, &[]), "play_tts", 25),
            (grant(Role::Act, &[]), "dial", 25),
            (grant(Role::Act, &[]), "hangup", BULK_HANGUP),
            (grant(Role::Act, &["+bulk_hangup"]), "hangup", 25),
            (grant(Role::Act, &["-bulk"]), "play_tts", SINGLY),
            (grant(Role::Watch, &["+play"]), "play_tts", SINGLY),
            (grant(Role::Admin, &[]), "hangup", 200),
            (grant(Role::Admin, &["-bulk_hangup"]), "hangup", BULK_HANGUP),
            (grant(Role::Admin, &["-bulk_hangup"]), "play_tts", 200),
        ] {
            let mut person = Person::new(grant);
            assert_eq!(person.calls(method, 0), calls, "{method} {:?}", person.grant.rights);
            assert!(person.spree.acted.len() <= 25);
        }
    }

    #[test]
    fn what_was_done_on_a_call_before_is_no_other_call_and_time_heals() {
        let mut ana = Person::new(grant(Role::Act, &[]));
        assert_eq!(ana.calls("play_tts", 0), 25);
        assert_eq!(ana.acts("record", 3), Ok(()));
        assert_eq!(ana.acts("play_tts", 99), Err(Denied::TooFast { limit: 25 }));
        let why = ana.acts("play_tts", 99).unwrap_err().to_string();
        assert_eq!(
            why,
            "that is more than 25 calls within 10 s, your limit; wait a moment, or ask whoever runs the hub"
        );
        ana.now = ana.now + Duration::from_millis(9_999);
        assert!(ana.acts("play_tts", 99).is_err());
        ana.now = ana.now + Duration::from_millis(1);
        assert_eq!(ana.calls("play_tts", 100), 25);
    }

    #[test]
    fn what_was_refused_counts_for_nothing() {
        let mut ana = Person::new(grant(Role::Act, &["-hangup"]));
        assert!((0..100).all(|call| ana.acts("hangup", call).is_err()));
        assert_eq!(ana.calls("play_tts", 0), 25);
        let mut raj = Person::new(grant(Role::Act, &[]));
        assert_eq!(raj.calls("hangup", 0), BULK_HANGUP);
        assert_eq!(raj.calls("play_tts", 0), 25, "ten of them are those that were hung up");
    }
}
