//! The pure core: file, environment and flags to settings, or everything that is wrong with them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::{self, Values};
use super::{DEFAULT_HOST, File, Flags, Missing, Place, Problem, Settings, variable};
use crate::cli::LogLevel;
use crate::client::{Credentials, Endpoint};
use crate::protocol::Secret;

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
    let mut problems = Vec::new();
    let mut values = file::read(file, &mut problems);
    let mut layers = Layers { file, env, flags, problems };
    let credentials = layers.credentials(&mut values);
    let host = layers.host(&mut values);
    let ca_file = layers.ca_file(&mut values);
    let contexts = layers.contexts(&mut values);
    let log_level = layers.log_level(&mut values);
    let color = values.flag("color").unwrap_or(true) && layers.env(variable::NO_COLOR).is_none();
    if !layers.problems.is_empty() {
        return Err(layers.problems);
    }
    let log = values.text("log").map(|path| beside(&file.path, &path));
    Ok(Settings {
        credentials,
        host,
        ca_file,
        contexts,
        theme: flags.look.theme.clone().or_else(|| values.text("theme")),
        ascii: flags.look.ascii || values.flag("ascii").unwrap_or(false),
        color: color && !flags.look.no_color,

        undo: Duration::from_secs(values.whole("undo_seconds").unwrap_or(3)),
        keep_ended: Duration::from_secs(60 * values.whole("keep_ended_minutes").unwrap_or(5)),
        log: flags.service.log.clone().or(log),
        log_level,
        file: file.path.clone(),
    })
}

/// A relative path in the file is relative to the file.
fn beside(file: &Path, path: &str) -> PathBuf {
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
        if space.is_some() && host.is_some() {
            let place = self.in_file(host_line.max(space_line));
            self.problem(place, "`space` and `host` say the same thing; keep one of them");
        }
        let from_file = host
            .map(|host| (host, self.in_file(host_line)))
            .or_else(|| Some((space_host(&space?), self.in_file(space_line))));
        let from_env =
            self.env(variable::SPACE).map(|space| (space_host(&space), Place::Variable(variable::SPACE)));
        let from_flag = self.flags.service.host.clone().map(|host| (host, Place::Option("--host")));
        let given = from_flag.or(from_env).or(from_file);
        let Some((host, place)) = given else { return DEFAULT_HOST.to_owned() };
        let host = host.trim().to_owned();
        // Without a CA file this looks at nothing but the text.
        if let Err(error) = Endpoint::new(&host, None) {
            self.problem(place, error.to_string());
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

    fn log_level(&mut self, values: &mut Values) -> LogLevel {
        let line = values.line("log_level");
        let from_file = values.text("log_level").and_then(|name| {
            let level = LogLevel::named(&name);
            if level.is_none() {
                let place = self.in_file(line);
                self.problem(place, "log_level is not one of error, warn, info, debug, trace");
            }
            level
        });
        self.flags.service.log_level.or(from_file).unwrap_or_default()
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
