//! `[[fault]]`: what goes wrong on cue, as a scenario says it.

use serde::Deserialize;

/// One fault: a cue, and what is done at it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// Cue: seconds after a login.
    pub after: Option<f64>,
    /// Cue: the n-th command of a session (any `calling.*` method).
    pub command: Option<u32>,
    /// Cue: a request of this method; `signalwire.connect` too.
    pub method: Option<String>,
    /// Cue: an event of this type on its way out; `*` is any.
    pub event: Option<String>,
    /// With `event`: only where its state (or verdict, or result type) is this.
    pub state: Option<String>,
    /// With `event`: only of the operation to which an arrival's `control` gives this name.
    pub control: Option<String>,
    /// With `event`: only of calls to this number or address; `?` stands for one character, `*` for any.
    pub to: Option<String>,
    /// Which match of the cue, from 1; 0 is each of them.
    pub nth: Option<u32>,
    /// What is done.
    #[serde(rename = "do")]
    pub deed: Option<Deed>,
    /// For `late`, `delay`, `mute`, `no-pings`: how long, in seconds.
    pub seconds: Option<f64>,
    /// For `refuse`: the reply's code. For `refuse-login`: the JSON-RPC code.
    pub code: Option<String>,
    /// For `refuse`: the reply's message. For `send`: the raw text.
    pub text: Option<String>,
    /// For `garbage`: which kind; without, each kind in turn.
    pub kind: Option<Garbage>,
    /// For `garbage` of kind `huge`: bytes. For `duplicate`: copies.
    pub size: Option<usize>,
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The socket is cut; on a method cue the command was not executed.
    Drop,
    /// The command is executed, then the socket is cut instead of an answer.
    DropAfterExecuting,
    /// The command is answered, then the socket is cut.
    DropAfterReply,
    /// Half of the frame goes out, then the socket is cut.
    DropInFrame,
    /// The socket is closed properly, with the code (1000 when none is given).
    Close,
    /// The command is executed, its answer comes `seconds` later; its events do not wait.
    Late,
    /// The command is executed and never answered.
    Silence,
    /// The command is neither executed nor answered.
    Deaf,
    /// The answer comes twice.
    ReplyTwice,
    /// The command is refused with `code` and not executed.
    Refuse,
    /// The login is refused: -32002, or `code`.
    RefuseLogin,
    /// The login is refused as stale: -32003.
    Stale,
    /// Something that is no proper frame is sent.
    Garbage,
    /// `text` is sent as it is.
    Send,
    /// The event goes out again with the same frame id.
    Duplicate,
    /// The event goes out again with a new frame id.
    DuplicateNewId,
    /// The event goes out `seconds` late, behind later ones.
    Delay,
    /// The event is lost.
    Lose,
    /// `signalwire.disconnect`, then the socket is closed.
    Disconnect,
    /// The same with `restart: true`: the session is forgotten.
    Restart,
    /// Nothing at all is sent for `seconds`; it comes afterwards.
    Mute,
    /// No pings for `seconds`; for ever without.
    NoPings,
}

/// Kinds of improper frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Garbage {
    /// No JSON.
    NotJson,
    /// JSON that stops half-way.
    Cut,
    /// A bare array.
    Array,
    /// `null`.
    Null,
    /// An object without method, result and error.
    Shapeless,
    /// An event whose params are null.
    ParamsNull,
    /// An event whose params are a list.
    ParamsList,
    /// An event without an id.
    NoId,
    /// An event with a number for an id.
    NumberId,
    /// An event whose call id is a list.
    CallIdList,
    /// An event of an unknown type with unknown fields.
    UnknownEvent,
    /// An event without a type.
    NoType,
    /// A request of an unknown method.
    UnknownMethod,
    /// An answer nobody waits for.
    StrayReply,
    /// A hundred thousand brackets.
    Deep,
    /// Terminal escapes and direction marks in every text.
    Hostile,
    /// One frame of `size` bytes, 9 MiB when not said.
    Huge,
    /// A binary frame that is not UTF-8.
    Binary,
}

impl Garbage {
    /// All kinds but the huge one.
    pub const ALL: &'static [Self] = &[
        Self::NotJson,
        Self::Cut,
        Self::Array,
        Self::Null,
        Self::Shapeless,
        Self::ParamsNull,
        Self::ParamsList,
        Self::NoId,
        Self::NumberId,
        Self::CallIdList,
        Self::UnknownEvent,
        Self::NoType,
        Self::UnknownMethod,
        Self::StrayReply,
        Self::Deep,
        Self::Hostile,
        Self::Binary,
    ];
}

/// When a fault is due.
#[derive(Debug, Clone, PartialEq)]
pub enum Cue<'a> {
    /// Seconds after a login.
    After(f64),
    /// The n-th command of a session.
    Command(u32),
    /// A request of a method.
    Method(&'a str),
    /// An event on its way out.
    Event {
        /// Its type, or `*`.
        event: &'a str,
        /// Its state.
        state: Option<&'a str>,
        /// The name of its operation.
        control: Option<&'a str>,
        /// Whom its call is to.
        to: Option<&'a str>,
    },
}

impl Fault {
    /// The one cue.
    #[must_use]
    pub fn cue(&self) -> Option<Cue<'_>> {
        match (self.after, self.command, &self.method, &self.event) {
            (Some(seconds), None, None, None) => Some(Cue::After(seconds)),
            (None, Some(nth), None, None) => Some(Cue::Command(nth)),
            (None, None, Some(method), None) => Some(Cue::Method(method)),
            (None, None, None, Some(event)) => Some(Cue::Event {
                event,
                state: self.state.as_deref(),
                control: self.control.as_deref(),
                to: self.to.as_deref(),
            }),
            _ => None,
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let Some(cue) = self.cue() else {
            return Err("give exactly one of after, command, method, event".into());
        };
        let Some(deed) = self.deed else {
            return Err("do: what is to be done?".into());
        };
        let on_event = matches!(cue, Cue::Event { .. });
        let narrowed = [("state", &self.state), ("control", &self.control), ("to", &self.to)];
        if let Some((key, _)) = narrowed.iter().find(|(_, narrow)| narrow.is_some() && !on_event) {
            return Err(format!("{key}: needs an event cue"));
        }
        let on_request = matches!(cue, Cue::Command(_) | Cue::Method(_));
        let why = match deed {
            Deed::Duplicate | Deed::DuplicateNewId | Deed::Delay | Deed::Lose if !on_event => {
                "needs an event cue"
            }
            Deed::Late | Deed::Silence | Deed::Deaf | Deed::ReplyTwice | Deed::Refuse if !on_request => {
                "needs a command or method cue"
            }
            Deed::DropAfterExecuting | Deed::DropAfterReply if !on_request => "needs a command or method cue",
            Deed::RefuseLogin | Deed::Stale if cue != Cue::Method("signalwire.connect") => {
                "needs method = \"signalwire.connect\""
            }
            Deed::Late | Deed::Delay | Deed::Mute if self.seconds.is_none() => "needs seconds",
            Deed::Refuse if self.code.is_none() => "needs code",
            Deed::Send if self.text.is_none() => "needs text",
            _ => return Ok(()),
        };
        Err(format!("do: {deed:?} {why}"))
    }
}
