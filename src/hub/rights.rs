//! What a person can be allowed: single rights, roles as bundles of them, and what more or less somebody has. Pure.

use std::fmt;

use crate::catalog::{ActionKind, Control, Group, Method};
use crate::filter::nearest;
use crate::protocol::Shown;

/// One thing that a person can be allowed. Each is a flag of its own; roles are only bundles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Right {
    /// See calls, what runs on them, what happens, and the numbers of the floor.
    See,
    /// See whole telephone numbers and the digits that callers pressed.
    Reveal,
    /// Listen: send a copy of the audio elsewhere, by tap or stream.
    Listen,
    /// Write notes on calls.
    Note,
    /// Claim calls, so that others know who looks after them.
    Claim,
    /// Ask the service whether a call still exists.
    Probe,
    /// Play sounds and speech into calls.
    Play,
    /// Send digits.
    Digits,
    /// Ask callers for digits or speech.
    Prompt,
    /// Look for machines, digits and faxes.
    Detect,
    /// Record.
    Record,
    /// Stop and control what the same person started.
    StopOwn,
    /// Stop and control what an application or another person started.
    StopOthers,
    /// Pause and resume recordings, whoever started them.
    PauseRecord,
    /// Answer offered calls.
    Answer,
    /// Leave offered calls to other clients.
    Pass,
    /// Join calls to other parties.
    Connect,
    /// Send and receive faxes.
    Fax,
    /// Place calls.
    Dial,
    /// Hang up.
    Hangup,
    /// Act on several calls at once, up to a limit.
    Bulk,
    /// Hang up more than [`BULK_HANGUP`] calls at once.
    BulkHangup,
    /// Change which contexts an application takes calls of.
    Contexts,
    /// Change rules, thresholds, roles and settings of the hub.
    Admin,
}

/// How many calls somebody without [`Right::BulkHangup`] can hang up in one act; nobody more of them without a reason.
pub const BULK_HANGUP: usize = 10;

impl Right {
    /// Every right, in the order in which lists show them.
    pub const ALL: [Self; 24] = [
        Self::See,
        Self::Reveal,
        Self::Listen,
        Self::Note,
        Self::Claim,
        Self::Probe,
        Self::Play,
        Self::Digits,
        Self::Prompt,
        Self::Detect,
        Self::Record,
        Self::StopOwn,
        Self::StopOthers,
        Self::PauseRecord,
        Self::Answer,
        Self::Pass,
        Self::Connect,
        Self::Fax,
        Self::Dial,
        Self::Hangup,
        Self::Bulk,
        Self::BulkHangup,
        Self::Contexts,
        Self::Admin,
    ];

    /// Its word in configurations and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Reveal => "reveal",
            Self::Listen => "listen",
            Self::Note => "note",
            Self::Claim => "claim",
            Self::Probe => "probe",
            Self::Play => "play",
            Self::Digits => "digits",
            Self::Prompt => "prompt",
            Self::Detect => "detect",
            Self::Record => "record",
            Self::StopOwn => "stop_own",
            Self::StopOthers => "stop_others",
            Self::PauseRecord => "pause_record",
            Self::Answer => "answer",
            Self::Pass => "pass",
            Self::Connect => "connect",
            Self::Fax => "fax",
            Self::Dial => "dial",
            Self::Hangup => "hangup",
            Self::Bulk => "bulk",
            Self::BulkHangup => "bulk_hangup",
            Self::Contexts => "contexts",
            Self::Admin => "admin",
        }
    }

    /// The right of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.word() == word)
    }

    /// What invoking a method needs. Taking a bridge apart is stopping it: [`of_control`](Self::of_control) has it. What
    /// this version cannot tell is for those alone who may change the hub itself.
    #[must_use]
    pub fn of_method(method: &Method) -> Self {
        match method.group {
            Group::Play => Self::Play,
            Group::Record => Self::Record,
            Group::Detect => Self::Detect,
            Group::Prompt | Group::Collect => Self::Prompt,
            Group::Digits => Self::Digits,
            Group::Tap | Group::Stream => Self::Listen,
            Group::Fax => Self::Fax,
            Group::Lifecycle | Group::Bridge => match method.name {
                "answer" => Self::Answer,
                "pass" => Self::Pass,
                "hangup" => Self::Hangup,
                "dial" => Self::Dial,
                "connect" => Self::Connect,
                _ => Self::Admin,
            },
        }
    }

    /// What controlling a running operation needs; `own` when the same person started it.
    #[must_use]
    pub const fn of_control(kind: ActionKind, control: Control, own: bool) -> Self {
        match (kind, control) {
            (ActionKind::Record, Control::Pause | Control::Resume) => Self::PauseRecord,
            _ if own => Self::StopOwn,
            _ => Self::StopOthers,
        }
    }

    /// Whether it lets a person start something that goes on and can be stopped.
    const fn starts(self) -> bool {
        matches!(
            self,
            Self::Listen
                | Self::Play
                | Self::Digits
                | Self::Prompt
                | Self::Detect
                | Self::Record
                | Self::Connect
                | Self::Fax
        )
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of rights.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Rights(u32);

impl Rights {
    /// Every right there is.
    pub const ALL: Self = Self::of(&Right::ALL);

    /// These rights.
    #[must_use]
    pub const fn of(rights: &[Right]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < rights.len() {
            bits |= rights[at].bit();
            at += 1;
        }
        Self(bits)
    }

    /// Whether this right is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// These with one more.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | right.bit())
    }

    /// These without one.
    #[must_use]
    pub const fn without(self, right: Right) -> Self {
        Self(self.0 & !right.bit())
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Them, in the order of lists.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.has(*right))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Right::word)).finish()
    }
}

/// What somebody is there for: a bundle of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks on.
    Watch,
    /// Looks on and acts on calls.
    Act,
    /// Does everything.
    Admin,
}

impl Role {
    /// Every role, from the least to the greatest.
    pub const ALL: [Self; 3] = [Self::Watch, Self::Act, Self::Admin];

    /// Their words in the configuration, in the same order.
    pub const WORDS: [&'static str; 3] = ["watch", "act", "admin"];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The role of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// What is in the bundle.
    #[must_use]
    pub const fn rights(self) -> Rights {
        match self {
            Self::Watch => Rights::of(&[Right::See, Right::Note]),
            Self::Act => {
                Rights::ALL.without(Right::BulkHangup).without(Right::Contexts).without(Right::Admin)
            }
            Self::Admin => Rights::ALL,
        }
    }

    /// On how many calls the role acts at once unless the person has a limit of their own; none is no limit.
    #[must_use]
    pub const fn bulk_limit(self) -> Option<usize> {
        match self {
            Self::Watch | Self::Act => Some(25),
            Self::Admin => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A right that one person has beyond their role, or has not although it is of their role: `+listen`, `-hangup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extra {
    /// One more.
    Plus(Right),
    /// One less.
    Minus(Right),
}

impl Extra {
    /// Reads `+RIGHT` or `-RIGHT`.
    ///
    /// # Errors
    /// In words, when it is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = |word: &str| {
            Right::named(word).ok_or_else(|| {
                let words = Right::ALL.map(Right::word);
                let near = nearest(word, words.into_iter());
                let near = near.map(|near| format!("did you mean `{near}`?"));
                let near = near.unwrap_or_else(|| format!("there are: {}", words.join(", ")));
                format!("unknown right `{}`; {near}", Shown::new(word))
            })
        };
        match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(word), _) => known(word).map(Self::Plus),
            (_, Some(word)) => known(word).map(Self::Minus),
            _ => Err("is +RIGHT or -RIGHT, such as +listen or -hangup".to_owned()),
        }
    }
}

/// The rights of a role with what one person has more or less. Less goes before more. Who may start something may stop
/// it, unless just that is taken away.
#[must_use]
pub fn rights(role: Role, extras: &[Extra]) -> Rights {
    let mut rights = role.rights();
    for extra in extras {
        if let Extra::Plus(right) = extra {
            rights = rights.with(*right);
            if right.starts() {
                rights = rights.with(Right::StopOwn);
            }
        }
    }
    for extra in extras {
        if let Extra::Minus(right) = extra {
            rights = rights.without(*right);
        }
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_is_a_flag_of_its_own_and_has_a_word_of_its_own() {
        assert_eq!(Rights::ALL.iter().count(), Right::ALL.len());
        assert_eq!(Role::Act.rights().iter().collect::<Rights>(), Role::Act.rights());
        for (index, right) in Right::ALL.into_iter().enumerate() {
            assert_eq!(right as usize, index, "{right}");
            assert_eq!(Right::named(right.word()), Some(right));
            assert_eq!(Rights::ALL.without(right).iter().count(), Right::ALL.len() - 1);
            assert!(!Rights::ALL.without(right).has(right));
        }
        assert_eq!(Role::ALL.map(|role| Role::named(role.word())), Role::ALL.map(Some));
    }

    #[test]
    fn each_role_has_what_the_one_below_it_has() {
        let [watch, act, admin] = Role::ALL.map(Role::rights);
        assert_eq!((watch.and(act), act.and(admin)), (watch, act));
        assert!(!watch.has(Right::Listen) && !watch.has(Right::Reveal) && !watch.has(Right::StopOwn));
    }

    #[test]
    fn a_person_can_have_more_and_less() {
        let of = |role, extras: &[&str]| {
            let extras: Vec<_> = extras.iter().map(|text| Extra::parse(text).unwrap()).collect();
            rights(role, &extras)
        };
        let listener = of(Role::Watch, &["+listen"]);
        assert_eq!(listener, Rights::of(&[Right::See, Right::Note, Right::Listen, Right::StopOwn]));
        assert_eq!(of(Role::Watch, &["+listen", "-stop_own"]), listener.without(Right::StopOwn));
        assert_eq!(of(Role::Act, &["-hangup", "+hangup"]), Role::Act.rights().without(Right::Hangup));
        assert_eq!(of(Role::Watch, &["+reveal"]), Role::Watch.rights().with(Right::Reveal));
        assert_eq!(format!("{listener:?}"), r#"{"see", "listen", "note", "stop_own"}"#);
    }

    #[test]
    fn what_is_no_right_is_told_with_what_is_near() {
        assert!(Extra::parse("+hangupp").unwrap_err().contains("did you mean `hangup`?"));
        assert!(Extra::parse("-zzzzzzz").unwrap_err().contains("see, reveal, listen"));
        assert!(Extra::parse("listen").unwrap_err().starts_with("is +RIGHT or -RIGHT"));
    }
}
