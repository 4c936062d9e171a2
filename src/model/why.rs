//! Why a command was given: its reason, how it was agreed to, and which act on many calls it is part of.

use crate::protocol::Shown;

/// What is known of the wish behind a command. All of it is empty where nobody was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// The reason that was given, in words; may be empty.
    pub reason: Shown,
    /// How it was agreed to.
    pub consent: Consent,
    /// Its place in an act on several calls.
    pub bulk: Option<Bulk>,
}

/// How somebody agreed to an act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nobody was asked: the key or the form is the wish.
    #[default]
    None,
    /// A question was agreed to.
    Yes,
    /// The number of calls was typed.
    Count,
    /// A question was agreed to, and the time to take it back went by.
    UndoExpired,
}

impl Consent {
    /// Its word in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Yes => "y",
            Self::Count => "count",
            Self::UndoExpired => "undo-expired",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::None, Self::Yes, Self::Count, Self::UndoExpired].into_iter().find(|one| one.word() == word)
    }
}

/// The place of a command in an act on several calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// The filter or the name of the rule that chose the calls; empty when each was marked by hand.
    pub rule: Shown,
    /// How many calls were agreed to.
    pub targets: usize,
    /// Which of them this is, counted from 1.
    pub position: usize,
}
