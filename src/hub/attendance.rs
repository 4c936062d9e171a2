//! Who is at the consoles, which call each looks at, and which calls each said are theirs. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::client::{Claim, Person, Present};
use crate::protocol::{CallId, Shown};
use crate::time::At;

/// Claims of somebody without a console are kept for so long: a line may break.
pub const GRACE: Duration = Duration::from_secs(120);
/// Claims in all.
const CLAIMS: usize = 10_000;

/// Who is there.
#[derive(Debug, Default)]
pub struct Attendance {
    consoles: BTreeMap<u32, (Arc<Person>, Option<CallId>)>,
    /// By call: who claimed it, and when.
    claims: IndexMap<CallId, (Shown, At)>,
    /// When the last console of somebody was gone.
    left: BTreeMap<Shown, At>,
}

impl Attendance {
    /// Somebody attached.
    pub fn came(&mut self, person: Arc<Person>) {
        self.left.remove(&person.name);
        self.consoles.insert(person.console, (person, None));
    }

    /// A console is gone.
    pub fn went(&mut self, console: u32, now: At) {
        let Some((person, _)) = self.consoles.remove(&console) else { return };
        if !self.consoles.values().any(|(other, _)| other.name == person.name) {
            self.left.insert(person.name.clone(), now);
        }
    }

    /// Somebody looks at a call, or at none.
    pub fn looks(&mut self, console: u32, call: Option<CallId>) {
        if let Some((_, looking)) = self.consoles.get_mut(&console) {
            *looking = call;
        }
    }

    /// Somebody says that a call is theirs, or no longer. Whoever had it before has it no more.
    pub fn claims(&mut self, console: u32, call: CallId, on: bool, now: At) {
        let Some((person, _)) = self.consoles.get(&console) else { return };
        if on {
            if self.claims.len() >= CLAIMS {
                self.claims.shift_remove_index(0);
            }
            self.claims.insert(call, (person.name.clone(), now));
        } else if self.claims.get(&call).is_some_and(|(name, _)| *name == person.name) {
            self.claims.shift_remove(&call);
        }
    }

    /// Forgets claims of calls that are over, and of people who are gone for long. Whether there were any.
    pub fn sweep(&mut self, is_live: impl Fn(&CallId) -> bool, now: At) -> bool {
        let before = self.claims.len();
        let gone: Vec<Shown> =
            self.left.iter().filter(|(_, at)| **at + GRACE <= now).map(|(name, _)| name.clone()).collect();
        self.left.retain(|name, _| !gone.contains(name));
        self.claims.retain(|call, (name, _)| is_live(call) && !gone.contains(name));
        self.claims.len() != before
    }

    /// Who is there, one for each console. The claims of somebody are told with their first console.
    #[must_use]
    pub fn present(&self, now: At) -> Arc<[Present]> {
        let mut told: Vec<&Shown> = Vec::new();
        let present = self.consoles.values().map(|(person, looking)| {
            let first = !told.contains(&&person.name);
            told.push(&person.name);
            let theirs = self.claims.iter().filter(|(_, (name, _))| first && *name == person.name);
            let claims =
                theirs.map(|(call, (_, at))| Claim { call: call.clone(), age: now.since(*at) }).collect();
            Present { person: person.clone(), looking: looking.clone(), claims }
        });
        present.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, console: u32) -> Arc<Person> {
        let (name, role, from) = (Shown::new(name), "act".into(), "unix".into());
        Arc::new(Person { name, role, from, console })
    }

    fn told(attendance: &Attendance, now: At) -> Vec<String> {
        let told = attendance.present(now);
        let one = |present: &Present| {
            let claims: Vec<_> = present
                .claims
                .iter()
                .map(|claim| format!("{} {}s", claim.call, claim.age.as_secs()))
                .collect();
            let looking = present.looking.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{}@{} looks at {looking:?} has {claims:?}", present.person.name, present.person.console)
        };
        told.iter().map(one).collect()
    }

    #[test]
    fn a_claim_is_with_one_person_at_a_time_and_outlives_a_short_absence() {
        let at = |seconds| At::START + Duration::from_secs(seconds);
        let mut attendance = Attendance::default();
        attendance.came(person("ana", 1));
        attendance.came(person("raj", 2));
        attendance.looks(1, Some("c1".into()));
        attendance.claims(1, "c1".into(), true, at(0));
        attendance.claims(2, "c1".into(), false, at(1));
        let seen = told(&attendance, at(40));
        assert_eq!(seen, [r#"ana@1 looks at "c1" has ["c1 40s"]"#, r#"raj@2 looks at "" has []"#]);
        attendance.went(1, at(50));
        assert!(!attendance.sweep(|_| true, at(60)));
        attendance.came(person("ana", 3));
        assert_eq!(told(&attendance, at(61))[1], r#"ana@3 looks at "" has ["c1 61s"]"#);
        attendance.claims(2, "c1".into(), true, at(70));
        assert_eq!(told(&attendance, at(70))[1], r#"ana@3 looks at "" has []"#);
        attendance.went(2, at(80));
        assert!(attendance.sweep(|_| true, at(200)));
        attendance.claims(3, "c2".into(), true, at(201));
        assert!(attendance.sweep(|call| *call != CallId::from("c2"), at(202)), "its call is over");
    }
}
