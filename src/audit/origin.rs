//! Who acts, from where, on which account: what every record of one run has in common.

use serde::{Deserialize, Serialize};

use super::chain::Hash;
use crate::client::Person;
use crate::protocol::Shown;

/// Who acts, from where, on which account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The person, as the configuration or the login says.
    pub who: String,
    /// What that person may do. Whoever has a console on an account of their own may do everything.
    pub role: String,
    /// One run of the console.
    pub session: String,
    /// The machine.
    pub host: String,
    /// The machine from which somebody is logged in over SSH; empty at the machine itself.
    pub from: String,
    /// The profile of the configuration, or the host of the service.
    pub profile: String,
    /// A hash of the project id: tells accounts apart and is none.
    pub project: String,
    /// By which way acts reach the service.
    pub path: String,
}

impl Origin {
    /// This run on this machine. `env` looks up an environment variable.
    #[must_use]
    pub fn here(
        who: &Shown,
        profile: &str,
        project: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        // Linux says it in the first place; elsewhere a shell may.
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| env("HOSTNAME"));
        let ssh = env("SSH_CONNECTION").or_else(|| env("SSH_CLIENT")).unwrap_or_default();
        let text = |text: &str| Shown::new(text.trim()).to_string();
        Self {
            who: who.to_string(),
            role: "admin".into(),
            session: format!("{:08x}", fastrand::u32(..)),
            host: text(&host.unwrap_or_default()),
            from: text(ssh.split(' ').next().unwrap_or_default()),
            profile: text(profile),
            project: project.map(|project| Hash::of(project).brief()).unwrap_or_default(),
            path: "own".into(),
        }
    }

    /// Somebody at a console of this hub.
    #[must_use]
    pub fn of(&self, person: &Person) -> Self {
        Self {
            who: person.name.to_string(),
            role: person.role.to_string(),
            session: format!("{}/{}", self.session, person.console),
            from: person.from.to_string(),
            path: "hub".into(),
            ..self.clone()
        }
    }
}
