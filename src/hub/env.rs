//! What points an application at the hub: for each official SDK the exact setting, and what does not work. Pure.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::settings::{Listen, Settings, Tls};
use crate::cli::HubEnvArgs;
use crate::protocol::Shown;

/// The file that stands for the one that `--ca-out` wrote, where nobody said which.
const CA_FILE: &str = "hub-ca.pem";

/// A listener of the hub, as applications have to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Name of the application that is to come by it.
    pub name: Option<String>,
    /// `HOST:PORT`.
    pub host: String,
    /// Whether it speaks wss, and whom applications then have to trust.
    pub trust: Trust,
}

/// Whom an application has to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Nobody: it is ws.
    Plain,
    /// The hub's own authority, in this file.
    File(PathBuf),
    /// Whoever signed the certificate that the hub was given.
    Given,
}

impl Door {
    /// The doors of a hub with these settings, or the one that is asked about.
    ///
    /// # Errors
    /// In words, when the port of one is not known.
    pub fn of(settings: &Settings, asked: &HubEnvArgs) -> Result<Vec<Self>, String> {
        let file = asked.ca_out.as_ref().or(settings.ca_out.as_ref());
        let file = || file.cloned().unwrap_or_else(|| CA_FILE.into());
        let trust = match &settings.tls {
            Some(Tls::Given(_)) if asked.ca_out.is_none() => Trust::Given,
            Some(_) => Trust::File(file()),
            None if asked.tls || asked.ca_out.is_some() => Trust::File(file()),
            None => Trust::Plain,
        };
        let listen = asked.listen.as_ref().map_or(settings.listen.as_slice(), std::slice::from_ref);
        listen.iter().map(|listen| Self::at(listen, &settings.host_names, trust.clone())).collect()
    }

    fn at(listen: &Listen, names: &[String], trust: Trust) -> Result<Self, String> {
        let port = listen.address.port();
        if port == 0 {
            return Err(
                "port 0 is any free port: give the one that the hub printed, --listen IP:PORT".to_owned()
            );
        }
        let named = names.first().filter(|_| trust == Trust::Given || listen.address.ip().is_unspecified());
        let host = match named {
            Some(name) => format!("{name}:{port}"),
            None if listen.address.ip().is_unspecified() => format!("localhost:{port}"),
            None => listen.address.to_string(),
        };
        Ok(Self { name: listen.name.clone(), host, trust })
    }

    /// The address as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.is_plain() { "ws" } else { "wss" };
        format!("{scheme}://{}", self.host)
    }

    fn is_plain(&self) -> bool {
        self.trust == Trust::Plain
    }

    fn ca_file(&self) -> Option<&Path> {
        match &self.trust {
            Trust::File(file) => Some(file),
            Trust::Plain | Trust::Given => None,
        }
    }
}

/// Whether an SDK can be pointed at a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It can.
    Yes,
    /// Not at this one.
    No,
    /// Nobody has seen it done.
    Unknown,
}

impl Fit {
    const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// How one SDK is pointed at one door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The SDK.
    pub sdk: &'static str,
    /// Its language.
    pub language: &'static str,
    /// Whether it can be.
    pub works: Fit,
    /// Lines to copy: for a shell those that begin with `export`, else for the program.
    pub lines: Vec<String>,
    /// What to mind; may be empty.
    pub note: String,
}

/// An SDK and how it is pointed elsewhere (relay-protocol 1.13).
struct Sdk {
    name: &'static str,
    language: &'static str,
    /// Whether it can speak ws; else wss alone.
    plain: bool,
    /// How it learns whom to trust.
    trusts: Trusts,
    /// The lines; `{url}` stands for the address with its scheme, `{host}` for that without it, `{scheme}` for the
    /// scheme.
    lines: &'static [&'static str],
    note: &'static str,
}

/// How an SDK learns of an authority.
enum Trusts {
    /// By a variable of the environment: its own, or that of its language.
    Variable(&'static str),
    /// By a variable in whose file the system's own authorities are then missing.
    Instead(&'static str),
    /// It does not: the system has to trust it.
    System,
    /// Nobody has seen how.
    Unknown,
}

const SDKS: [Sdk; 9] = [
    Sdk {
        name: "signalwire-sdk 3 (RelayClient)",
        language: "Python",
        plain: false,
        trusts: Trusts::Variable("SIGNALWIRE_RELAY_CA_FILE"),
        lines: &["export SIGNALWIRE_SPACE={host}"],
        note: "RelayClient(host=\"{host}\") does the same; a scheme in front of the host is refused.",
    },
    Sdk {
        name: "signalwire 2 (Client, Consumer)",
        language: "Python",
        plain: true,
        trusts: Trusts::Instead("SSL_CERT_FILE"),
        lines: &[
            "Client(project=…, token=…, host=\"{url}\")",
            "self.host = \"{url}\"  # in setup() of a Consumer",
        ],
        note: "There is no variable for the host.",
    },
    Sdk {
        name: "signalwire-typescript 2 (RelayClient)",
        language: "TypeScript",
        plain: true,
        trusts: Trusts::Variable("NODE_EXTRA_CA_CERTS"),
        lines: &["export SIGNALWIRE_RELAY_HOST={host}", "export SIGNALWIRE_RELAY_SCHEME={scheme}"],
        note: "The options host and scheme do the same.",
    },
    Sdk {
        name: "@signalwire/realtime-api 4, @signalwire/core 4",
        language: "JavaScript",
        plain: true,
        trusts: Trusts::Variable("NODE_EXTRA_CA_CERTS"),
        lines: &["SignalWire({ project: …, token: …, host: '{url}' })"],
        note: "There is no variable for the host.",
    },
    Sdk {
        name: "@signalwire/node 2 (RelayClient, RelayConsumer)",
        language: "JavaScript",
        plain: true,
        trusts: Trusts::Variable("NODE_EXTRA_CA_CERTS"),
        lines: &[
            "new RelayClient({ project: …, token: …, host: '{url}' })",
            "host: '{url}',  // in a RelayConsumer",
        ],
        note: "There is no variable for the host.",
    },
    Sdk {
        name: "signalwire 2",
        language: "Ruby",
        plain: true,
        trusts: Trusts::System,
        lines: &["export SIGNALWIRE_HOST={url}"],
        note: "The option host: does the same; without a scheme it is wss.",
    },
    Sdk {
        name: "signalwire-golang 2",
        language: "Go",
        plain: false,
        trusts: Trusts::Instead("SSL_CERT_FILE"),
        lines: &["\"{host}\"  // the host argument of the client or the consumer"],
        note: "There is no variable for the host, and no option for certificates: it trusts what the system trusts. The \
               variable is Go's own, on Linux.",
    },
    Sdk {
        name: "signalwire-c 2",
        language: "C",
        plain: false,
        trusts: Trusts::Unknown,
        lines: &["{host}  # the host of its configuration"],
        note: "Its configuration has a client certificate and key, which the hub does not ask for.",
    },
    Sdk {
        name: "SignalWire 2",
        language: ".NET, PHP",
        plain: false,
        trusts: Trusts::Unknown,
        lines: &[],
        note: "Whether these take another host, and how, is not known here: look for a host option of the client.",
    },
];

/// What to mind with a variable that takes the place of what the system trusts.
const INSTEAD: &str = " With that variable it trusts nobody else: if the program calls other hosts, put the \
                       system's certificates into the file, too.";

impl Sdk {
    fn at(&self, door: &Door) -> Setting {
        let scheme = if door.is_plain() { "ws" } else { "wss" };
        let filled = |text: &str| {
            text.replace("{url}", &door.url()).replace("{host}", &door.host).replace("{scheme}", scheme)
        };
        let mut lines: Vec<String> = self.lines.iter().map(|line| filled(line)).collect();
        let mut note = filled(self.note);
        let mut works = if self.lines.is_empty() { Fit::Unknown } else { Fit::Yes };
        if door.is_plain() && !self.plain && works == Fit::Yes {
            works = Fit::No;
            lines.clear();
            note = format!("It speaks wss only: start the hub with --ca-out {CA_FILE}, then ask again.");
        }
        if let Some(file) = door.ca_file().filter(|_| works == Fit::Yes) {
            let shown = quoted(file);
            match self.trusts {
                Trusts::Variable(variable) => lines.push(format!("export {variable}={shown}")),
                Trusts::Instead(variable) => {
                    lines.push(format!("export {variable}={shown}"));
                    note.push_str(INSTEAD);
                }
                Trusts::System => note.push_str(&format!(
                    " Over wss it trusts what the system trusts: add {shown} there, or let the hub serve ws."
                )),
                Trusts::Unknown => {
                    works = Fit::Unknown;
                    note.push_str(" Whether and how it checks the hub's certificate is not known here.");
                }
            }
        }
        Setting { sdk: self.name, language: self.language, works, lines, note: note.trim().to_owned() }
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = Shown::whole(&path.display().to_string()).to_string();
    shell_words::quote(&text).into_owned()
}

/// Every SDK at this door.
#[must_use]
pub fn settings(door: &Door) -> Vec<Setting> {
    SDKS.iter().map(|sdk| sdk.at(door)).collect()
}

/// What `callboard hub env` prints for these doors.
#[must_use]
pub fn text(doors: &[Door]) -> String {
    doors.iter().map(of_door).collect::<Vec<_>>().join("\n")
}

fn of_door(door: &Door) -> String {
    let name = door.name.as_ref().map(|name| format!(", for {name}")).unwrap_or_default();
    let mut text = format!("# Applications reach the hub at {}{name}\n", door.url());
    for Setting { sdk, language, works, lines, note } in settings(door) {
        let works = match works {
            Fit::Yes => String::new(),
            Fit::No => ": not at this hub".to_owned(),
            Fit::Unknown => ": not known to work".to_owned(),
        };
        text.push_str(&format!("\n# {language}: {sdk}{works}\n"));
        for line in lines {
            text.push_str(&format!("{line}\n"));
        }
        for line in wrapped(&note) {
            text.push_str(&format!("# {line}\n"));
        }
    }
    text
}

/// A note in lines that fit any terminal.
fn wrapped(note: &str) -> Vec<String> {
    const WIDTH: usize = 98;
    let mut lines: Vec<String> = Vec::new();
    for word in note.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The same as one JSON array: an object for each SDK at each door.
#[must_use]
pub fn json(doors: &[Door]) -> Value {
    let of = |door: &Door| {
        let (name, url) = (door.name.clone(), door.url());
        let ca_file = door.ca_file().map(|file| file.display().to_string());
        settings(door).into_iter().map(move |setting| {
            json!({
                "listener": name, "url": url, "ca_file": ca_file, "language": setting.language,
                "sdk": setting.sdk, "works": setting.works.word(), "lines": setting.lines, "note": setting.note,
            })
        })
    };
    doors.iter().flat_map(of).collect::<Vec<_>>().into()
}
