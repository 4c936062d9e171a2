//! Everything that can change what is known, in one order: what a journal holds, and all that a model follows from.

use super::entry::Draft;
use super::{Call, Command, Family, Model, ServerClock, Tone};
use crate::client::{By, ClientEvent, LinkState, Outcome};
use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// One thing that happened to a model.
#[derive(Debug, Clone)]
pub enum Occurrence {
    /// The program began. What an earlier run of it left open is not known any more.
    Started(Run),
    /// The connection reported something.
    Reported(ClientEvent),
    /// A command was submitted.
    Submitted(Command),
    /// Ended calls were forgotten because somebody asked for it.
    Cleared,
    /// A person wrote a note on a call.
    Noted {
        /// The call.
        call: CallId,
        /// What the note says.
        text: Shown,
        /// Who wrote it.
        by: By,
    },
    /// So many occurrences could not be kept. None of them was acknowledged.
    Lost(u64),
}

/// One run of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Version of callboard.
    pub version: Shown,
    /// Number of the process.
    pub process: u32,
    /// Who is at the console; may be empty.
    pub person: Shown,
    /// What the header calls the connection.
    pub title: Shown,
    /// Records of earlier runs that could not be read when it began.
    pub unread: u64,
}

impl Model {
    /// Takes one thing that happened. What is known is a function of the sequence of these alone; holding calls
    /// ([`Model::pin`]) only delays forgetting them.
    pub fn take(&mut self, occurrence: &Occurrence, now: Now) {
        match occurrence {
            Occurrence::Started(run) => self.started(run, now),
            Occurrence::Reported(event) => self.apply(event, now),
            Occurrence::Submitted(command) => self.submit(command.clone()),
            Occurrence::Cleared => {
                self.clear_ended();
            }
            Occurrence::Noted { call, text, by } => self.noted(call, text, by, now),
            Occurrence::Lost(count) => {
                let text = format!("{count} records are not in the journal: it could not be written");
                let draft = Draft::about_link(Family::Fault, Tone::Bad, "lost".into(), Shown::new(&text));
                self.enter(draft, now, None);
            }
        }
        self.latest = now;
    }

    /// Nothing that an earlier run waited for will come to this one. It heard nothing after its last record, and its
    /// clocks are not those of this one.
    fn started(&mut self, run: &Run, now: Now) {
        self.clock = ServerClock::default();
        self.calls.values_mut().for_each(Call::clock_forgotten);
        let in_gap = self.gaps.back().is_some_and(|gap| gap.until.is_none());
        if !in_gap && self.stats.heard.is_some() {
            self.gap_begins(self.latest);
            self.link = LinkState::Idle;
        }
        let open = self.acts.iter().filter(|act| act.ending.is_none()).map(|act| act.ticket);
        for ticket in open.collect::<Vec<_>>() {
            let outcome = Outcome::Unknown("the program ended before the answer came".into());
            self.apply(&ClientEvent::Outcome { ticket, outcome, round_trip: None }, now);
        }
        self.commands.clear();
        self.applications_left();
        if run.unread > 0 {
            let text = Shown::new(&format!(
                "at least {} of the records in the journal could not be read",
                run.unread
            ));
            self.enter(Draft::about_link(Family::Fault, Tone::Bad, "unread".into(), text), now, None);
        }
        if !self.entries.is_empty() {
            let text = Shown::new(&format!("callboard {} began anew", run.version));
            self.enter(Draft::about_link(Family::Link, Tone::Faint, "start".into(), text), now, None);
            self.apply(&ClientEvent::Link(LinkState::Idle), now);
        }
    }
}
