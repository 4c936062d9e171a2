//! Applications that mean harm, as the observer sees them: they gain nothing over others, and take bounded room.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use callboard::client::{ClientEvent, Outcome, Submission, Ticket};
use callboard::hub::floor::{Floor, Output};
use callboard::hub::tickets::{Ranges, Tickets};
use callboard::hub::{Ended, Mark, PipeId, Seen, Side};
use callboard::model::{Command, Model, Occurrence};
use callboard::time::{At, Clock, Now, Wall};
use serde_json::{Value, json};

/// The understanding part of a hub, and what it understood.
struct Watch {
    floor: Floor,
    mark: Mark,
    model: Model,
    now: Now,
    injected: Vec<String>,
    submitted: Vec<Command>,
    outcomes: HashMap<Ticket, Vec<Outcome>>,
}

const ONE: PipeId = PipeId(1);

impl Watch {
    fn new() -> Self {
        let (mark, now) = (Mark::random().unwrap(), Now { at: At::START, wall: Wall(1_795_000_000_000_000) });
        let floor =
            Floor::new(mark.clone(), Tickets::new(Ranges::new(now.wall, Ticket(0))), Vec::new(), 0x1234_abcd);
        let (model, injected, submitted) = (Model::default(), Vec::new(), Vec::new());
        let mut watch = Self { floor, mark, model, now, injected, submitted, outcomes: HashMap::new() };
        watch.see(Seen::Opened { pipe: ONE, peer: "127.0.0.1:1".parse().unwrap(), user_agent: None });
        watch
    }

    fn see(&mut self, seen: Seen) {
        self.now.at = self.now.at + Duration::from_millis(1);
        self.floor.seen(seen, None, self.now);
        self.gather();
    }

    fn gather(&mut self) {
        for output in self.floor.outputs() {
            match output {
                Output::Take(occurrence, now) => {
                    match &occurrence {
                        Occurrence::Submitted(command) => self.submitted.push(command.clone()),
                        Occurrence::Reported(ClientEvent::Outcome { ticket, outcome, .. }) => {
                            self.outcomes.entry(*ticket).or_default().push(outcome.clone());
                        }
                        _ => {}
                    }
                    self.model.take(&occurrence, now);
                }
                Output::Inject { text, .. } => self.injected.push(text),
            }
        }
    }

    fn message(&mut self, from: Side, text: String, ours: bool) {
        let (pipe, at) = (ONE, self.now.at);
        self.see(Seen::Message { pipe, from, at, bytes: text.into_bytes().into(), ours });
    }

    fn application(&mut self, id: &str, method: &str, params: &Value) {
        let text = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
        self.message(Side::Application, text, false);
    }

    fn answer(&mut self, id: &str, result: &Value) {
        self.message(
            Side::Service,
            json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string(),
            false,
        );
    }

    fn event(&mut self, kind: &str, params: &Value) {
        let params = json!({ "event_type": kind, "params": params });
        let id = format!("e{}", self.now.at.as_micros());
        let text = json!({ "jsonrpc": "2.0", "id": id, "method": "signalwire.event", "params": params });
        self.message(Side::Service, text.to_string(), false);
    }

    fn login(&mut self, id: &str, contexts: &[String], protocol: &str) {
        let authentication = json!({ "project": "project-1", "token": "PT-canary" });
        let login = json!({ "authentication": authentication, "contexts": contexts });
        self.application(id, "signalwire.connect", &login);
        self.answer(id, &json!({ "protocol": protocol }));
    }

    fn call(&mut self, id: &str) {
        let state =
            json!({ "call_id": id, "node_id": "n", "call_state": "answered", "direction": "inbound" });
        self.event("calling.call.state", &state);
    }

    fn up(&self) -> usize {
        self.model.applications().filter(|application| application.up).count()
    }
}

fn names(count: usize, of: &str) -> Vec<String> {
    (0..count).map(|number| format!("{of}-{number}")).collect()
}

#[test]
fn a_second_login_on_one_connection_ends_the_first() {
    let mut watch = Watch::new();
    watch.login("1", &names(1, "a"), "signalwire_one");
    watch.login("2", &names(1, "b"), "signalwire_two");
    assert_eq!((watch.up(), watch.model.applications().len()), (1, 2));
    watch.see(Seen::Closed { pipe: ONE, why: Ended::By(Side::Application) });
    assert_eq!(watch.up(), 0, "nobody is connected");
}

#[test]
fn names_and_secrets_without_end_take_bounded_room_and_time() {
    let mut watch = Watch::new();
    let clock = Clock::start();
    let began = clock.now().at;
    let secrets: Value = (0..4_000).map(|number| format!("secret-{number:05}")).collect();
    let contexts = names(4_000, &"long".repeat(100));
    let login = json!({ "authentication": secrets, "contexts": contexts });
    watch.application("0", "signalwire.connect", &login);
    for round in 0..10 {
        watch.login(&round.to_string(), &names(4_000, &format!("context{round}")), "signalwire_one");
    }
    let took = clock.now().at.since(began);
    assert!(took < Duration::from_secs(3), "{took:?}");
    let most = watch.model.applications().map(|application| application.contexts.len()).max();
    assert!(most.is_some_and(|most| (1..=100).contains(&most)), "{most:?}");
    // What comes first of a login is always known for a secret.
    watch.login("x", &["PT-canary".to_owned()], "signalwire_two");
    assert!(watch.model.applications().all(|it| !it.name.as_str().contains("PT-canary")));
}

#[test]
fn every_command_that_is_told_of_comes_to_one_end() {
    let mut watch = Watch::new();
    watch.login("login", &[], "signalwire_one");
    watch.call("c");
    let play = |number: usize| json!({ "call_id": "c", "node_id": "n", "control_id": format!("p{number}"), "play": [] });
    for number in 0..4_100 {
        watch.application(&format!("r{number}"), "calling.play", &play(number));
    }
    // An id that is still awaited, while there is no room.
    watch.application("r4000", "calling.play", &play(5_000));
    watch.see(Seen::Closed { pipe: ONE, why: Ended::By(Side::Application) });
    assert_eq!(watch.submitted.len(), 4_101);
    let ended = watch.submitted.iter().filter(|it| watch.outcomes.get(&it.ticket).map(Vec::len) == Some(1));
    assert_eq!(ended.count(), 4_101);
}

#[test]
fn a_call_has_its_owner_whatever_is_told_of_it_first() {
    let mut watch = Watch::new();
    watch.login("login", &names(1, "ivr"), "signalwire_one");
    for call in ["c1", "c2", "c3"] {
        watch.event("calling.call.hold", &json!({ "call_id": call, "node_id": "n", "state": "x" }));
    }
    for call in ["c1", "c2", "c3"] {
        watch.call(call);
        assert_eq!(watch.model.owner(&call.into()).map(ToString::to_string).as_deref(), Some("ivr-0"));
    }
}

#[test]
fn an_application_cannot_answer_for_the_service_what_a_console_asked() {
    let mut watch = Watch::new();
    watch.login("login", &[], "signalwire_one");
    watch.call("c");
    let via = watch.model.applications().next().map(|application| application.id);
    let params = Arc::new(json!({ "call_id": "c", "node_id": "n", "control_id": "hub-0123456789" }));
    let ticket = Ticket(7);
    watch.floor.submit(&Submission { ticket, rpc: "calling.play".into(), params, via }, watch.now);
    watch.gather();
    assert!(watch.injected[0].contains(watch.mark.word()));
    // It knows everything but the mark.
    let forged = "hub-1234abcd-1";
    watch.application(forged, "calling.play", &json!({ "call_id": "c", "node_id": "n", "control_id": "x" }));
    watch.answer(forged, &json!({ "code": "200", "message": "Playing" }));
    assert!(!watch.outcomes.contains_key(&ticket), "{:?}", watch.outcomes);
    // The service can.
    let true_id = format!("{}1234abcd-1", watch.mark.word());
    let answer =
        json!({ "jsonrpc": "2.0", "id": true_id, "result": { "code": "200", "message": "Playing" } });
    watch.message(Side::Service, answer.to_string(), true);
    assert!(matches!(watch.outcomes[&ticket][..], [Outcome::Done(_)]));
}

#[test]
fn ids_of_an_application_that_look_like_ours_are_its_own_and_can_be_controlled() {
    let mut watch = Watch::new();
    watch.login("login", &[], "signalwire_one");
    watch.call("c");
    let start = json!({ "call_id": "c", "node_id": "n", "control_id": "hub-music-01", "play": [] });
    watch.application("r", "calling.play", &start);
    watch.answer("r", &json!({ "code": "200", "message": "Playing" }));
    let told = json!({ "call_id": "c", "node_id": "n", "control_id": "hub-music-01", "state": "playing" });
    watch.event("calling.call.play", &told);
    // The same, spelled otherwise.
    let text = r#"{"jsonrpc":"2.0","id":"z","method":"signalwire.event","params":{"event_type":"calling.call.play","params":{"call_id":"c","node_id":"n","control_id" : "\u0068ub-music-01","state":"paused"}}}"#;
    watch.message(Side::Service, text.to_owned(), false);
    let call = watch.model.call(&"c".into()).unwrap();
    let ids: Vec<_> = call.actions.iter().map(|action| action.control_id.to_string()).collect();
    assert!(ids.len() == 1 && !ids[0].starts_with("hub-"), "{ids:?}");
    assert_eq!(call.actions[0].state.as_str(), "paused");
    let via = watch.model.applications().next().map(|application| application.id);
    let params = Arc::new(json!({ "call_id": "c", "node_id": "n", "control_id": ids[0] }));
    watch
        .floor
        .submit(&Submission { ticket: Ticket(7), rpc: "calling.play.stop".into(), params, via }, watch.now);
    watch.gather();
    let sent: Value = serde_json::from_str(&watch.injected[0]).unwrap();
    assert_eq!(sent["params"]["control_id"], "hub-music-01");
}

#[test]
fn what_is_kept_of_a_huge_command_is_small_and_its_ids_are_no_longer_than_ids_are() {
    let mut watch = Watch::new();
    watch.login("login", &[], "signalwire_one");
    watch.call("c");
    let text = "x".repeat(900_000);
    let play = json!([{ "type": "tts", "params": { "text": text } }]);
    let long = json!({ "call_id": "c", "node_id": "n", "control_id": "p", "play": play });
    watch.application("1", "calling.play", &long);
    let many: Value = (0..50_000).map(|number| format!("k{number}")).collect();
    watch.application("2", "calling.dial", &json!({ "tag": "t", "devices": many }));
    assert_eq!(watch.submitted.len(), 2);
    for command in &watch.submitted {
        assert!(command.params.to_string().len() < 64 * 1024, "{}", command.params.to_string().len());
    }
    for id in ["call_id", "control_id"] {
        let mut params = json!({ "call_id": "c", "node_id": "n", "control_id": "p", "play": [] });
        params[id] = text.as_str().into();
        watch.application("3", "calling.play", &params);
    }
    watch.application("4", "calling.dial", &json!({ "tag": text, "devices": [] }));
    assert_eq!(watch.submitted.len(), 2, "no such ids are followed");
}

#[test]
fn an_application_that_says_something_else_first_is_seen_all_the_same() {
    let mut watch = Watch::new();
    watch.application("0", "blade.nonsense", &json!({}));
    watch.login("1", &names(1, "ivr"), "signalwire_one");
    assert_eq!(watch.up(), 1);
}

#[test]
fn an_application_that_talks_of_itself_all_the_time_does_not_keep_others_from_being_asked_after() {
    use callboard::calling::desk::Desk;
    use callboard::client::{AppId, Application};
    use callboard::protocol::id::IdSource;

    let mut watch = Watch::new();
    watch.login("1", &names(1, "ivr"), "signalwire_one");
    let told = |watch: &Watch, id: u64, up: bool| {
        let known = watch.model.applications().next().cloned().unwrap();
        let id = AppId(id);
        Occurrence::Reported(ClientEvent::Application(Arc::new(Application { id, up, ..known })))
    };
    let mut desk = Desk::at_hub(IdSource::Random);
    let up = callboard::client::LinkState::Up { since: watch.now.at, restored: true, gaps: 0 };
    desk.take(&Occurrence::Reported(ClientEvent::Link(up)), watch.now);
    let mut now = watch.now;
    for occurrence in [told(&watch, 1, true), told(&watch, 2, true)] {
        desk.take(&occurrence, now);
    }
    // A call of the one, which was away for a moment.
    let state = json!({ "event_type": "calling.call.state", "timestamp": 1_795_000_000.0,
        "params": { "call_id": "c", "node_id": "n", "call_state": "answered", "direction": "inbound" } });
    let frame = json!({ "jsonrpc": "2.0", "id": "e", "method": "signalwire.event", "params": state });
    let received = callboard::client::Received::read(frame.to_string().into(), now, false).unwrap();
    desk.take(&Occurrence::Reported(ClientEvent::Owned { call: "c".into(), owner: AppId(1) }), now);
    desk.take(&Occurrence::Reported(ClientEvent::Received(Arc::new(received))), now);
    desk.take(&told(&watch, 1, false), now);
    desk.take(&told(&watch, 1, true), now);
    let mut probes = 0;
    for _ in 0..20 {
        now.at = now.at + Duration::from_millis(500);
        desk.take(&told(&watch, 2, true), now);
        probes += desk.wake(now).len();
    }
    assert!(probes > 0, "nobody asks after the call");
}

#[test]
fn a_frame_that_cannot_be_read_is_shown_only_to_those_who_may_see_whole_numbers() {
    use callboard::calling::Witness;
    use callboard::client::event::Fault;
    use callboard::hub::chronicle::Shared;
    use callboard::hub::{Grant, Role};

    let (mut shared, model, now) = (Shared::default(), Model::default(), Now::default());
    let fault = Fault { now, why: "no JSON".into(), raw: r#"{"to":"2025550117","digits":"4471""#.into() };
    shared.witness(&Occurrence::Reported(ClientEvent::Fault(Arc::new(fault))), &model, now);
    let grant = Arc::new(Grant::new("mei", Role::Watch, &[], "test"));
    let (lines, _) = shared.lock().attach(1, grant, &model);
    let (whole, hidden) = (lines[0].text(true), lines[0].text(false));
    assert!(whole.contains("2025550117") && whole.contains("4471"));
    assert!(
        hidden.contains("no JSON") && !hidden.contains("2025550117") && !hidden.contains("4471"),
        "{hidden}"
    );
}
