//! What a hub and a console say to each other, as a page with an example of each message. The examples are made from the
//! messages themselves.

use std::time::Duration;

use serde_json::json;

use super::message::{AskBody, PROTOCOL, Record, ToConsole, ToHub, Welcome, WhyBody};
use crate::catalog::Control;
use crate::journal::coding;
use crate::model::Occurrence;
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::Now;

/// How to begin.
const HEAD: &str = "\
One JSON object a line, named by its only key, over the hub's unix socket, or over TLS with a client certificate.
The console says `hello`; the hub says `welcome` or `refused`. Then it tells what is known as `record`s, says `current`
when that was all, and goes on with every record as it happens. Fields that one side does not know are passed over.
A console says `ping` every few seconds: one that is silent for a minute is gone.

A `record` has the same `kind` and `body` as a record of a journal: `event` and `repeat` (the frame as it came; repeat: it
came before), `command`, `outcome`, `note`, `application`, `owner` (whose the call is: the number of an application),
`presence`. Moments, `at_us`, are microseconds by the hub's clock: only differences of them, such as to `now_us`, mean
something. What the person may not see is left out or hidden.

A `ticket` names a command until its `outcome` is told: within the range of `welcome`, upwards, each once. It is never
sent twice; after a lost connection the records tell what became of it. The `id` of an operation begins with `hub-`.
";

/// The page.
#[must_use]
pub fn text() -> String {
    let mut text = format!("The protocol between a hub and its consoles, version {PROTOCOL}\n\n{HEAD}");
    let mut section = |title: &str, lines: Vec<(&str, String)>| {
        text.push_str(&format!("\n{title}\n"));
        for (about, line) in lines {
            text.push_str(&format!("\n  {about}\n    {}\n", line.trim_end()));
        }
    };
    let said = to_hub().into_iter().map(|(about, message)| (about, message.line()));
    section("A console says", said.collect());
    let said = to_console().into_iter().map(|(about, message)| (about, message.line()));
    section("A hub says", said.collect());
    text
}

fn call() -> CallId {
    CallId::from("2b264927-129d-4108-ab95-0e565f65d63c")
}

/// Every message of a console.
fn to_hub() -> Vec<(&'static str, ToHub)> {
    let id = ControlId::from("hub-4c294898-c2ab-47c1-a089-673a1326b072");
    let values = json!({ "text": "One moment, please." }).as_object().cloned().unwrap_or_default();
    let invoke =
        AskBody::Invoke { method: "play_tts".to_owned(), values, call: Some(call()), id: id.clone() };
    let control = AskBody::Control {
        call: call(),
        control_id: id,
        control: Control::Volume,
        volume: Some(-6.0),
        behavior: None,
    };
    let why = |reason: &str| WhyBody { reason: reason.into(), consent: "none".to_owned(), bulk: None };
    vec![
        (
            "The first line. With `watch` the hub takes no act from it.",
            ToHub::Hello { protocol: PROTOCOL, agent: "my-script 1.0".into(), watch: false },
        ),
        (
            "A method of the catalogue (`callboard methods`); without `call` for a dial.",
            ToHub::Submit { ticket: 1_048_577, ask: invoke, why: why("the caller waits") },
        ),
        (
            "A control of what runs: stop, pause, resume, volume (dB), start_input_timers.",
            ToHub::Submit { ticket: 1_048_578, ask: control, why: why("") },
        ),
        ("A note on a call.", ToHub::Note { call: call(), text: "wants a refund".into() }),
        ("The call that is looked at; null for none.", ToHub::Look { call: Some(call()) }),
        ("The call is mine to care for, or no longer.", ToHub::Claim { call: call(), on: true }),
        ("Is the hub there?", ToHub::Ping { number: 7 }),
    ]
}

/// Every message of a hub.
fn to_console() -> Vec<(&'static str, ToConsole)> {
    let welcome = Welcome {
        protocol: PROTOCOL,
        agent: concat!("callboard ", env!("CARGO_PKG_VERSION")).into(),
        instance: "9f2c64d01b7a3e58".to_owned(),
        console: 3,
        tickets: (1_048_576, 1_048_576),
        person: "raj".into(),
        role: "act".into(),
        rights: vec!["see".into(), "play".into()],
        bulk_limit: Some(25),
        now_us: 81_000_000,
        upstream: "relay.signalwire.com".into(),
    };
    vec![
        (
            "Who one is to the hub, the first ticket and how many there are, and what one may do.",
            ToConsole::Welcome(Box::new(welcome)),
        ),
        (
            "Not attached, or no longer. The last line.",
            ToConsole::Refused { why: "100 consoles are attached already; close one".into(), again: true },
        ),
        ("Something that happened; here a note.", ToConsole::Record(record())),
        ("All that was known has been told.", ToConsole::Current),
        (
            "A note, a look or a claim was not taken. What became of a command comes as its `outcome`.",
            ToConsole::Denied { why: "needs the right `claim`, which role watch does not have".into() },
        ),
        (
            "The answer to `ping`, with the delay of what passes the hub, in microseconds.",
            ToConsole::Pong { number: 7, delay_p50_us: Some(84), delay_p99_us: Some(410) },
        ),
    ]
}

/// A note, as the hub tells it.
fn record() -> Record {
    let now = Now::simulated(Duration::from_secs(80));
    let noted = Occurrence::Noted { call: call(), text: "wants a refund".into(), by: Default::default() };
    let coded = coding::encode(&noted, now);
    let (kind, body) = (Shown::word(coded.kind), Record::body_of(&coded.body));
    Record { seq: 1_207, at_us: now.at.as_micros(), kind, call: coded.call, body }
}

#[cfg(test)]
mod tests {
    use super::super::message::read;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_message_is_on_the_page_and_reads_back() {
        let page = text();
        let mut names = BTreeSet::new();
        for line in page.lines().filter(|line| line.starts_with("    ")) {
            let line = line.trim();
            match (read::<ToHub>(line), read::<ToConsole>(line)) {
                (Ok(message), _) => assert_eq!(message.line().trim_end(), line),
                (_, Ok(message)) => assert_eq!(message.line().trim_end(), line),
                (Err(why), Err(_)) => panic!("{line}: {why}"),
            }
            let name = line.trim_matches(|c: char| !c.is_ascii_alphabetic());
            names.insert(name.split('"').next().unwrap().to_owned());
        }
        let wanted = [
            "hello", "submit", "note", "look", "claim", "ping", "welcome", "refused", "record", "current",
            "denied", "pong",
        ];
        assert_eq!(names, wanted.into_iter().map(str::to_owned).collect::<BTreeSet<_>>());
    }

    /// A message that is added has to be put on the page, too: this no longer compiles then.
    #[test]
    fn no_message_is_left_out() {
        for (_, message) in to_hub() {
            match message {
                ToHub::Hello { .. }
                | ToHub::Submit { .. }
                | ToHub::Note { .. }
                | ToHub::Look { .. }
                | ToHub::Claim { .. }
                | ToHub::Ping { .. } => {}
            }
        }
        assert_eq!(to_console().len(), 6);
    }
}
