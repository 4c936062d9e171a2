//! The pure core: file, environment and flags to settings, or everything that is wrong with them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::{self, Values};
use super::spec::Profile;
use super::{DEFAULT_HOST, File, Flags, Missing, Place, Problem, Settings, checks, hub, sections, variable};
use crate::audit::Policy;
use crate::cli::LogLevel;
use crate::client::Credentials;
use crate::clip::Way;
use crate::journal::Bounds;
use crate::osc::Notices;
use crate::protocol::{Dialect, Secret, Shown};
use crate::ui::app::{self, AskReason, TimeFormat};

/// Puts the settings together. `env` looks up an environment variable.
///
/// Missing credentials are not a problem here: the demo needs none, and the console offers to set them up.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn resolve(
    file: &File,
    env: &dyn Fn(&str) -> Option<OsString>,
    flags: &Flags,
) -> Result<Settings, Vec<Problem>> {
    resolve_among(&Known::default(), file, env, flags)
}

/// What is known of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The themes there are. Without them no name is doubted.
    pub themes: Option<&'a [String]>,
    /// Themes that are not to be named, each with what is wrong with it.
    pub broken: &'a [(String, String)],
    /// Where a log goes that the file names without a folder. Without it, beside the file.
    pub state: Option<&'a Path>,
}

impl Known<'_> {
    /// Whether there is such a theme, and it can be used.
    pub(super) fn theme(&self, name: &str) -> Result<(), String> {
        self.themes.map_or(Ok(()), |themes| checks::theme(name, themes))?;
        let broken = self.broken.iter().find(|(broken, _)| broken == name);
        broken.map_or(Ok(()), |(_, why)| Err(format!("the theme is broken: {why}")))
    }
}

/// The same where more is known of the machine.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn resolve_among(
    known: &Known<'_>,
    file: &File,
    env: &dyn Fn(&str) -> Option<OsString>,
    flags: &Flags,
) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut values = file::read(file, known, &mut problems);
    if let Some(name) = &flags.look.theme
        && let Err(what) = known.theme(name)
    {
        problems.push(Problem { place: Place::Option("--theme"), what });
    }
    let mut layers = Layers { file, env, flags, problems };
    let profile = layers.profile(&mut values);
    let credentials = layers.credentials(&mut values);
    let host = layers.host(&mut values);
    let ca_file = layers.ca_file(&mut values);
    let contexts = layers.contexts(&mut values);
    let color = values.flag("color").unwrap_or(true) && layers.env(variable::NO_COLOR).is_none();
    let person = values.text("person").or_else(|| layers.env(variable::USER)).unwrap_or_default();
    let editor = layers.editor(&mut values);
    let sections = sections::read(&mut values, file, &mut layers.problems);
    let hub = hub::read(&mut values, file, &mut layers.problems);
    if !layers.problems.is_empty() {
        layers.problems.sort_by_key(|problem| match problem.place {
            Place::File { line, .. } => (0, line),
            _ => (1, None),
        });
        return Err(layers.problems);
    }
    let log = values.text("log").map(|path| match known.state {
        Some(state) => state.join(path),
        None => beside(&file.path, &path),
    });
    let name = profile.as_ref().map_or(&*host, |profile| &profile.name);
    let state = known.state.unwrap_or(Path::new(""));
    let asked =
        |flag: &Option<PathBuf>, text: Option<String>| flag.clone().or_else(|| Some(state.join(text?)));
    let journal = kept_in("journal", asked(&flags.service.journal, values.text("journal")), known, name);
    let audit = kept_in("audit", asked(&flags.service.audit, values.text("audit")), known, name);
    let log_level = flags.service.log_level.or_else(|| LogLevel::named(&values.text("log_level")?));
    let dialect = flags
        .service
        .dialect
        .or_else(|| word(&mut values, "dialect", &Dialect::ALL.map(|it| (it.word(), it))));
    let theme = flags.look.theme.clone().or_else(|| values.text("theme"));
    Ok(Settings {
        credentials,
        host,
        ca_file,
        contexts,
        dialect: dialect.unwrap_or_default(),
        theme,
        ascii: flags.look.ascii || values.flag("ascii").unwrap_or(false),
        color: color && !flags.look.no_color,
        profile,
        person: person.trim().to_owned(),
        mouse: values.flag("mouse").unwrap_or(true),
        clipboard: word(&mut values, "clipboard", &Way::NAMES).unwrap_or_default(),
        bell: values.flag("bell").unwrap_or(true),
        notices: word(&mut values, "notify", &Notices::NAMES).unwrap_or_default(),
        mask: values.flag("mask").unwrap_or(false),
        times: word(&mut values, "time", &TIMES).unwrap_or(TimeFormat::Clock),
        editor,
        sections,
        undo: Duration::from_secs(values.whole("undo_seconds").unwrap_or(3)),
        keep_ended: Duration::from_secs(60 * values.whole("keep_ended_minutes").unwrap_or(5)),
        log: flags.service.log.clone().or(log),
        journal,
        journal_bounds: bounds(&mut values),
        audit,
        audit_params: word(&mut values, "audit_params", &Policy::NAMES).unwrap_or_default(),
        ask_reason: word(&mut values, "ask_reason", &AskReason::NAMES).unwrap_or_default(),
        reasons: reasons(&mut values),
        log_level: log_level.unwrap_or_default(),
        hub,
        file: file.path.clone(),
    })
}

/// Where something is kept, unless it is off. One of several accounts has a folder of its own.
fn kept_in(what: &str, asked: Option<PathBuf>, known: &Known<'_>, name: &str) -> Option<PathBuf> {
    match asked {
        Some(folder) => (folder.file_name() != Some("off".as_ref())).then_some(folder),
        None => {
            let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
            let name: String = name.trim_start_matches('.').chars().map(plain).collect();
            Some(known.state?.join(what).join(name))
        }
    }
}

/// Reasons that a key gives.
fn reasons(values: &mut Values) -> Vec<Shown> {
    let own = values.texts("reasons");
    own.map_or_else(app::stock_reasons, |own| own.iter().map(|reason| Shown::new(reason)).collect())
}

/// How much of the journal is kept. A quarter is in the segment that is being written, at most.
fn bounds(values: &mut Values) -> Bounds {
    let stock = Bounds::default();
    let total = values.whole("journal_mb").map_or(stock.total, |mb| mb * 1024 * 1024);
    let age = values.whole("journal_days").map_or(stock.age, |days| Duration::from_secs(days * 86_400));
    Bounds { segment: stock.segment.min(total / 4), total, age }
}

/// How times are shown, by the words of the configuration.
const TIMES: [(&str, TimeFormat); 3] =
    [("clock", TimeFormat::Clock), ("start", TimeFormat::SinceStart), ("ago", TimeFormat::Ago)];

/// What a word of the file names; its key has checked it.
fn word<T: Copy>(values: &mut Values, key: &str, names: &[(&str, T)]) -> Option<T> {
    let word = values.text(key)?;
    names.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// A relative path in the file is relative to the file.
pub(super) fn beside(file: &Path, path: &str) -> PathBuf {
    file.parent().map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
}

struct Layers<'a> {
    file: &'a File,
    env: &'a dyn Fn(&str) -> Option<OsString>,
    flags: &'a Flags,
    problems: Vec<Problem>,
}

impl Layers<'_> {
    /// A variable. Empty counts as not set.
    fn env(&mut self, name: &'static str) -> Option<String> {
        let value = (self.env)(name).filter(|value| !value.is_empty())?;
        let text = value.into_string().ok();
        if text.is_none() {
            self.problem(Place::Variable(name), "is not UTF-8 text");
        }
        text
    }

    fn problem(&mut self, place: Place, what: impl Into<String>) {
        self.problems.push(Problem { place, what: what.into() });
    }

    fn in_file(&self, line: Option<usize>) -> Place {
        Place::File { path: self.file.path.clone(), line }
    }

    /// Puts the profile that is asked for over the keys at the top of the file.
    fn profile(&mut self, values: &mut Values) -> Option<Profile> {
        let default = values.line("default_profile").map(|line| self.in_file(Some(line)));
        let default = values.text("default_profile").zip(default);
        let flag = self.flags.service.profile.clone().map(|name| (name, Place::Option("--profile")));
        let mut profiles = values.table("profile").unwrap_or_default();
        let (name, place) = flag.or(default)?;
        let Some(mut own) = profiles.table(&name) else {
            let names = profiles.names();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let what = match names.is_empty() {
                true => format!(
                    "there is no [profile.{}]; {} has none",
                    Shown::new(&name),
                    self.file.path.display()
                ),
                false => checks::unknown("profile", &name, &names, ""),
            };
            self.problem(place, what);
            return None;
        };
        let differing = self.identity_elsewhere(&own);
        let title = own.text("title").unwrap_or_else(|| name.clone());
        let frame = own.text("frame");
        // Half of an account and half of another would be neither.
        for group in [&["project", "token", "jwt_token"][..], &["space", "host"]] {
            if group.iter().any(|key| own.line(key).is_some()) {
                group.iter().for_each(|key| values.remove(key));
            }
        }
        values.overlay(own);
        match differing {
            None => Some(Profile { name, title, frame }),
            Some(variable @ Place::Variable(_)) if matches!(place, Place::Option(_)) => {
                let what = format!(
                    "is another account than that of [profile.{name}]: unset it, or leave out --profile"
                );
                self.problem(variable, what);
                None
            }
            // The console is on another account: it must not look like this one.
            Some(_) => None,
        }
    }

    /// Where an account or an address stands that goes before those of the profile and is another.
    fn identity_elsewhere(&mut self, own: &Values) -> Option<Place> {
        let has = |key: &str| own.peek(key).map(|text| text.trim().to_owned());
        let account = has("project").or_else(|| has("jwt_token"));
        let host = has("host").or_else(|| Some(space_host(&has("space")?)));
        let project =
            self.env(variable::PROJECT).filter(|text| has("project").is_some_and(|own| own != text.trim()));
        let jwt = self
            .env(variable::JWT)
            .filter(|text| account.is_some() && has("jwt_token").is_none_or(|own| own != text.trim()));
        let space = self.env(variable::SPACE).map(|text| space_host(&text));
        let flag = self.flags.service.host.clone();
        let differs =
            |other: Option<String>| other.zip(host.clone()).is_some_and(|(other, own)| other.trim() != own);
        let found = [
            (project.is_some(), Place::Variable(variable::PROJECT)),
            (jwt.is_some(), Place::Variable(variable::JWT)),
            (flag.is_none() && differs(space), Place::Variable(variable::SPACE)),
            (differs(flag), Place::Option("--host")),
        ];
        found.into_iter().find_map(|(differs, place)| differs.then_some(place))
    }

    /// The file goes first here: `$EDITOR` is for every program, the file for this one.
    fn editor(&mut self, values: &mut Values) -> Vec<String> {
        let from_file = values.text("editor");
        let text = from_file.or_else(|| self.env(variable::VISUAL)).or_else(|| self.env(variable::EDITOR));
        // A variable with an open quote is of no use, and no reason not to start.
        text.and_then(|text| shell_words::split(&text).ok()).unwrap_or_default()
    }

    /// A secret and where it was found. White space around it came with copying; inside it is a mistake.
    fn secret(&mut self, name: &'static str, key: &'static str, values: &mut Values) -> Option<Secret> {
        let line = values.line(key);
        let from_file = values.text(key).map(|text| (text, self.in_file(line)));
        let (text, place) = self.env(name).map(|text| (text, Place::Variable(name))).or(from_file)?;
        let text = Secret::new(text);
        let trimmed = text.reveal().trim();
        if trimmed.is_empty() || trimmed.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let subject = if matches!(place, Place::Variable(_)) { "" } else { key };
            self.problem(place, format!("{subject} has white space in it").trim_start());
            return None;
        }
        Some(Secret::new(trimmed))
    }

    /// A JWT wins over project and token, as in the official server SDK, and is sent alone: the project is inside.
    fn credentials(&mut self, values: &mut Values) -> Result<Credentials, Vec<Missing>> {
        let project = self.secret(variable::PROJECT, "project", values);
        let token = self.secret(variable::TOKEN, "token", values);
        if let Some(jwt) = self.secret(variable::JWT, "jwt_token", values) {
            return Ok(Credentials::Jwt { project: None, jwt });
        }
        match (project, token) {
            (Some(project), Some(token)) => Ok(Credentials::Token { project, token }),
            (None, None) => Err(vec![Missing::Project, Missing::Token]),
            (None, Some(_)) => Err(vec![Missing::Project]),
            (Some(_), None) => Err(vec![Missing::Token]),
        }
    }

    fn host(&mut self, values: &mut Values) -> String {
        let (space_line, host_line) = (values.line("space"), values.line("host"));
        let (space, host) = (values.text("space"), values.text("host"));
        let from_file = host
            .map(|host| (host, self.in_file(host_line)))
            .or_else(|| Some((space_host(&space?), self.in_file(space_line))));
        let from_env =
            self.env(variable::SPACE).map(|space| (space_host(&space), Place::Variable(variable::SPACE)));
        let from_flag = self.flags.service.host.clone().map(|host| (host, Place::Option("--host")));
        let given = from_flag.or(from_env).or(from_file);
        let Some((host, place)) = given else { return DEFAULT_HOST.to_owned() };
        let host = host.trim().to_owned();
        // That of the file was checked where it stands.
        if let Err(why) = checks::host(&host)
            && !matches!(place, Place::File { .. })
        {
            self.problem(place, why);
        }
        host
    }

    fn ca_file(&mut self, values: &mut Values) -> Option<PathBuf> {
        let from_file = values.text("ca_file").map(|path| beside(&self.file.path, &path));
        let from_env = self.env(variable::CA_FILE).map(PathBuf::from);
        self.flags.service.ca_file.clone().or(from_env).or(from_file)
    }

    fn contexts(&mut self, values: &mut Values) -> Vec<String> {
        let flags = &self.flags.service.contexts;
        let given = if flags.is_empty() {
            values.texts("contexts").unwrap_or_default()
        } else {
            if flags.iter().any(|name| name.trim().is_empty()) {
                self.problem(Place::Option("--context"), "the name is empty");
            }
            flags.clone()
        };
        let mut contexts: Vec<String> = Vec::new();
        for name in given.iter().map(|name| name.trim()) {
            if !contexts.iter().any(|known| known == name) {
                contexts.push(name.to_owned());
            }
        }
        contexts
    }
}

/// A bare name of a Space becomes its address; anything else stands as it is.
pub(crate) fn space_host(space: &str) -> String {
    let space = space.trim();
    let bare = !space.is_empty() && space.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if bare && space != "localhost" { format!("{space}.signalwire.com") } else { space.to_owned() }
}

#[cfg(test)]
mod tests;
