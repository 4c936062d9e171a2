//! On which calls somebody's rights count: contexts, numbers, owners. What is out of it is not even seen. Pure.

use crate::filter::{Pattern, Reach};
use crate::model::Call;
use crate::protocol::Shown;

/// The calls that somebody sees and acts on. Each part narrows it further; a part without entries does not.
///
/// Entries stand for the whole of a text, capitals or not; `*` stands for anything in it. Blanks and signs between the
/// digits of a number do not matter.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    contexts: Vec<Pattern>,
    numbers: Vec<Pattern>,
    owners: Vec<Pattern>,
}

/// What is known of a call that decides whether it is within a [`Scope`]. What is not known is within none that asks for
/// it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Particulars<'a> {
    /// The context it came by; for a leg that was made by connecting a call, that of the call.
    pub context: Option<&'a str>,
    /// Calling party; empty when unknown.
    pub from: &'a str,
    /// Called party; empty when unknown.
    pub to: &'a str,
    /// Name of the application that owns it.
    pub owner: Option<&'a str>,
    /// The person who had it placed: it is within their scope whatever its numbers.
    pub placed_by: Option<&'a str>,
}

impl<'a> Particulars<'a> {
    /// Those of a call of this application, placed by this person if by any.
    #[must_use]
    pub fn of(call: &'a Call, owner: Option<&'a str>, placed_by: Option<&'a str>) -> Self {
        let context = call.context.as_ref().map(Shown::as_str);
        Self { context, from: call.from.as_str(), to: call.to.as_str(), owner, placed_by }
    }
}

impl Scope {
    /// The calls of these contexts, of which one party has one of these numbers, and which one of these applications
    /// owns.
    #[must_use]
    pub fn new(contexts: &[String], numbers: &[String], owners: &[String]) -> Self {
        let patterns = |texts: &[String]| {
            texts.iter().map(|text| Pattern::new(text.trim(), Reach::Whole, false)).collect()
        };
        Self { contexts: patterns(contexts), numbers: patterns(numbers), owners: patterns(owners) }
    }

    /// Whether it is everything.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.contexts.is_empty() && self.numbers.is_empty() && self.owners.is_empty()
    }

    /// Whether a call is within it.
    #[must_use]
    pub fn holds(&self, call: &Particulars<'_>, person: &str) -> bool {
        if call.placed_by.is_some_and(|placer| placer == person) {
            return true;
        }
        let context =
            self.contexts.is_empty() || call.context.is_some_and(|context| self.holds_context(context));
        context && self.holds_owner(call.owner) && self.holds_party(call.from, call.to)
    }

    /// Whether calls of a context can be within it.
    #[must_use]
    pub fn holds_context(&self, context: &str) -> bool {
        self.contexts.is_empty() || self.contexts.iter().any(|pattern| pattern.fits(context))
    }

    /// Whether calls of an application can be within it.
    #[must_use]
    pub fn holds_owner(&self, owner: Option<&str>) -> bool {
        let fits = |owner: &str| self.owners.iter().any(|pattern| pattern.fits(owner));
        self.owners.is_empty() || owner.is_some_and(fits)
    }

    /// Whether one of two parties is within it.
    #[must_use]
    pub fn holds_party(&self, from: &str, to: &str) -> bool {
        let fits = |party: &str| self.numbers.iter().any(|pattern| pattern.fits_party(party));
        self.numbers.is_empty() || fits(from) || fits(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(contexts: &[&str], numbers: &[&str], owners: &[&str]) -> Scope {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Scope::new(&texts(contexts), &texts(numbers), &texts(owners))
    }

    const CALL: Particulars<'_> = Particulars {
        context: Some("support"),
        from: "+12025550123",
        to: "sip:desk@acme.example",
        owner: Some("ivr"),
        placed_by: None,
    };

    #[test]
    fn every_part_narrows_it_and_an_empty_one_does_not() {
        for (contexts, numbers, owners, holds) in [
            (&[][..], &[][..], &[][..], true),
            (&["support"], &[], &[], true),
            (&["SUPPORT"], &[], &[], true),
            (&["sales", "sup*"], &[], &[], true),
            (&["sales"], &[], &[], false),
            (&["supp"], &[], &[], false),
            (&[], &["+1202*"], &[], true),
            (&[], &["+1 (202) 555-0123"], &[], true),
            (&[], &["sip:*@acme.example"], &[], true),
            (&[], &["202"], &[], false),
            (&[], &["+44*"], &[], false),
            (&[], &[], &["ivr"], true),
            (&[], &[], &["dialler"], false),
            (&["support"], &["+1202*"], &["ivr"], true),
            (&["support"], &["+1202*"], &["dialler"], false),
            (&["support"], &["+44*"], &["ivr"], false),
        ] {
            let scope = scope(contexts, numbers, owners);
            assert_eq!(scope.holds(&CALL, "ana"), holds, "{contexts:?} {numbers:?} {owners:?}");
            assert_eq!(scope.is_everything(), contexts.len() + numbers.len() + owners.len() == 0);
        }
    }

    #[test]
    fn what_is_not_known_is_within_none_that_asks_for_it() {
        let unknown = Particulars::default();
        assert!(scope(&[], &[], &[]).holds(&unknown, "ana"));
        for narrow in [scope(&["*"], &[], &[]), scope(&[], &["+*"], &[]), scope(&[], &[], &["*"])] {
            assert!(!narrow.holds(&unknown, "ana"));
        }
    }

    #[test]
    fn what_somebody_placed_is_within_theirs_and_nobody_elses() {
        let placed = Particulars { placed_by: Some("ana"), ..Particulars::default() };
        let narrow = scope(&["support"], &["+1202*"], &["ivr"]);
        assert!(narrow.holds(&placed, "ana") && !narrow.holds(&placed, "raj"));
    }
}
