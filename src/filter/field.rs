//! What a filter can ask about: one table, from which filters are read, completed, explained and answered.

use std::sync::LazyLock;

use super::Subject;
use super::reading::{
    OfCall, OfDial, OfLink, Reading, acts, alert, amd, answered, claimed, device, direction, ended, eyes,
    faults, gaps, node, note, owner, rate, reason, recording, recordings, ringing, rtt, shown, silence, tag,
    talk, waited,
};
use crate::model::{Action, DialState};
use crate::wall::{METRICS, Metric, Unit, Worse};

/// One thing that a filter can ask about.
#[derive(Debug)]
pub struct Field {
    /// Its name, as in `state:ringing`.
    pub name: &'static str,
    /// Shorter names for it.
    pub aliases: &'static [&'static str],
    /// What it can be compared with.
    pub kind: Kind,
    /// Whether its name alone is a question: `rec`, `-rec`.
    pub bare: bool,
    /// What it is, in a line.
    pub help: &'static str,
    /// A filter that asks about it.
    pub example: &'static str,
    pub(super) call: Option<OfCall>,
    pub(super) dial: Option<OfDial>,
    pub(super) link: Option<OfLink>,
    pub(super) floor: Option<OfFloor>,
}

/// What a field can be compared with.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A number or an address: a value is part of it, or the whole where it has a `*`.
    Party,
    /// A text: a value is part of it, or the whole where it has a `*`.
    Text,
    /// A name: a value is the whole of it.
    Name,
    /// One of these words. The service may have further ones; they go in quotes.
    Word(&'static [Word]),
    /// A span of time: `60s`, `1m30s`, `2h`, `500ms`; a bare number is seconds.
    Span,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
}

/// A word that a field can be.
#[derive(Debug)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// How a field is read off the floor.
#[derive(Debug, Clone, Copy)]
pub(super) enum OfFloor {
    Context,
    Metric(&'static Metric),
}

impl Field {
    /// What it can be asked of.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let all = [
            (Subject::Call, self.call.is_some()),
            (Subject::Link, self.link.is_some()),
            (Subject::Floor, self.floor.is_some()),
        ];
        all.into_iter().filter(|(_, has)| *has).map(|(subject, _)| subject).collect()
    }

    /// The words it can be, if it is one of some words.
    #[must_use]
    pub const fn words(&self) -> &'static [Word] {
        match self.kind {
            Kind::Word(words) => words,
            Kind::Party | Kind::Text | Kind::Name | Kind::Span | Kind::Number | Kind::Flag => &[],
        }
    }

    const fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn dial(mut self, read: OfDial) -> Self {
        self.dial = Some(read);
        self
    }
}

/// Everything that a filter can ask about: calls and the link first, then every number of the wallboard.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().chain(NUMBERS.iter())
}

/// The field of this name or alias.
#[must_use]
pub fn field(name: &str) -> Option<&'static Field> {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    fields().find(|field| is(field.name) || field.aliases.iter().any(|alias| is(alias)))
}

const fn row(name: &'static str, kind: Kind, help: &'static str, example: &'static str) -> Field {
    Field {
        name,
        aliases: &[],
        kind,
        bare: matches!(kind, Kind::Flag),
        help,
        example,
        call: None,
        dial: None,
        link: None,
        floor: None,
    }
}

const fn call(
    name: &'static str,
    kind: Kind,
    read: OfCall,
    help: &'static str,
    example: &'static str,
) -> Field {
    Field { call: Some(read), ..row(name, kind, help, example) }
}

const fn link(
    name: &'static str,
    kind: Kind,
    read: OfLink,
    help: &'static str,
    example: &'static str,
) -> Field {
    Field { link: Some(read), ..row(name, kind, help, example) }
}

const fn word(name: &'static str, help: &'static str) -> Word {
    Word { name, aliases: &[], help }
}

const fn words(name: &'static str, aliases: &'static [&'static str], help: &'static str) -> Word {
    Word { name, aliases, help }
}

const STATES: &[Word] = &[
    word("dial", "asked for, no leg yet"),
    words("created", &["cre"], "the leg exists, nobody rings"),
    words("ringing", &["rng", "ring"], "alerting, not answered"),
    words("answered", &["ans"], "media is up"),
    word("ending", "a hang-up runs"),
    word("ended", "gone"),
];

const DIRECTIONS: &[Word] = &[
    words("inbound", &["in"], "somebody calls a number of ours"),
    words("outbound", &["out"], "we called them"),
];

const TYPES: &[Word] = &[
    word("phone", "a telephone"),
    word("sip", "a SIP endpoint"),
    word("webrtc", "a browser"),
    word("agora", "an Agora channel"),
    word("call", "another call"),
    word("queue", "a queue"),
    word("stream", "a media stream"),
];

const REASONS: &[Word] = &[
    word("hangup", "normal, by a party"),
    words("cancel", &["cancelled", "canceled"], "cancelled before it was answered"),
    word("busy", "far end busy"),
    words("noAnswer", &["no_answer", "no-answer"], "rang out"),
    words("decline", &["declined"], "rejected"),
    word("error", "failure"),
    word("abandoned", "the caller left before the answer, or in a queue"),
    words("max_duration", &["maxduration"], "a time cap was reached"),
    words("not_found", &["notfound"], "no such destination"),
];

const RECORDINGS: &[Word] = &[
    words("running", &["rec", "recording"], "a recording runs"),
    words("paused", &["pau"], "every recording is paused"),
    word("asked", "asked for, not known to run"),
    word("unknown", "asked for, and nobody knows what became of it"),
];

const VERDICTS: &[Word] = &[
    word("human", "a person answered"),
    words("machine", &["mach"], "a machine answered"),
    word("unknown", "the detector could not tell"),
    words("waiting", &["?"], "a detector listens, no verdict yet"),
    word("silent", "the detector ended without a verdict"),
];

const KINDS: &[Word] = &[
    words("play", &["tts", "audio"], "something is played"),
    words("record", &["rec"], "it is recorded"),
    words("detect", &["amd"], "a detector listens"),
    word("prompt", "it is played and asked for input"),
    word("collect", "input is collected"),
    words("digits", &["dtmf"], "digits are sent"),
    words("tap", &["listen"], "media are tapped"),
    word("fax", "a fax is sent or received"),
    word("stream", "media are streamed"),
    words("connect", &["bridge"], "it is or is being bridged"),
];

const LEVELS: &[Word] = &[word("warn", "a warning"), words("act", &["bad"], "somebody must act")];

const LINKS: &[Word] = &[
    words("up", &["ok"], "logged in"),
    words("down", &["lost"], "lost, trying again"),
    word("idle", "not asked to connect yet"),
    word("opening", "a socket is opened"),
    word("authenticating", "the login is under way"),
    word("draining", "the server asked us to reconnect"),
    word("refused", "credentials refused"),
    word("closed", "closed for good"),
];

/// What a filter can ask calls and the link, in the order of help.
pub static FIELDS: &[Field] = &[
    call("state", Kind::Word(STATES), |call, _| Reading::Text(call.state.as_str()), "state", "state:ringing")
        .also(&["st"])
        .dial(|_, _| Reading::Text("dial")),
    call(
        "from",
        Kind::Party,
        |call, _| Reading::Party(call.from.as_str()),
        "calling party; digits are found across blanks and signs",
        "from:1202",
    ),
    call("to", Kind::Party, |call, _| Reading::Party(call.to.as_str()), "called party", "to:+44*")
        .dial(|dial, _| Reading::Party(dial.what.as_str())),
    Field {
        floor: Some(OfFloor::Context),
        ..call("ctx", Kind::Name, |call, _| shown(call.context.as_ref()), "context it came by", "ctx:support")
            .also(&["context"])
    },
    call("dir", Kind::Word(DIRECTIONS), direction, "who called whom", "dir:out")
        .also(&["direction"])
        .dial(|_, _| Reading::Text("outbound")),
    call(
        "began",
        Kind::Span,
        |call, sight| Reading::Span(sight.now.since(call.began())),
        "how long ago it came to be, ended or not",
        "began<15m",
    )
    .dial(|dial, now| Reading::Span(now.since(dial.requested.at))),
    call("age", Kind::Span, |call, sight| Reading::Span(call.age(sight.now)), "as in column AGE", "age>60s")
        .dial(|dial, now| Reading::Span(dial.ended_at.unwrap_or(now).since(dial.requested.at))),
    call("ringing", Kind::Span, ringing, "how long it has rung, while it rings", "ringing>60s").bare(),
    call("answered", Kind::Span, answered, "how long ago it was answered, while it is", "answered>20m")
        .bare(),
    call("talk", Kind::Span, talk, "from the answer to the end, or until now", "ended talk<10s"),
    call("waited", Kind::Span, waited, "from ringing to the answer", "waited>20s"),
    call("ended", Kind::Span, ended, "how long ago it ended", "ended<15m").bare(),
    call(
        "heard",
        Kind::Span,
        |call, sight| Reading::Span(sight.now.since(call.last_heard)),
        "how long ago it was last heard of",
        "state:answered heard>5m",
    )
    .also(&["silent"]),
    call("reason", Kind::Word(REASONS), reason, "why it ended", "reason:busy|noAnswer").also(&["why"]).dial(
        |dial, _| match &dial.state {
            DialState::Failed(why) => Reading::Text(why.as_str()),
            DialState::Requested | DialState::Dialing | DialState::Answered(_) | DialState::Unknown(_) => {
                Reading::Nothing
            }
        },
    ),
    call(
        "rec",
        Kind::Word(RECORDINGS),
        recording,
        "recorded: a recording runs or is paused",
        "answered -rec",
    )
    .also(&["recording"])
    .bare(),
    call("recs", Kind::Number, recordings, "how many recordings ever ran on it", "ended recs=0"),
    call("amd", Kind::Word(VERDICTS), amd, "what machine detection said", "amd:machine").bare(),
    call("run", Kind::Word(KINDS), |call, _| Reading::Running(call), "what runs on it", "run:play|prompt")
        .also(&["runs"])
        .bare(),
    call("acts", Kind::Number, acts, "how many actions run on it", "acts>=2").also(&["actions"]),
    call(
        "failed",
        Kind::Flag,
        |call, _| Reading::Flag(call.actions.iter().any(Action::is_failure)),
        "an action on it failed",
        "failed",
    )
    .dial(|dial, _| Reading::Flag(matches!(dial.state, DialState::Failed(_)))),
    call(
        "mine",
        Kind::Flag,
        |call, _| Reading::Flag(call.running().any(Action::is_mine)),
        "something that I started runs on it",
        "mine",
    )
    .dial(|dial, _| Reading::Flag(!dial.is_over())),
    call(
        "overdue",
        Kind::Flag,
        |call, sight| Reading::Flag(call.overdue(sight.now).is_some()),
        "an action did not end, begin or obey in time",
        "overdue",
    ),
    call(
        "doubt",
        Kind::Span,
        |call, sight| {
            call.doubt.map_or(Reading::Nothing, |doubt| Reading::Span(sight.now.since(doubt.since)))
        },
        "how long nothing has been known of it, since the link was lost",
        "doubt>30s",
    )
    .also(&["stale"])
    .bare()
    .dial(|dial, now| dial.doubt.map_or(Reading::Nothing, |doubt| Reading::Span(now.since(doubt.since)))),
    call(
        "orphan",
        Kind::Flag,
        |call, _| Reading::Flag(call.is_live() && call.orphan.is_some()),
        "it answered a dial that nobody waited for any more",
        "orphan",
    ),
    call(
        "bridged",
        Kind::Flag,
        |call, _| Reading::Flag(call.peer.is_some()),
        "connected to another leg",
        "bridged",
    ),
    call("mark", Kind::Flag, |call, sight| Reading::Flag(sight.board.is_marked(&call.id)), "marked", "mark")
        .also(&["marked"]),
    call("alert", Kind::Word(LEVELS), alert, "an alert is open on it", "alert:act").bare(),
    call("note", Kind::Text, note, "text of its note", "note:refund").bare(),
    call("owner", Kind::Name, owner, "at a hub: the application whose call it is", "owner:ivr"),
    call("claimed", Kind::Name, claimed, "at a hub: who claimed it", "claimed:raj").bare(),
    call("eyes", Kind::Name, eyes, "at a hub: who looks at it", "-eyes").bare(),
    call("id", Kind::Text, |call, _| Reading::Text(call.id.as_str()), "call id", "id:7f1c"),
    call("node", Kind::Text, node, "node that holds it", "node:2c8e"),
    call("tag", Kind::Text, tag, "tag of the dial or connect that made it", "tag:ivr7")
        .dial(|dial, _| Reading::Text(dial.tag.as_str())),
    call("type", Kind::Word(TYPES), device, "kind of its endpoint", "type:sip"),
    link("link", Kind::Word(LINKS), |model, _| Reading::Text(model.link().word()), "state", "-link:up"),
    link("silence", Kind::Span, silence, "since the service was last heard", "silence>17s"),
    link("gaps", Kind::Number, gaps, "sessions lost with the link", "gaps>3"),
    link("rtt", Kind::Span, rtt, "latest time from sending to answer", "rtt>500ms").also(&["ping"]),
    link("rate", Kind::Number, rate, "events per second, a mean over ten seconds", "rate>200"),
    link("faults", Kind::Number, faults, "frames that could not be read", "faults>0"),
];

/// The numbers of the wallboard, by the names they have there; with `floor.` before a name that a call has, too.
static NUMBERS: LazyLock<Vec<Field>> = LazyLock::new(|| METRICS.iter().map(of_metric).collect());

fn of_metric(metric: &'static Metric) -> Field {
    let taken = FIELDS.iter().any(|field| field.name == metric.id || field.aliases.contains(&metric.id));
    let name: &'static str = if taken { format!("floor.{}", metric.id).leak() } else { metric.id };
    let kind = match metric.unit {
        Unit::Clock | Unit::Delay => Kind::Span,
        Unit::Count | Unit::Percent | Unit::PerSecond => Kind::Number,
    };
    let sign = match metric.worse {
        Worse::Higher => '>',
        Worse::Lower => '<',
    };
    let unit = match metric.unit {
        Unit::Clock | Unit::Delay => "s",
        Unit::Percent => "%",
        Unit::Count | Unit::PerSecond => "",
    };
    let limit = metric.limit.map_or(0.0, |limit| limit.warn);
    let example = format!("{name}{sign}{limit}{unit}").leak();
    Field { floor: Some(OfFloor::Metric(metric)), ..row(name, kind, metric.definition, example) }
}
