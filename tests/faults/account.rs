//! What went over the wire, as the switch's side saw it: events and their acknowledgements, requests, connections.

use std::collections::HashMap;
use std::time::Duration;

use callboard::sim::ClientId;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// An event frame that was handed to a connection. Whether it arrived, only its acknowledgement tells.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its frame id, as JSON.
    pub id: String,
    /// Its `params`: the same event sent twice has the same.
    pub content: String,
    /// How often this frame was sent.
    pub copies: u32,
    /// How often this frame was acknowledged.
    pub acks: u32,
}

/// A request of the client.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The whole frame; of Blade, without the envelope of what is executed.
    pub frame: Value,
}

/// A request by itself.
fn bare(mut frame: Value) -> Value {
    if frame["method"] == "blade.execute" {
        let mut executed = frame["params"].take();
        (frame["method"], frame["params"]) = (executed["method"].take(), executed["params"].take());
    }
    frame
}

impl Asked {
    /// Its method.
    pub fn method(&self) -> &str {
        self.frame["method"].as_str().unwrap_or_default()
    }

    /// A text among its params.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.frame["params"][name].as_str()
    }
}

/// The parts of an event frame, as they stand in it.
#[derive(Deserialize)]
pub struct Frame<'a> {
    method: &'a str,
    /// Its id.
    #[serde(borrow)]
    pub id: &'a RawValue,
    /// What it says.
    #[serde(borrow)]
    pub params: &'a RawValue,
}

impl<'a> Frame<'a> {
    /// The event frame that a text is, if it has an id.
    pub fn event(text: &'a str) -> Option<Self> {
        let frame = serde_json::from_str(text).ok();
        let is_event = |method: &str| matches!(method, "signalwire.event" | "blade.broadcast");
        frame.filter(|frame: &Self| is_event(frame.method) && frame.id.get() != "null")
    }
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Account {
    /// Events, in the order of sending.
    pub sent: Vec<Sent>,
    /// Requests, in the order of arrival.
    pub asked: Vec<Asked>,
    /// Sockets that were asked for, and when.
    pub opens: Vec<Duration>,
    /// Connections that came, and when.
    pub connections: Vec<Duration>,
    /// Answers to pings that a test sent as `flood-…`.
    pub pongs: usize,
    by_frame: HashMap<(ClientId, String), usize>,
}

impl Account {
    /// A text for the client.
    pub fn goes(&mut self, client: ClientId, text: &str) {
        let Some(Frame { id, params, .. }) = Frame::event(text) else { return };
        let (id, content) = (id.get().to_owned(), params.get().to_owned());
        let index = *self.by_frame.entry((client, id.clone())).or_insert(self.sent.len());
        match self.sent.get_mut(index) {
            Some(sent) if sent.content == content => sent.copies += 1,
            _ => {
                self.by_frame.insert((client, id.clone()), self.sent.len());
                self.sent.push(Sent { id, content, copies: 1, acks: 0 });
            }
        }
    }

    /// A text from the client.
    pub fn came(&mut self, client: ClientId, text: &str) {
        let frame: Value = serde_json::from_str(text).expect("the client sends JSON");
        if frame["method"].is_string() {
            self.asked.push(Asked { frame: bare(frame) });
        } else if let Some(index) = self.by_frame.get(&(client, frame["id"].to_string())) {
            self.sent[*index].acks += 1;
        } else if frame["id"].as_str().is_some_and(|id| id.starts_with("flood-")) {
            self.pongs += 1;
        }
    }

    /// How often a method was asked for.
    pub fn count(&self, method: &str) -> usize {
        self.asked.iter().filter(|asked| asked.method() == method).count()
    }

    /// The newest request of a method.
    #[track_caller]
    pub fn last(&self, method: &str) -> &Asked {
        let newest = self.asked.iter().rev().find(|asked| asked.method() == method);
        newest.unwrap_or_else(|| panic!("no {method} came"))
    }

    /// The content of a frame.
    pub fn content(&self, id: &str) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(move |sent| sent.id == id)
    }
}
