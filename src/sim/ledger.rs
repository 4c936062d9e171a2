//! What the sim sent and received, for tests to hold a client's own account against.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use super::bulk::Acked;
use super::world::ClientId;

/// An event that was sent, or would have been had the client been there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Microseconds on the world's clock.
    pub at: u64,
    /// The protocol string of the session.
    pub session: Arc<str>,
    /// The client it last went to.
    pub client: Option<ClientId>,
    /// Its frame id; the latest one, when it was sent again under another.
    pub frame_id: String,
    /// Its type.
    pub event_type: Arc<str>,
    /// The call it is about.
    pub call_id: Option<String>,
    /// The operation it is about.
    pub control_id: Option<String>,
    /// State, verdict or result type, whichever the type has.
    pub state: Option<String>,
    /// How often it went out.
    pub sends: u32,
    /// Whether its client is to acknowledge it.
    pub acks_due: bool,
    /// How often it was acknowledged.
    pub acks: u32,
    /// When it was acknowledged first, in microseconds on the world's clock.
    pub acked_at: Option<u64>,
}

/// A command that was received. The same request id on the same session is one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Microseconds on the world's clock, at the first copy.
    pub at: u64,
    /// The protocol string of the session.
    pub session: Arc<str>,
    /// The client it came from first.
    pub client: ClientId,
    /// The request id as it came.
    pub request_id: String,
    /// The method.
    pub method: String,
    /// The call it is for.
    pub call_id: Option<String>,
    /// The operation it is for.
    pub control_id: Option<String>,
    /// How many copies came.
    pub copies: u32,
    /// How many of them were carried out, that is answered (or to be answered) by a 2xx code.
    pub executed: u32,
    /// The code of the last answer that was sent; a JSON-RPC error stands as its number.
    pub code: Option<String>,
}

/// Plain counts; they go on when entries are dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Events made.
    pub events: u64,
    /// Events acknowledged at least once.
    pub acked: u64,
    /// Acknowledgements of events that had been acknowledged before.
    pub acked_again: u64,
    /// Commands received, copies included.
    pub commands: u64,
    /// Texts that were no frames.
    pub bad_frames: u64,
    /// Answers to nothing we asked.
    pub stray_answers: u64,
    /// Connections that came.
    pub clients: u64,
    /// Logins granted.
    pub logins: u64,
    /// Of these, sessions picked up again.
    pub resumed: u64,
    /// Logins refused.
    pub refused_logins: u64,
    /// Entries no longer kept.
    pub dropped: u64,
}

impl Counts {
    pub(super) const fn acked(&mut self, acked: Acked) {
        match acked {
            Acked::First => self.acked += 1,
            Acked::Again => self.acked_again += 1,
        }
    }
}

/// The whole account.
#[derive(Debug, Clone)]
pub struct Ledger {
    keep: usize,
    sent: VecDeque<Sent>,
    received: VecDeque<Received>,
    sent_dropped: u64,
    received_dropped: u64,
    /// Plain counts.
    pub counts: Counts,
}

impl Ledger {
    /// An empty ledger that keeps so many entries of either kind.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            sent: VecDeque::new(),
            received: VecDeque::new(),
            sent_dropped: 0,
            received_dropped: 0,
            counts: Counts::default(),
        }
    }

    /// Events, oldest first.
    pub fn sent(&self) -> impl DoubleEndedIterator<Item = &Sent> {
        self.sent.iter()
    }

    /// Commands, oldest first.
    pub fn received(&self) -> impl DoubleEndedIterator<Item = &Received> {
        self.received.iter()
    }

    /// How often a command with this control id was executed, by method.
    #[must_use]
    pub fn executions(&self, method: &str, control_id: &str) -> u32 {
        let meant =
            |entry: &&Received| entry.method == method && entry.control_id.as_deref() == Some(control_id);
        self.received.iter().filter(meant).map(|entry| entry.executed).sum()
    }

    /// Events that went out and were never acknowledged, though they should have been.
    pub fn unacked(&self) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(|entry| entry.sends > 0 && entry.acks == 0 && entry.acks_due)
    }

    pub(super) fn enter_sent(&mut self, entry: Sent) -> u64 {
        self.counts.events += 1;
        self.sent.push_back(entry);
        while self.sent.len() > self.keep {
            self.sent.pop_front();
            self.sent_dropped += 1;
            self.counts.dropped += 1;
        }
        self.sent_dropped + self.sent.len() as u64 - 1
    }

    pub(super) fn enter_received(&mut self, entry: Received) -> u64 {
        self.counts.commands += 1;
        let same = |old: &Received| old.request_id == entry.request_id && old.session == entry.session;
        // Only a client that repeats itself soon is found; a search of everything would cost too much.
        if let Some(back) = self.received.iter().rev().take(4_096).position(same) {
            let index = self.received.len() - 1 - back;
            if let Some(old) = self.received.get_mut(index) {
                old.copies += 1;
            }
            return self.received_dropped + index as u64;
        }
        self.received.push_back(entry);
        while self.received.len() > self.keep {
            self.received.pop_front();
            self.received_dropped += 1;
            self.counts.dropped += 1;
        }
        self.received_dropped + self.received.len() as u64 - 1
    }

    pub(super) fn sent_entry(&mut self, number: u64) -> Option<&mut Sent> {
        let index = usize::try_from(number.checked_sub(self.sent_dropped)?).ok()?;
        self.sent.get_mut(index)
    }

    pub(super) fn received_entry(&mut self, number: u64) -> Option<&mut Received> {
        let index = usize::try_from(number.checked_sub(self.received_dropped)?).ok()?;
        self.received.get_mut(index)
    }

    /// An event with an entry of this number was acknowledged.
    pub(super) fn acked(&mut self, number: u64, acked: Acked, at: u64) {
        if let Some(entry) = self.sent_entry(number) {
            entry.acks += 1;
            entry.acked_at.get_or_insert(at);
        }
        self.counts.acked(acked);
    }

    /// The account as JSON lines: one `event` or `command` each, oldest first, and a `counts` line at the end.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        #[derive(Serialize)]
        #[serde(tag = "kind", rename_all = "lowercase")]
        enum Line<'a> {
            Event(&'a Sent),
            Command(&'a Received),
            Counts(&'a Counts),
        }
        let mut lines: Vec<(u64, Line<'_>)> =
            self.sent.iter().map(|entry| (entry.at, Line::Event(entry))).collect();
        lines.extend(self.received.iter().map(|entry| (entry.at, Line::Command(entry))));
        lines.sort_by_key(|(at, _)| *at);
        lines.push((u64::MAX, Line::Counts(&self.counts)));
        let texts = lines.iter().filter_map(|(_, line)| serde_json::to_string(line).ok());
        texts.fold(String::new(), |mut all, text| {
            all.push_str(&text);
            all.push('\n');
            all
        })
    }
}
