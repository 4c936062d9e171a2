//! What holds for any input, for the fuzzer and for the test that tries its corpus.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use callboard::client::session::{Input, Output, Session, SessionConfig, limit};
use callboard::client::{ClientEvent, Credentials, LinkState, Outcome, Submission, Ticket};
use callboard::config::keep::Kept;
use callboard::config::{self, File, Flags};
use callboard::filter::{Filter, Subject};
use callboard::model::Model;
use callboard::protocol::id::IdSource;
use callboard::protocol::{Dialect, Secret, Shown};
use callboard::time::{At, Now};
use serde_json::{Value, json};

const TOKEN: &str = "PT-canary-0123456789";

/// One frame costs at most itself, and the model stays sound.
pub fn frame(bytes: &[u8]) {
    for dialect in Dialect::ALL {
        let mut life = Life::speaking(dialect);
        life.step("open");
        life.step("login 1");
        assert!(life.session.link().is_up());
        life.feed(Input::Text(&String::from_utf8_lossy(bytes)));
        assert!(matches!(life.session.link(), LinkState::Up { .. } | LinkState::Draining));
        life.check();
    }
}

/// Whatever happens in whatever order: one outcome for each command, at most one late one, and a sound model.
pub fn sequence(bytes: &[u8]) {
    for dialect in Dialect::ALL {
        let mut life = Life::speaking(dialect);
        String::from_utf8_lossy(bytes).lines().take(200).for_each(|line| life.step(line));
        life.feed(Input::Shutdown { unsent: Vec::new() });
        life.check();
        assert_eq!(life.outcomes.len() as u64, life.tickets, "every command has an outcome in the end");
    }
}

/// What is shown hides nothing, is bounded, and stays as it is.
pub fn shown(bytes: &[u8]) {
    let shown = Shown::new(&String::from_utf8_lossy(bytes));
    let hides = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
    };
    assert!(!shown.as_str().contains(hides));
    assert!(shown.as_str().chars().count() <= 5 * Shown::MAX_COLUMNS);
    assert_eq!(Shown::new(shown.as_str()), shown);
}

/// Any configuration is taken or refused with words, and none of the words is a secret of it.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = Kept::parse(&text);
    let marked = format!("token = \"{TOKEN}\"\n{text}");
    for text in [&*text, &*marked] {
        let file = File { path: "config.toml".into(), text: Some(Secret::new(text)), mode: 0o100_600 };
        let _settings = match config::resolve(&file, &|_| None, &Flags::default()) {
            Ok(settings) => settings,
            Err(problems) => {
                assert!(!problems.is_empty());
                let said = problems.iter().map(ToString::to_string).collect::<String>();
                assert!(!said.contains(TOKEN) || text.matches(TOKEN).count() > 1, "{said}");
                continue;
            }
        };
    }
}

/// Any text is a filter or names the part of it that is wrong; a filter is read again as it is written.
pub fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = [
        Filter::parse(&text),
        Filter::parse_about(&text, Subject::Call),
        Filter::parse_about(&text, Subject::Floor),
    ];
    for filter in parsed {
        match filter {
            Ok(filter) => assert!(
                Filter::parse(filter.text()).is_ok() || filter.text().is_empty(),
                "{:?}",
                filter.text()
            ),
            Err(error) => assert!(text.get(error.at.clone()).is_some(), "{text:?} {:?}", error.at),
        }
    }
}

/// A connection and what is known through it.
struct Life {
    dialect: Dialect,
    session: Session,
    model: Model,
    at: Duration,
    tickets: u64,
    /// Ids of the requests that were sent.
    asked: Vec<String>,
    outcomes: HashMap<Ticket, Vec<Outcome>>,
}

impl Life {
    fn speaking(dialect: Dialect) -> Self {
        let credentials = Credentials::Token { project: Secret::new("project-1"), token: Secret::new(TOKEN) };
        let config = SessionConfig {
            dialect,
            credentials,
            contexts: vec![],
            ids: IdSource::seeded(1),
            jitter_seed: 1,
        };
        Self {
            dialect,
            session: Session::new(config),
            model: Model::default(),
            at: Duration::ZERO,
            tickets: 0,
            asked: Vec::new(),
            outcomes: HashMap::new(),
        }
    }
}

impl Life {
    fn step(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let word = words.next();
        let number = words.next().and_then(|word| word.parse::<u16>().ok()).unwrap_or_default();
        match word {
            Some("open") => {
                self.feed(Input::Connect);
                self.feed(Input::Opened);
            }
            Some("login") => {
                // Blade has three steps, of which each takes what it finds in this.
                let protocol = format!("signalwire_{number}");
                let result =
                    json!({"protocol": protocol, "sessionid": "s", "result": {"protocol": protocol}});
                for _ in 0..if self.dialect == Dialect::Blade { 3 } else { 1 } {
                    let id = self.asked.last().cloned().unwrap_or_default();
                    self.feed(Input::Text(&json!({"id": id, "result": result}).to_string()));
                }
            }
            Some("lose") => self.feed(Input::Closed { why: "lost".into(), unsent: Vec::new() }),
            Some("wait") => self.wait(Duration::from_secs(u64::from(number.min(100)))),
            Some("command") => {
                self.tickets += 1;
                let params =
                    json!({"call_id": "c", "node_id": "n", "control_id": format!("k{}", self.tickets)});
                let ticket = Ticket(self.tickets);
                self.feed(Input::Submit(Submission {
                    ticket,
                    rpc: Arc::from("calling.play"),
                    params: params.into(),
                    via: None,
                }));
            }
            Some("answer") => {
                let Some(id) = self.asked.iter().rev().nth(number.into()).cloned() else { return };
                let code = words.next().unwrap_or("200").to_owned();
                let result = json!({"code": code, "result": {"code": code}});
                self.feed(Input::Text(&json!({"id": id, "result": result}).to_string()));
            }
            _ => self.feed(Input::Text(line)),
        }
        self.check();
    }

    fn wait(&mut self, span: Duration) {
        let end = self.at + span;
        for _ in 0..10_000 {
            let Some(at) = self.session.wake_at().filter(|at| *at <= Now::simulated(end).at) else {
                self.at = end;
                return;
            };
            self.at = self.at.max(at.since(At::START));
            self.feed(Input::Wake);
        }
        panic!("it wakes for nothing, again and again");
    }

    fn feed(&mut self, input: Input<'_>) {
        let (now, mut outputs) = (Now::simulated(self.at), Vec::new());
        self.session.handle(input, now, &mut outputs);
        for output in outputs {
            match output {
                Output::Event(event) => {
                    if let ClientEvent::Outcome { ticket, outcome, .. } = &event {
                        self.outcomes.entry(*ticket).or_default().push(outcome.clone());
                    }
                    self.model.apply(&event, now);
                }
                Output::Send { text, request } => {
                    let frame: Value = serde_json::from_str(&text).expect("what we send is JSON");
                    if request.is_some() {
                        self.asked.extend(frame["id"].as_str().map(str::to_owned));
                    }
                }
                Output::Close { why } => self.feed(Input::Closed { why, unsent: Vec::new() }),
                Output::Acknowledge(text) => {
                    serde_json::from_str::<Value>(&text).expect("what we send is JSON");
                }
                Output::Open => {}
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.model.calls().filter(|call| call.is_live()).count(), self.model.live());
        let owed = self.tickets - self.outcomes.len() as u64;
        assert!(owed <= limit::IN_FLIGHT as u64, "{owed} commands in flight");
        for outcomes in self.outcomes.values() {
            assert!(
                matches!(
                    outcomes[..],
                    [_] | [Outcome::Unknown(_), Outcome::Done(_) | Outcome::Refused { .. }]
                ),
                "{outcomes:?}"
            );
        }
    }
}
