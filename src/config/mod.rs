//! Configuration: defaults, then the file, then the environment, then the command line; the later wins.
//!
//! [`resolve`] is pure; [`load`] reads the disk and the environment for it.

mod checks;
mod disk;
mod file;
mod hub;
pub mod keep;
pub mod paths;
mod resolve;
mod sample;
pub mod schema;
mod sections;
pub mod spec;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use crate::filter::nearest;
pub use disk::{check, load, load_kept, make_folder, save, save_kept};
pub(crate) use resolve::space_host;
pub use resolve::{Known, resolve, resolve_among};
pub use sample::sample;
pub use sections::Sections;

use spec::Profile;

use crate::audit::Policy;
use crate::calling::ClientConfig;
use crate::cli::{LogLevel, LookArgs, ServiceArgs};
use crate::client::{Credentials, Endpoint, EndpointError};
use crate::clip::Way;
use crate::hub::settings::Given;
use crate::journal::Bounds;
use crate::osc::Notices;
use crate::protocol::{Dialect, Secret, Shown};
use crate::ui::app::{AskReason, TimeFormat};

/// Names of the environment variables that are read.
pub mod variable {
    /// Project id.
    pub const PROJECT: &str = "SIGNALWIRE_PROJECT_ID";
    /// API token.
    pub const TOKEN: &str = "SIGNALWIRE_API_TOKEN";
    /// JWT; wins over project and token.
    pub const JWT: &str = "SIGNALWIRE_JWT_TOKEN";
    /// Space or host.
    pub const SPACE: &str = "SIGNALWIRE_SPACE";
    /// Further certificates.
    pub const CA_FILE: &str = "SIGNALWIRE_RELAY_CA_FILE";
    /// Who is logged in.
    pub const USER: &str = "USER";
    /// The editor for a screen.
    pub const VISUAL: &str = "VISUAL";
    /// The editor.
    pub const EDITOR: &str = "EDITOR";
    /// Anything in it switches colours off.
    pub const NO_COLOR: &str = "NO_COLOR";

    /// All of them, each with what it is for.
    pub const ALL: [(&str, &str); 9] = [
        (PROJECT, "The project id."),
        (TOKEN, "The API token."),
        (JWT, "A JWT in the place of both."),
        (SPACE, "The name of the Space, or the address of the service."),
        (CA_FILE, "PEM certificates to trust in addition to the public ones."),
        (USER, "Who is at the console, unless the configuration says it."),
        (VISUAL, "The command that edits long texts, unless the configuration names one."),
        (EDITOR, "The same, where VISUAL is not set."),
        (NO_COLOR, "Anything in it switches colours off."),
    ];
}

/// Where the service is unless somebody says otherwise.
pub const DEFAULT_HOST: &str = "relay.signalwire.com";

/// What the program runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who we are; `Err` names everything that is missing, each by its own name.
    pub credentials: Result<Credentials, Vec<Missing>>,
    /// Address of the service, as [`Endpoint::new`] takes it.
    pub host: String,
    /// Certificates trusted in addition to the public ones.
    pub ca_file: Option<PathBuf>,
    /// Contexts whose inbound calls are taken.
    pub contexts: Vec<String>,
    /// How the service speaks.
    pub dialect: Dialect,
    /// Name of the colour theme, when one was chosen.
    pub theme: Option<String>,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Draw with colours.
    pub color: bool,
    /// The account, when it is one of several.
    pub profile: Option<Profile>,
    /// Who is at the console; may be empty.
    pub person: String,
    /// Take clicks and the wheel.
    pub mouse: bool,
    /// How copied text gets to the clipboard.
    pub clipboard: Way,
    /// Ring the terminal's bell for alerts.
    pub bell: bool,
    /// How the desktop is told of alerts.
    pub notices: Notices,
    /// Show only the last digits of telephone numbers.
    pub mask: bool,
    /// How times are shown at first.
    pub times: TimeFormat,
    /// The command that edits long texts, as words; empty when there is none.
    pub editor: Vec<String>,
    /// Keys, views, rules, alerts, templates, the wallboard.
    pub sections: Sections,
    /// How long a hang-up can be taken back before it is sent; zero sends at once.
    pub undo: Duration,
    /// How long ended calls stay on the screen.
    pub keep_ended: Duration,
    /// Where the log goes, when there is one.
    pub log: Option<PathBuf>,
    /// The folder in which everything that happens is kept; none keeps nothing.
    pub journal: Option<PathBuf>,
    /// How much of it is kept.
    pub journal_bounds: Bounds,
    /// The folder of the audit log; none keeps none.
    pub audit: Option<PathBuf>,
    /// How it has digits and texts.
    pub audit_params: Policy,
    /// Whether what cannot be taken back asks for a reason.
    pub ask_reason: AskReason,
    /// Reasons that a key gives.
    pub reasons: Vec<Shown>,
    /// How much the log says.
    pub log_level: LogLevel,
    /// What it says of the hub.
    pub hub: Given,
    /// The configuration file, which need not exist.
    pub file: PathBuf,
}

impl Settings {
    /// What a client is made with. Reads the CA file.
    ///
    /// # Errors
    /// When credentials are missing, or the address or the CA file is of no use: everything at once.
    pub fn client_config(&self) -> Result<ClientConfig, Vec<Problem>> {
        let mut problems = Vec::new();
        let endpoint = self.endpoint().map_err(|error| problems.push(self.problem_of(&error))).ok();
        if let Err(missing) = &self.credentials {
            problems.extend(missing.iter().map(|missing| missing.problem(&self.file)));
        }
        match (endpoint, &self.credentials) {
            (Some(endpoint), Ok(credentials)) => Ok(ClientConfig {
                endpoint,
                credentials: credentials.clone(),
                contexts: self.contexts.clone(),
                dialect: self.dialect,
            }),
            _ => Err(problems),
        }
    }

    /// Where the service is. Reads the CA file.
    ///
    /// # Errors
    /// When the address or the CA file is of no use.
    pub fn endpoint(&self) -> Result<Endpoint, EndpointError> {
        Endpoint::new(&self.host, self.ca_file.as_ref())
    }

    fn problem_of(&self, error: &EndpointError) -> Problem {
        Problem { place: Place::Elsewhere, what: error.to_string() }
    }
}

/// A credential that nobody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The project id.
    Project,
    /// The API token, or a JWT instead of both.
    Token,
}

impl Missing {
    /// What is missing and where it can be put.
    #[must_use]
    pub fn problem(self, file: &Path) -> Problem {
        let file = file.display();
        let what = match self {
            Self::Project => {
                format!("the project id is missing: set {}, or `project` in {file}", variable::PROJECT)
            }
            Self::Token => format!(
                "the API token is missing: set {}, or `token` in {file} (or a JWT for both: {})",
                variable::TOKEN,
                variable::JWT
            ),
        };
        Problem { place: Place::Elsewhere, what }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, and what to do about it. Never contains a value that may be secret.
    pub what: String,
}

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the configuration file.
    File {
        /// Which.
        path: PathBuf,
        /// The line, counted from 1, when there is one to blame.
        line: Option<usize>,
    },
    /// In an environment variable.
    Variable(&'static str),
    /// In an option of the command line.
    Option(&'static str),
    /// Nowhere in particular.
    Elsewhere,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said(Path::display))
    }
}

impl Problem {
    /// The same with the name of the file alone: for where there is little room.
    #[must_use]
    pub fn brief(&self) -> String {
        self.said(|path| Path::new(path.file_name().unwrap_or_default()).display())
    }

    /// In one line that can be printed: names of files are whatever somebody made them.
    fn said(&self, named: impl Fn(&Path) -> std::path::Display<'_>) -> String {
        let place = match &self.place {
            Place::File { path, line: Some(line) } => format!("{}:{line}: ", named(path)),
            Place::File { path, line: None } => format!("{}: ", named(path)),
            Place::Variable(name) | Place::Option(name) => format!("{name}: "),
            Place::Elsewhere => String::new(),
        };
        Shown::whole(&(place + &self.what)).to_string()
    }
}

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// Connection options.
    pub service: ServiceArgs,
    /// Console options.
    pub look: LookArgs,
}

/// The configuration file as it was read.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// What is in it; none when it does not exist.
    pub text: Option<Secret>,
    /// Its permission bits.
    pub mode: u32,
}
