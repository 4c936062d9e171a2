//! Every key of the configuration file, as data. Reading, checking, `callboard config`, the man page and completions
//! all follow this one table.

use super::checks;
use crate::hub::rights::Role;

/// A key of the file, or of one of its sections. A section is a key whose kind is a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for, in a line.
    pub help: &'static str,
    /// What applies when it is not there, as TOML or in words; may be empty.
    pub default: &'static str,
    /// A value to show, as TOML; empty for sections.
    pub example: &'static str,
    /// Whether its table is of no use without it.
    pub required: bool,
    /// The key in whose place it stands: a file has one of the two.
    pub instead_of: Option<&'static str>,
}

/// Tells what is wrong with a text, in words that can follow `KEY: `.
pub type Check = fn(&str) -> Result<(), String>;

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text(Check),
    /// A text that is never shown; a file that has it must be its owner's alone.
    Secret,
    /// A text, a number, `true` or `false`, all kept as text.
    Plain,
    /// The name of a theme.
    Theme,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts(Check),
    /// A text or a list of texts, which may be empty.
    OneOrMore(Check),
    /// A whole number within these bounds.
    Whole {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
    },
    /// A number of zero or more.
    Number,
    /// A table: `[name]`.
    Table(&'static Table),
    /// A list of tables, each `[[name]]`.
    List {
        /// What each has.
        table: &'static Table,
        /// Most of them.
        max: usize,
    },
}

/// What a table may have in it.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its known keys.
    pub keys: &'static [Key],
    /// What its other keys are, when they are names of the user's or of the program's.
    pub others: Option<&'static Others>,
    /// An example, as TOML with its headers. Lists have none: what is built in is the example.
    pub example: &'static str,
}

impl Table {
    /// Whether all that is in it are tables of the user's naming.
    #[must_use]
    pub fn holds_tables(&self) -> bool {
        self.keys.is_empty() && self.others.is_some_and(|others| matches!(others.kind, Kind::Table(_)))
    }
}

/// Keys of a table that are no words of the file's language.
#[derive(Debug, Clone, Copy)]
pub struct Others {
    /// What their names name, for help and messages.
    pub what: &'static str,
    /// Which names there may be.
    pub check: Check,
    /// What they take.
    pub kind: Kind,
}

const fn key(name: &'static str, kind: Kind, help: &'static str, example: &'static str) -> Key {
    Key { name, kind, help, default: "", example, required: false, instead_of: None }
}

const fn section(name: &'static str, kind: Kind, help: &'static str) -> Key {
    key(name, kind, help, "")
}

const fn list(name: &'static str, table: &'static Table, max: usize, help: &'static str) -> Key {
    section(name, Kind::List { table, max }, help)
}

const fn text(name: &'static str, help: &'static str, example: &'static str) -> Key {
    key(name, Kind::Text(checks::any), help, example)
}

const fn flag(name: &'static str, default: bool, help: &'static str) -> Key {
    let (default, other) = if default { ("true", "false") } else { ("false", "true") };
    Key { default, ..key(name, Kind::Flag, help, other) }
}

impl Key {
    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn instead_of(self, other: &'static str) -> Self {
        Self { instead_of: Some(other), ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Whether it is a section: a table or a list of tables.
    #[must_use]
    pub const fn table(&self) -> Option<&'static Table> {
        match self.kind {
            Kind::Table(table) | Kind::List { table, .. } => Some(table),
            _ => None,
        }
    }

    /// Its header or name, as it is written in a file.
    #[must_use]
    pub fn written(&self) -> String {
        match self.kind {
            Kind::Table(table) if table.holds_tables() => format!("[{}.NAME]", self.name),
            Kind::Table(_) => format!("[{}]", self.name),
            Kind::List { .. } => format!("[[{}]]", self.name),
            _ => self.name.to_owned(),
        }
    }
}

const PROJECT: Key = text("project", "project id", r#""00000000-0000-4000-8000-000000000000""#);
const TOKEN: Key =
    key("token", Kind::Secret, "API token; the file must then be mode 0600", r#""PT0123456789abcdef""#);
const JWT: Key = key(
    "jwt_token",
    Kind::Secret,
    "JWT, wins over project and token; the file must then be mode 0600",
    r#""header.claims.signature""#,
);
const SPACE: Key = key(
    "space",
    Kind::Text(checks::space),
    "name of the Space, `example` for example.signalwire.com",
    r#""example""#,
);
const HOST: Key = key(
    "host",
    Kind::Text(checks::host),
    "address of the service, in place of `space`",
    r#""relay.signalwire.com""#,
)
.instead_of("space")
.default(r#""relay.signalwire.com""#);
const CA_FILE: Key =
    text("ca_file", "PEM certificates to trust in addition to the public ones", r#""ca.pem""#);
const CONTEXTS: Key = key(
    "contexts",
    Kind::Texts(checks::any),
    "contexts whose inbound calls are taken, away from other listeners",
    r#"["support"]"#,
)
.default("none");
const DIALECT: Key = key(
    "dialect",
    Kind::Choice(&["current", "blade"]),
    "how the service speaks: `blade` is that of the SDKs of version 2",
    r#""blade""#,
)
.default(r#""current""#);
const THEME: Key = key("theme", Kind::Theme, "colour theme; `callboard themes` lists them", r#""dark""#);
const UNDO: Key = key(
    "undo_seconds",
    Kind::Whole { min: 0, max: 10 },
    "how long a hang-up can be taken back, 0 to 10; 0 sends at once",
    "3",
)
.default("3");

const NAME: Key = key("name", Kind::Text(checks::name), "what it is called", r#""long ringing""#);
const FILTER: Key = key(
    "filter",
    Kind::Text(checks::filter),
    "which calls, as typed behind `/`",
    r#""state:ringing age>60s""#,
);
const COLUMNS: Key = key(
    "columns",
    Kind::Texts(checks::column),
    "columns from left to right",
    r#"["state", "from", "to", "age"]"#,
);
const SORT: Key = key("sort", Kind::Text(checks::column), "the column that gives the order", r#""age""#);
const OFF: Key = flag("off", false, "do without the built-in one of this name");
const REVERSED: Key = flag("reversed", false, "turn the order around");

/// Every key and section of the file, in the order in which it is shown.
pub const KEYS: &[Key] = &[
    PROJECT,
    TOKEN,
    JWT,
    SPACE,
    HOST,
    CA_FILE,
    CONTEXTS,
    DIALECT,
    key(
        "default_profile",
        Kind::Text(checks::name),
        "the [profile.NAME] to use unless --profile names another",
        r#""prod""#,
    )
    .default("none"),
    text("person", "who is at the console, for the log of acts", r#""ana""#).default("the login name"),
    THEME.default("one that fits the colours of the terminal"),
    flag("ascii", false, "draw with ASCII characters only"),
    flag("color", true, "draw with colours; NO_COLOR in the environment switches them off too"),
    flag("mouse", true, "take clicks and the wheel; then selecting text in the terminal needs Shift"),
    key(
        "clipboard",
        Kind::Choice(&["auto", "osc52", "native", "off"]),
        "how copied text gets to the clipboard",
        r#""osc52""#,
    )
    .default(r#""auto""#),
    flag("bell", true, "ring the terminal's bell for alerts"),
    key(
        "notify",
        Kind::Choice(&["auto", "osc9", "osc777", "off"]),
        "how the desktop is told of alerts",
        r#""osc9""#,
    )
    .default(r#""auto""#),
    flag("mask", false, "show only the last digits of telephone numbers"),
    key(
        "time",
        Kind::Choice(&["clock", "start", "ago"]),
        "times of day, since the call began, or how long ago",
        r#""clock""#,
    )
    .default(r#""clock""#),
    key("editor", Kind::Text(checks::editor), "command that edits long texts", r#""vim""#)
        .default("$VISUAL, else $EDITOR"),
    UNDO,
    key(
        "keep_ended_minutes",
        Kind::Whole { min: 1, max: 15 },
        "how long ended calls are shown, 1 to 15",
        "5",
    )
    .default("5"),
    text("log", "log file, in the state folder unless it has another: types, ids and codes, never contents or secrets", r#""callboard.log""#)
        .default("none"),
    text(
        "journal",
        "folder in which everything that happens is kept, in the state folder unless it has another; \"off\" keeps nothing",
        r#""/var/lib/callboard""#,
    )
    .default("journal/NAME, by profile or host"),
    key("journal_mb", Kind::Whole { min: 16, max: 1_000_000 }, "megabytes of the journal; the oldest go", "500")
        .default("2048"),
    key("journal_days", Kind::Whole { min: 1, max: 3_650 }, "days of the journal; the oldest go", "90").default("30"),
    text(
        "audit",
        "folder of the audit log: who did what to which call, and why; in the state folder unless it has another; \"off\" keeps none",
        r#""/var/lib/callboard-audit""#,
    )
    .default("audit/NAME, by profile or host"),
    key(
        "audit_params",
        Kind::Choice(&["full", "masked", "hash"]),
        "how the audit log has digits and texts",
        r#""hash""#,
    )
    .default(r#""masked""#),
    key(
        "ask_reason",
        Kind::Choice(&["off", "optional", "required"]),
        "whether hang-ups, stops of what others started and acts on several calls ask why",
        r#""required""#,
    )
    .default(r#""optional""#),
    key(
        "reasons",
        Kind::Texts(checks::name),
        "reasons that a digit gives, the first nine of them",
        r#"["caller asked", "call is stuck"]"#,
    )
    .default("caller asked, call is stuck, wrong number, abuse, test call"),
    key(
        "log_level",
        Kind::Choice(&["error", "warn", "info", "debug", "trace"]),
        "how much the log says",
        r#""info""#,
    )
    .default(r#""info""#),
    section(
        "keys",
        Kind::Table(&BINDINGS),
        "keys by command; `callboard keys` has all commands and their keys",
    ),
    section("list", Kind::Table(&LIST), "the list of calls as it is at first"),
    list(
        "view",
        &VIEW,
        50,
        "saved views, by digit behind `V`; yours come first, one with the name of a built-in one replaces it",
    ),
    list("rule", &RULE, 50, "rules that mark calls, by digit behind `*`; yours come first"),
    list("alert", &ALERT, 50, "when to be alerted, beside what is built in"),
    list("template", &TEMPLATE, 200, "values that fill a form behind `Ctrl-t`; yours come first"),
    section(
        "wall",
        Kind::Table(&WALL),
        "the wallboard: its window, and for each metric when it warns and when to act",
    ),
    section(
        "hub",
        Kind::Table(&HUB),
        "the hub, `callboard hub`: where it listens, whom it calls, and who may attach to it as what",
    ),
    section(
        "profile",
        Kind::Table(&PROFILES),
        "several accounts; --profile or `default_profile` names the one to use",
    ),
];

static BINDINGS: Table = Table {
    keys: &[],
    others: Some(&Others { what: "command", check: checks::command, kind: Kind::OneOrMore(checks::chords) }),
    example: include_str!("stock/keys.toml"),
};

static LIST: Table =
    Table { keys: &[COLUMNS, SORT, REVERSED], others: None, example: include_str!("stock/list.toml") };

static VIEW: Table =
    Table { keys: &[NAME.required(), FILTER, COLUMNS, SORT, REVERSED, OFF], others: None, example: "" };

static RULE: Table = Table { keys: &[NAME.required(), FILTER, OFF], others: None, example: "" };

static ALERT: Table = Table {
    keys: &[
        NAME.required(),
        key("warn", Kind::Text(checks::condition), "what is worth a look", r#""ringing>60s""#),
        key("act", Kind::Text(checks::condition), "what somebody must act on", r#""ringing>120s""#),
        key("hold_seconds", Kind::Whole { min: 0, max: 3600 }, "how long it must be so", "10").default("0"),
        flag("notify", false, "also ring the bell and tell the desktop"),
        OFF,
    ],
    others: None,
    example: "",
};

static TEMPLATE: Table = Table {
    keys: &[
        key(
            "method",
            Kind::Text(checks::method),
            "for which form; `callboard methods` has all",
            r#""play_tts""#,
        )
        .required(),
        NAME.required(),
        flag("preset", false, "a new form starts with it"),
        section("values", Kind::Table(&TEXTS), "a text for each field, as it is typed into the form"),
        OFF,
    ],
    others: None,
    example: "",
};

static TEXTS: Table = Table {
    keys: &[],
    others: Some(&Others { what: "field", check: checks::any, kind: Kind::Plain }),
    example: "",
};

static WALL: Table = Table {
    keys: &[
        key(
            "window",
            Kind::Choice(&["5m", "15m", "1h", "shift"]),
            "how far numbers look back at first",
            r#""15m""#,
        )
        .default(r#""15m""#),
        section(
            "context",
            Kind::Table(&Table {
                keys: &[],
                others: Some(&Others { what: "context", check: checks::any, kind: Kind::Table(&METRICS) }),
                example: "",
            }),
            "thresholds for the calls of one context",
        ),
    ],
    others: METRICS.others,
    example: include_str!("stock/wall.toml"),
};

static METRICS: Table = Table {
    keys: &[],
    others: Some(&Others { what: "metric", check: checks::metric, kind: Kind::Table(&THRESHOLD) }),
    example: "",
};

static THRESHOLD: Table = Table {
    keys: &[
        key("warn", Kind::Number, "beyond this it is worth a look", "50"),
        key("act", Kind::Number, "beyond this somebody must act", "40"),
        flag("off", false, "never mind this number"),
    ],
    others: None,
    example: "",
};

static HUB: Table = Table {
    keys: &[
        key("upstream", Kind::Text(checks::host), "address of the service", r#""example.signalwire.com""#)
            .default("that of the account"),
        text("ca_file", "PEM certificates to trust for it in addition to the public ones", r#""ca.pem""#)
            .default("`ca_file` of the top"),
        key(
            "listen",
            Kind::OneOrMore(checks::listen),
            "where applications connect: IP:PORT, or NAME=IP:PORT for one application each; other than loopback needs \
             tls, certificate, key and projects",
            r#"["ivr=127.0.0.1:7080"]"#,
        )
        .default(r#""127.0.0.1:7080""#),
        flag("tls", false, "serve them wss; without a certificate of yours, with one that the hub makes")
            .default("true with `certificate` or `ca_out`, else false"),
        text("ca_out", "where the certificate goes that they then have to trust (PEM)", r#""hub-ca.pem""#),
        text("certificate", "certificate of the hub (PEM)", r#""hub.pem""#),
        text("key", "its key (PEM)", r#""hub.key""#),
        key(
            "host_names",
            Kind::Texts(checks::host_name),
            "names by which applications call the hub, beside localhost",
            r#"["hub.example.com"]"#,
        ),
        key(
            "projects",
            Kind::Texts(checks::project),
            "project ids whose applications may connect",
            r#"["00000000-0000-4000-8000-000000000000"]"#,
        )
        .default("all, on loopback"),
        text("socket", "unix socket for consoles on this machine", r#""/run/callboard/hub.sock""#)
            .default("callboard/hub.sock in $XDG_RUNTIME_DIR"),
        key(
            "socket_group",
            Kind::Text(checks::login),
            "group whose members can open the socket; what they may do then is said by each [[hub.person]]",
            r#""callboard""#,
        )
        .default("none: only the user that runs the hub"),
        key(
            "attach",
            Kind::Text(checks::address),
            "where consoles of other machines attach, by TLS with a certificate on both sides: IP:PORT",
            r#""192.0.2.10:7443""#,
        )
        .default("nowhere"),
        text("client_ca", "the authority that signs their certificates (PEM)", r#""people-ca.pem""#),
        list("person", &PERSON, 1_000, "somebody who may attach; the user that runs the hub is admin without"),
    ],
    others: None,
    example: include_str!("stock/hub.toml"),
};

static PERSON: Table = Table {
    keys: &[
        key("user", Kind::Text(checks::login), "login on this machine, or its number", r#""ana""#),
        text("certificate", "or the common name of a client certificate", r#""ana@example.com""#),
        key("role", Kind::Choice(&Role::WORDS), "what the person is there for", r#""act""#).required(),
        key(
            "rights",
            Kind::Texts(checks::extra),
            "rights beyond the role or less than it: +RIGHT, -RIGHT",
            r#"["+listen", "-hangup"]"#,
        ),
        key(
            "contexts",
            Kind::Texts(checks::any),
            "only calls of these contexts; * stands for anything",
            r#"["support"]"#,
        )
        .default("all"),
        key(
            "numbers",
            Kind::Texts(checks::any),
            "only calls from or to these numbers; * stands for anything",
            r#"["+1202*"]"#,
        )
        .default("all"),
        key(
            "owners",
            Kind::Texts(checks::any),
            "only calls of these applications, by the names in `listen`",
            r#"["ivr"]"#,
        )
        .default("all"),
        key("bulk_limit", Kind::Whole { min: 1, max: 10_000 }, "on how many calls at once", "10")
            .default("25; admin any number"),
    ],
    others: None,
    example: "",
};

static PROFILES: Table = Table {
    keys: &[],
    others: Some(&Others { what: "profile", check: checks::name, kind: Kind::Table(&PROFILE) }),
    example: include_str!("stock/profiles.toml"),
};

static PROFILE: Table = Table {
    keys: &[
        PROJECT,
        TOKEN,
        JWT,
        SPACE,
        HOST,
        CA_FILE,
        CONTEXTS,
        DIALECT,
        THEME,
        UNDO,
        key("title", Kind::Text(checks::name), "what the header calls it", r#""PRODUCTION""#)
            .default("its name"),
        key(
            "frame",
            Kind::Text(checks::color),
            "colour of the header: red and the like, #c04040, or theme for the theme's own",
            r#""red""#,
        ),
    ],
    others: None,
    example: "",
};

/// The file as a whole.
pub static ROOT: Table = Table { keys: KEYS, others: None, example: "" };

/// A file that holds templates alone.
pub static TEMPLATES: Table =
    Table { keys: &[list("template", &TEMPLATE, 200, "values that fill a form")], others: None, example: "" };
