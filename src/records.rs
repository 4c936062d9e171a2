//! What is kept of what happens: the journal and the audit log, opened before a client connects and read when it begins.

use std::io;
use std::path::{Path, PathBuf};

use crate::audit::{self, Origin, Scribe};
use crate::calling::{Client, Connection, Host};
use crate::client::Credentials;
use crate::config::Settings;
use crate::journal::{Bounds, Journal, Reader};
use crate::model::Run;
use crate::protocol::{Secret, Shown};

/// Records of an earlier run that are brought back, the latest.
pub const RESTORED: u64 = 1_000_000;

/// The records of one run, open for writing.
#[derive(Debug)]
pub struct Records {
    journal: Option<Journal>,
    scribe: Option<Scribe>,
    beginning: Beginning,
    /// What was not as it should be when they were opened.
    pub news: Vec<Shown>,
}

/// How a run begins.
#[derive(Debug)]
struct Beginning {
    folder: Option<PathBuf>,
    run: Run,
}

impl Records {
    /// Keeps nothing. The title is what the header calls the connection.
    #[must_use]
    pub fn none(person: &str, title: Shown) -> Self {
        let run = Run {
            version: env!("CARGO_PKG_VERSION").into(),
            process: std::process::id(),
            person: Shown::new(person),
            title,
            unread: 0,
        };
        Self { journal: None, scribe: None, beginning: Beginning { folder: None, run }, news: Vec::new() }
    }

    /// Keeps everything that happens in this folder, and nothing else.
    ///
    /// # Errors
    /// When another program writes there, or the disk or the database say no.
    pub fn in_folder(folder: &Path, bounds: Bounds, title: Shown) -> io::Result<Self> {
        let journal = Journal::keep(Some((folder, bounds)), None).map_err(io::Error::other)?;
        let run = Self::none("", title).beginning.run;
        let beginning = Beginning { folder: Some(folder.to_owned()), run };
        Ok(Self { journal: Some(journal), scribe: None, beginning, news: Vec::new() })
    }

    /// Opens what the settings name.
    ///
    /// # Errors
    /// When another program writes to the same folders, or the disk or the database say no.
    pub fn open(settings: &Settings, title: Shown) -> io::Result<Self> {
        let nothing = Self::none(&settings.person, title);
        let audit = settings.audit.as_deref().map(audit::Log::open);
        let audit = audit.transpose().map_err(io::Error::other)?;
        let folder = settings.journal.clone();
        if audit.is_none() && folder.is_none() {
            return Ok(nothing);
        }
        let news = audit.as_ref().map(|log| log.news.clone()).unwrap_or_default();
        let scribe = audit.is_some().then(|| scribe(settings));
        let journal = folder.as_deref().map(|folder| (folder, settings.journal_bounds));
        let journal = Journal::keep(journal, audit).map_err(io::Error::other)?;
        let beginning = Beginning { folder, run: nothing.beginning.run };
        Ok(Self { journal: Some(journal), scribe, beginning, news })
    }

    /// The folder of the journal.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.beginning.folder.as_deref()
    }

    /// A client that keeps them. It connects by itself once it knows what the last run knew; `listen` is called before.
    /// Must be called within a tokio runtime.
    pub fn connect<T>(self, connection: Connection, listen: impl FnOnce(&Client) -> T) -> (Client, T) {
        let Self { journal, scribe, beginning, .. } = self;
        let kept = journal.is_some();
        let client = match connection {
            Connection::Service(config) => Client::offline(config, journal),
            // The hub keeps them.
            Connection::Hub { place, watch } => Client::attached(place, watch),
        };
        scribe.into_iter().for_each(|scribe| client.audit_by(scribe));
        let listening = listen(&client);
        if !kept {
            // Nothing is there to begin with, and what is asked for from here on counts.
            client.reconnect();
            return (client, listening);
        }
        tokio::task::spawn_blocking({
            let client = client.clone();
            move || beginning.go_on(&client)
        });
        (client, listening)
    }
}

impl Records {
    /// A client that keeps them and has no connection of its own, with everything that the last run knew. `listen` is
    /// called before that is read.
    pub async fn host(self, listen: impl FnOnce(&Client)) -> (Client, Host) {
        let Self { journal, scribe, beginning, .. } = self;
        let kept = journal.is_some();
        let (client, host) = Client::hosting(journal);
        scribe.into_iter().for_each(|scribe| client.audit_by(scribe));
        listen(&client);
        if kept {
            let reading = client.clone();
            // Were it to panic, nothing would be known, and all that follows would be refused.
            let _ = tokio::task::spawn_blocking(move || beginning.go_on(&reading)).await;
        }
        (client, host)
    }
}

impl Beginning {
    /// Brings back what an earlier run knew, then connects.
    fn go_on(mut self, client: &Client) {
        let reader = self.folder.as_deref().map(Reader::open).transpose().unwrap_or_else(|error| {
            tracing::error!(%error, "the journal cannot be read");
            // How many they are is not known; that there are any is said on the board.
            self.run.unread = 1;
            None
        });
        let unread = client.begin(reader.as_ref(), RESTORED, self.run);
        if let Some(why) = unread.why {
            tracing::error!(records = unread.records, why, "records of the journal cannot be read");
        }
        client.reconnect();
    }
}

/// Who writes the audit log of this run.
fn scribe(settings: &Settings) -> Scribe {
    let profile = settings.profile.as_ref().map_or(&*settings.host, |profile| &profile.name);
    let project = settings.credentials.as_ref().ok().and_then(Credentials::project);
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let person = Shown::new(&settings.person);
    let origin = Origin::here(&person, profile, project.map(Secret::reveal), &env);
    Scribe::new(origin, settings.audit_params, settings.mask)
}
