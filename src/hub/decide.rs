//! The one gate: whether this person may do this to that call, and if not why and what next. Pure.

use crate::catalog::{self, ActionKind, Control, Method};
use crate::protocol::Shown;

use super::rights::{BULK_HANGUP, Extra, Right, Rights, Role, rights};
use super::scope::{Particulars, Scope};
use super::spree::LATELY;

/// What one person may do, and on which calls.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who: a login name, or the name in a client certificate.
    pub person: Shown,
    /// What the person is there for.
    pub role: Role,
    /// The rights of the role, and what this person has more or less.
    pub rights: Rights,
    /// On which calls.
    pub scope: Scope,
    /// On how many calls at once; none is no limit.
    pub bulk_limit: Option<usize>,
    /// From where: `uid 1000`, or an address.
    pub from: Shown,
}

impl Grant {
    /// The rights of a role with what this person has more or less, on every call, with the role's own limit.
    #[must_use]
    pub fn new(person: &str, role: Role, extras: &[Extra], from: &str) -> Self {
        Self {
            person: Shown::new(person),
            role,
            rights: rights(role, extras),
            scope: Scope::default(),
            bulk_limit: role.bulk_limit(),
            from: Shown::new(from),
        }
    }

    /// The same for a console that only looks on, whoever sits at it: nothing that a watcher could not do is left, nor
    /// what was taken away from the person before.
    #[must_use]
    pub fn watching(&self) -> Self {
        Self { role: Role::Watch, rights: self.rights.and(Role::Watch.rights()), ..self.clone() }
    }

    /// Whether a call may be shown at all.
    #[must_use]
    pub fn sees(&self, call: &Particulars<'_>) -> bool {
        self.rights.has(Right::See) && self.scope.holds(call, self.person.as_str())
    }

    /// Whether whole numbers and pressed digits may be shown.
    #[must_use]
    pub const fn reveals(&self) -> bool {
        self.rights.has(Right::Reveal)
    }

    /// Why a right is missing, when it is.
    fn needs(&self, right: Right) -> Result<(), Denied> {
        if self.rights.has(right) {
            return Ok(());
        }
        Err(Denied::Right { right, role: self.role, taken: self.role.rights().has(right) })
    }
}

/// Who started what is controlled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The same person.
    Own,
    /// An application, another person, or nobody knows who.
    Other,
}

/// Everything that a person can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Act<'a> {
    /// To see.
    See,
    /// To see whole numbers and pressed digits.
    Reveal,
    /// To write a note.
    Note,
    /// To claim a call, or to let go of it.
    Claim,
    /// To ask the service whether a call still exists.
    Probe,
    /// To invoke a method of the catalogue.
    Invoke {
        /// Which.
        method: &'a Method,
        /// Who made the bridge that it takes apart; of no matter where it takes none apart.
        bridge: Whose,
    },
    /// To control a running operation.
    Control {
        /// What runs.
        kind: ActionKind,
        /// How.
        control: Control,
        /// Who started it.
        whose: Whose,
    },
    /// To have an application take calls of these contexts, or no more.
    Contexts(&'a [&'a str]),
    /// To change rules, thresholds, roles or settings of the hub.
    Administer,
}

/// What an act is on.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// No call: the whole floor, or the hub itself.
    Floor,
    /// A call.
    Call(Particulars<'a>),
    /// An application, in whose name a call is placed or contexts are changed.
    Application {
        /// Its name.
        owner: Option<&'a str>,
        /// Calling and called party of every device that is to ring; none but for a dial.
        parties: &'a [(&'a str, &'a str)],
    },
}

/// An act that somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What is to be done.
    pub act: Act<'a>,
    /// On what.
    pub about: About<'a>,
    /// Why; may be empty.
    pub reason: &'a str,
    /// On how many calls the person wants the same at once, this one among them.
    pub targets: usize,
}

impl<'a> Wanted<'a> {
    /// This act on one thing, without a reason.
    #[must_use]
    pub const fn new(act: Act<'a>, about: About<'a>) -> Self {
        Self { act, about, reason: "", targets: 1 }
    }

    /// The right it takes.
    #[must_use]
    pub fn right(&self) -> Right {
        match self.act {
            Act::See => Right::See,
            Act::Reveal => Right::Reveal,
            Act::Note => Right::Note,
            Act::Claim => Right::Claim,
            Act::Probe => Right::Probe,
            Act::Contexts(_) => Right::Contexts,
            Act::Administer => Right::Admin,
            Act::Invoke { method, bridge } if method.rpc == UNBRIDGE => {
                Right::of_control(ActionKind::Connect, Control::Stop, bridge == Whose::Own)
            }
            Act::Invoke { method, .. } => Right::of_method(method),
            Act::Control { kind, control, whose } => Right::of_control(kind, control, whose == Whose::Own),
        }
    }

    /// What of it cannot be taken back and is explained by whoever is no admin; none when it needs no reason.
    fn needs_why(&self) -> Option<&'static str> {
        match self.act {
            Act::Control { kind: ActionKind::Record, control: Control::Pause, .. } => {
                Some("pausing a recording")
            }
            Act::Control { control: Control::Stop | Control::Pause, whose: Whose::Other, .. } => {
                Some("stopping what others started")
            }
            Act::Invoke { method, bridge: Whose::Other } if method.rpc == UNBRIDGE => {
                Some("taking apart what others joined")
            }
            _ if self.hangs_up() => Some("hanging up"),
            _ => None,
        }
    }

    /// Whether it ends a call.
    pub(super) fn hangs_up(&self) -> bool {
        matches!(self.act, Act::Invoke { method, .. } if Right::of_method(method) == Right::Hangup)
    }

    /// Whether such an act can be on this.
    fn can_be_about(&self, about: &About<'_>) -> bool {
        match self.act {
            Act::Administer => true,
            Act::See | Act::Reveal => !matches!(about, About::Application { .. }),
            Act::Contexts(_) => matches!(about, About::Application { .. }),
            Act::Invoke { method, .. } if method.scope == catalog::Scope::Space => {
                matches!(about, About::Application { .. })
            }
            Act::Note | Act::Claim | Act::Probe | Act::Invoke { .. } | Act::Control { .. } => {
                matches!(about, About::Call(_))
            }
        }
    }

    /// Whether it does something to a call, so that many of it are many acts.
    pub(super) const fn acts(&self) -> bool {
        matches!(self.act, Act::Invoke { .. } | Act::Control { .. })
    }
}

/// The command that takes a bridge apart.
const UNBRIDGE: &str = "calling.disconnect";

/// Why somebody may not, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A right is missing.
    #[error("needs the right `{right}`, which {}; ask whoever runs the hub", lacking(*role, *taken))]
    Right {
        /// Which.
        right: Right,
        /// What the person is there for.
        role: Role,
        /// Whether the role has it, and the person has not.
        taken: bool,
    },
    /// There is no such call, as far as this person is to know: it may be out of their scope.
    #[error("no such call is known; look whether it has ended, and whether its id is right")]
    NoSuchCall,
    /// What is asked for is not within the person's scope.
    #[error("{what} is not among what you look after; ask whoever runs the hub")]
    Outside {
        /// What.
        what: Shown,
    },
    /// Nobody said why.
    #[error("{act} needs a reason; give one in a few words")]
    Reason {
        /// What needs one.
        act: &'static str,
    },
    /// So many calls at once are too many.
    #[error(
        "{targets} calls at once are more than your limit of {limit}; take fewer, or ask whoever runs the hub"
    )]
    TooMany {
        /// How many are allowed.
        limit: usize,
        /// How many were asked for.
        targets: usize,
    },
    /// One act after another came to so many calls within a short time.
    #[error("that is more than {limit} calls within {} s, your limit; wait a moment, or ask whoever runs the hub", LATELY.as_secs())]
    TooFast {
        /// How many are allowed.
        limit: usize,
    },
}

impl Denied {
    /// Whether these are the words of a refusal by the gate: so it reads to whoever is told no more than its words.
    #[must_use]
    pub fn is_said(words: &str) -> bool {
        let parts = [
            ("needs the right `", "; ask whoever runs the hub"),
            ("no such call is known; ", ""),
            ("", " is not among what you look after; ask whoever runs the hub"),
            ("", " needs a reason; give one in a few words"),
            ("", "; take fewer, or ask whoever runs the hub"),
        ];
        parts.iter().any(|(begin, end)| words.starts_with(begin) && words.ends_with(end))
    }

    /// Its word in protocols and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Right { .. } => "right",
            Self::NoSuchCall => "no_such_call",
            Self::Outside { .. } => "scope",
            Self::Reason { .. } => "reason",
            Self::TooMany { .. } => "too_many",
            Self::TooFast { .. } => "too_fast",
        }
    }
}

fn lacking(role: Role, taken: bool) -> String {
    if taken { "was taken from you".to_owned() } else { format!("role {role} does not have") }
}

/// The gate. Every path to a call goes through it: keys, palette, command line, scripts, sockets.
///
/// What is out of scope comes first: nobody learns from a refusal that such a call exists.
///
/// # Errors
/// When the person may not, with what is missing.
pub fn decide(grant: &Grant, wanted: &Wanted<'_>) -> Result<(), Denied> {
    within(grant, wanted)?;
    grant.needs(wanted.right())?;
    enough_at_once(grant, wanted)?;
    explained(grant, wanted)
}

fn within(grant: &Grant, wanted: &Wanted<'_>) -> Result<(), Denied> {
    let scope = &grant.scope;
    let outside = |what: String| Err(Denied::Outside { what: Shown::new(&what) });
    if let Act::Contexts(names) = wanted.act
        && let Some(name) = names.iter().find(|name| !scope.holds_context(name))
    {
        return outside(format!("the context `{name}`"));
    }
    match wanted.about {
        // Nothing that needs a call or an application gets past for want of one.
        about if !wanted.can_be_about(&about) => Err(Denied::NoSuchCall),
        About::Floor => Ok(()),
        About::Call(call) if grant.sees(&call) => Ok(()),
        About::Call(_) => Err(Denied::NoSuchCall),
        About::Application { owner, .. } if !scope.holds_owner(owner) => {
            outside("this application".to_owned())
        }
        About::Application { parties, .. } => {
            match parties.iter().find(|(from, to)| !scope.holds_party(from, to)) {
                Some((_, to)) => outside(format!("the number {to}")),
                None => Ok(()),
            }
        }
    }
}

fn enough_at_once(grant: &Grant, wanted: &Wanted<'_>) -> Result<(), Denied> {
    let targets = wanted.targets;
    if targets <= 1 || !wanted.acts() {
        return Ok(());
    }
    grant.needs(Right::Bulk)?;
    if let Some(limit) = grant.bulk_limit.filter(|limit| targets > *limit) {
        return Err(Denied::TooMany { limit, targets });
    }
    if wanted.hangs_up() && targets > BULK_HANGUP {
        grant.needs(Right::BulkHangup)?;
    }
    Ok(())
}

fn explained(grant: &Grant, wanted: &Wanted<'_>) -> Result<(), Denied> {
    let many = wanted.hangs_up() && wanted.targets > BULK_HANGUP;
    let said = wanted.reason.contains(char::is_alphanumeric);
    match wanted.needs_why() {
        Some(act) if !said && (many || grant.role != Role::Admin) => Err(Denied::Reason { act }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
