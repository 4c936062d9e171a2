//! What a method row is: name, command, fields and their kinds. The rows themselves are in `rows`.

use super::kind::ActionKind;

/// The arguments of one invocation by field name. Media and devices are in wire form.
pub type Values = serde_json::Map<String, serde_json::Value>;

/// One method of the public Call API: a way to fill one command.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Its name in the API, such as `play_tts`.
    pub name: &'static str,
    /// Further names of the same method, such as `amd`.
    pub aliases: &'static [&'static str],
    /// The command on the wire, such as `calling.play`.
    pub rpc: &'static str,
    /// What it does, as the head of a form.
    pub title: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// Which menu it is in.
    pub group: Group,
    /// Whether it acts on a call.
    pub scope: Scope,
    /// In which states of the call it makes sense.
    pub when: When,
    /// The kind of action it starts, if it starts one.
    pub starts: Option<ActionKind>,
    /// Its arguments, and the constants of its command.
    pub fields: &'static [Field],
    /// Where it comes from.
    pub surface: Surface,
}

/// Families of methods, as menus have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Answer, pass, hang up, dial.
    Lifecycle,
    /// Sounds.
    Play,
    /// Recordings.
    Record,
    /// Detectors.
    Detect,
    /// Sounds with an answer.
    Prompt,
    /// Answers without a sound.
    Collect,
    /// DTMF.
    Digits,
    /// Copies of the audio to elsewhere.
    Tap,
    /// Fax.
    Fax,
    /// Joining two calls.
    Bridge,
    /// Audio to a WebSocket.
    Stream,
}

impl Group {
    /// Every group in the order of menus.
    pub const ALL: [Self; 11] = [
        Self::Lifecycle,
        Self::Play,
        Self::Record,
        Self::Detect,
        Self::Prompt,
        Self::Collect,
        Self::Digits,
        Self::Tap,
        Self::Fax,
        Self::Bridge,
        Self::Stream,
    ];

    /// A short word for menus.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lifecycle => "call",
            Self::Play => "play",
            Self::Record => "record",
            Self::Detect => "detect",
            Self::Prompt => "prompt",
            Self::Collect => "collect",
            Self::Digits => "digits",
            Self::Tap => "tap",
            Self::Fax => "fax",
            Self::Bridge => "bridge",
            Self::Stream => "stream",
        }
    }
}

/// What a method acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The Space: there is no call yet.
    Space,
    /// One call.
    Call,
}

/// What state a call must be in for the method to be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Any state, or no call at all.
    Any,
    /// Inbound, and `created` or `ringing`.
    Offered,
    /// Neither `ending` nor `ended`.
    Live,
    /// `answered`.
    Answered,
}

/// Where a method comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Surface {
    /// The index of relay-protocol 0.1.
    Seed,
    /// The current service has it in addition.
    Current,
}

/// One argument of a method, or a constant of its command.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the API.
    pub name: &'static str,
    /// Its name in a form.
    pub label: &'static str,
    /// Where it goes in the params: dotted, numbers are places in a list. Empty: used by the client, never sent.
    pub path: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Whether it must be given (where `only` has a condition: when that holds).
    pub required: bool,
    /// What applies when it is left empty, for display.
    pub default: Option<&'static str>,
    /// One line: meaning, unit, range.
    pub help: &'static str,
    /// Shown only when the form is expanded.
    pub advanced: bool,
    /// The choice of another field on which it depends.
    pub only: Option<Only>,
}

/// A condition: another field has one of these values.
#[derive(Debug, Clone, Copy)]
pub struct Only {
    /// Name of the other field.
    pub field: &'static str,
    /// Its values that make this field apply.
    pub values: &'static [&'static str],
}

/// What values a field takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of text.
    Text {
        /// Most characters.
        max: usize,
    },
    /// Text that may have line breaks.
    Long {
        /// Most characters.
        max: usize,
    },
    /// A telephone number such as `+12025550123`.
    E164,
    /// A telephone number or a `sip:` URI.
    Address,
    /// An address of one of these schemes.
    Url(&'static [&'static str]),
    /// A whole number.
    Int {
        /// Least.
        min: i64,
        /// Most; `i64::MAX` is no limit.
        max: i64,
        /// Unit, may be empty.
        unit: &'static str,
    },
    /// A number, sent as floating point.
    Num {
        /// Least; [`ABOVE_ZERO`] means greater than 0.
        min: f64,
        /// Most; infinity is no limit.
        max: f64,
        /// Unit, may be empty.
        unit: &'static str,
    },
    /// Yes or no.
    Bool,
    /// One of these.
    Choice(&'static [Choice]),
    /// One of these or any other word.
    OpenChoice(&'static [Choice]),
    /// Any number of these.
    Many(&'static [Choice]),
    /// A text made of these characters.
    Chars {
        /// The characters.
        allowed: &'static str,
        /// Whether a small letter stands for its capital, where only the capital is allowed.
        upper: bool,
        /// Most characters.
        max: usize,
    },
    /// A play list.
    Media,
    /// Who is rung, in which order.
    Devices,
    /// Texts.
    List,
    /// Any JSON.
    Json,
    /// A public IPv4 address.
    Ipv4,
    /// Not an argument: a constant of the command, as JSON text.
    Fixed(&'static str),
}

/// The least value of a [`Kind::Num`] that must be greater than 0.
pub const ABOVE_ZERO: f64 = f64::MIN_POSITIVE;

/// A value to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: &'static str,
    /// What is shown.
    pub label: &'static str,
}

impl Method {
    /// The arguments: every field that is not a constant.
    pub fn arguments(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().filter(|field| !field.is_fixed())
    }

    /// The argument of this name.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&'static Field> {
        self.arguments().find(|field| field.name == name)
    }
}

impl Field {
    /// Whether it is a constant of the command rather than an argument.
    #[must_use]
    pub const fn is_fixed(&self) -> bool {
        matches!(self.kind, Kind::Fixed(_))
    }

    /// Whether it plays a part, given the other values. `None`: not decided yet, the other field is empty.
    #[must_use]
    pub fn applies(&self, values: &Values) -> Option<bool> {
        let Some(only) = self.only else { return Some(true) };
        let other = values.get(only.field)?.as_str()?;
        Some(only.values.contains(&other))
    }
}

impl Kind {
    /// The rule in words that follow "is" or "is not": `within -40 to 40 dB`.
    #[must_use]
    pub fn rule(&self) -> String {
        match *self {
            Self::Text { max } => format!("one line of at most {max} characters"),
            Self::Long { max } => format!("a text of at most {max} characters"),
            Self::E164 => "an E.164 number such as +12025550123".into(),
            Self::Address => "an E.164 number or a sip: URI".into(),
            Self::Url(schemes) => format!("an address that starts with {}://", schemes.join(":// or ")),
            Self::Int { min, max: i64::MAX, unit } => {
                join("a whole number of", &format!("{min} or more"), unit)
            }
            Self::Int { min, max, unit } => join("a whole number within", &format!("{min} to {max}"), unit),
            Self::Num { min, max, unit } if max.is_infinite() && min == ABOVE_ZERO => {
                join("above", "0", unit)
            }
            Self::Num { min, max, unit } if max.is_infinite() => join("at least", &min.to_string(), unit),
            Self::Num { min, max, unit } => join("within", &format!("{min} to {max}"), unit),
            Self::Bool => "true or false".into(),
            Self::Choice(choices) => format!("one of {}", words(choices)),
            Self::OpenChoice(_) => format!("a word of at most {WORD} characters"),
            Self::Many(choices) => format!("a list of {}", words(choices)),
            Self::Chars { allowed, max, .. } => format!("at most {max} of {allowed}"),
            Self::Media => "a list of tts, silence, ringtone or audio".into(),
            Self::Devices => "a list of lists of devices".into(),
            Self::List => "a list of texts".into(),
            Self::Json => "JSON".into(),
            Self::Ipv4 => "a public IPv4 address".into(),
            Self::Fixed(json) => format!("always {json}"),
        }
    }

    /// What there is to choose from, for the kinds that have it.
    #[must_use]
    pub const fn choices(&self) -> &'static [Choice] {
        match self {
            Self::Choice(choices) | Self::OpenChoice(choices) | Self::Many(choices) => choices,
            _ => &[],
        }
    }
}

/// Most characters of a free word.
pub(super) const WORD: usize = 64;

fn join(before: &str, numbers: &str, unit: &str) -> String {
    let space = if unit.is_empty() { "" } else { " " };
    format!("{before} {numbers}{space}{unit}")
}

fn words(choices: &[Choice]) -> String {
    choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ")
}
