//! Every metric against numbers made by hand.

use std::sync::Arc;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::catalog::ActionKind;
use crate::client::{By, ClientEvent, LinkState, Outcome, Received, Ticket};
use crate::filter::{self, Blank, Filter, Level, Sight};
use crate::model::{Command, Model, Subject};
use crate::protocol::Shown;
use crate::protocol::event::Event;
use crate::protocol::frame::Reply;
use crate::time::Now;

/// A floor on which everything is said by hand: moments in seconds, calls and contexts by short names.
struct Floor {
    model: Model,
    tickets: u64,
}

fn now(seconds: f64) -> Now {
    Now::simulated(Duration::from_secs_f64(seconds))
}

impl Floor {
    fn new() -> Self {
        let mut floor = Self { model: Model::default(), tickets: 0 };
        floor.up(0.0, true, 0);
        floor
    }

    fn up(&mut self, at: f64, restored: bool, gaps: u32) {
        let now = now(at);
        self.model.apply(&ClientEvent::Link(LinkState::Up { since: now.at, restored, gaps }), now);
    }

    fn down(&mut self, at: f64) {
        let down = LinkState::Down { attempt: 1, retry_at: now(at).at, why: "cut".into() };
        self.model.apply(&ClientEvent::Link(down), now(at));
    }

    /// An event that came at `at` and happened at `stamp`.
    fn stamped(&mut self, at: f64, stamp: f64, kind: &str, body: &Value) {
        let event_type = format!("calling.call.{kind}");
        let received = Received {
            now: now(at),
            event_type: Shown::new(&event_type),
            stamp: Some(now(stamp).wall),
            event: Event::parse(&event_type, &body.to_string()),
            raw: Arc::from(body.to_string()),
            duplicate: false,
        };
        self.model.apply(&ClientEvent::Received(Arc::new(received)), now(at));
    }

    fn event(&mut self, at: f64, kind: &str, body: &Value) {
        self.stamped(at, at, kind, body);
    }

    fn state(&mut self, at: f64, call: &str, state: &str, more: &Value) -> &mut Self {
        let mut body = json!({"call_id": call, "node_id": "n", "call_state": state});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.event(at, "state", &body);
        self
    }

    /// An inbound call's life so far: `states` as `(moment, state)`, an end with its reason as `ended:reason`.
    fn call(&mut self, context: &str, call: &str, states: &[(f64, &str)]) -> &mut Self {
        for (at, state) in states {
            let (state, reason) = state.split_once(':').map_or((*state, None), |(a, b)| (a, Some(b)));
            let mut more = json!({"direction": "inbound", "context": context});
            if let Some(reason) = reason {
                more["end_reason"] = reason.into();
            }
            self.state(*at, call, state, &more);
        }
        self
    }

    fn submit(&mut self, at: f64, method: &'static str, subject: Subject, params: Value) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let rpc = match &subject {
            Subject::Dial(_) => "calling.dial",
            Subject::Start { kind, .. } => kind.rpc(),
            _ => "calling.end",
        };
        let params = Arc::new(params);
        let why = crate::model::Why::default();
        self.model.submit(Command {
            ticket,
            method,
            rpc: rpc.into(),
            params,
            subject,
            by: By::Me,
            why,
            now: now(at),
        });
        ticket
    }

    fn outcome(&mut self, at: f64, ticket: Ticket, outcome: Outcome) {
        let round_trip = matches!(outcome, Outcome::Done(_)).then_some(Duration::from_millis(40));
        self.model.apply(&ClientEvent::Outcome { ticket, outcome, round_trip }, now(at));
    }

    fn board(&self, at: f64, window: Window) -> Board {
        board(&self.model, now(at), window, &Limits::default())
    }
}

fn done() -> Outcome {
    Outcome::Done(Reply { code: "200".into(), message: "".into(), body: Value::Null })
}

fn refused() -> Outcome {
    Outcome::Refused { code: "400".into(), message: "no".into() }
}

/// The value of a metric on the whole floor.
fn of(board: &Board, id: &str) -> Option<f64> {
    metric(id).unwrap_or_else(|| panic!("{id}")).value(board, &board.total)
}

/// The value of a metric in a context.
fn within(board: &Board, context: &str, id: &str) -> Option<f64> {
    let (_, figures) = board.contexts.iter().find(|(name, _)| name.as_str() == context).unwrap();
    metric(id).unwrap().value(board, figures)
}

#[track_caller]
fn are(board: &Board, wanted: &[(&str, Option<f64>)]) {
    for (id, value) in wanted {
        assert_eq!(of(board, id), *value, "{id}");
    }
}

#[test]
fn on_an_empty_floor_counts_are_zero_and_everything_else_is_nothing() {
    let board = Floor::new().board(1.0, Window::Quarter);
    for metric in METRICS {
        let zero = matches!(metric.unit, Unit::Count | Unit::PerSecond).then_some(0.0);
        // Of nothing there is no peak.
        let wanted = zero.filter(|_| metric.id != "live_peak");
        assert_eq!(metric.value(&board, &board.total), wanted, "{}", metric.id);
        assert_eq!(metric.level(&board, &board.total, None), None, "{}", metric.id);
    }
    assert_eq!(metric("asr").unwrap().text(&board, &board.total), "--");
    let print = print(&board);
    assert!(print.contains("watched for 0:01 of 15m") && print.contains("ended by --"), "{print}");
}

#[test]
fn a_single_call_from_beginning_to_end() {
    let mut floor = Floor::new();
    floor.call("support", "c", &[(10.0, "created"), (10.5, "ringing")]);
    let board = floor.board(20.0, Window::Quarter);
    are(
        &board,
        &[
            ("live", Some(1.0)),
            ("ringing", Some(1.0)),
            ("attempts", Some(1.0)),
            ("asr", None),
            ("pdd", Some(0.5)),
            ("answer_delay", None),
            ("oldest_ringing", Some(9.5)),
            ("longest", None),
            ("acd", None),
            ("failed", None),
            ("recorded", None),
        ],
    );
    floor.call("support", "c", &[(22.5, "answered")]);
    let board = floor.board(100.0, Window::Quarter);
    are(
        &board,
        &[
            ("answered", Some(1.0)),
            ("ringing", Some(0.0)),
            ("asr", Some(100.0)),
            ("answer_delay", Some(12.0)),
            ("answer_delay_p95", Some(12.0)),
            ("longest", Some(77.5)),
            ("oldest_ringing", None),
            ("acd", None),
            ("recorded", Some(0.0)),
            ("not_recorded", Some(1.0)),
        ],
    );
    floor.call("support", "c", &[(122.5, "ended:hangup")]);
    let board = floor.board(130.0, Window::Quarter);
    are(
        &board,
        &[
            ("live", Some(0.0)),
            ("asr", Some(100.0)),
            ("acd", Some(100.0)),
            ("acd_median", Some(100.0)),
            ("short", Some(0.0)),
            ("failed", Some(0.0)),
            ("longest", None),
            ("recorded", None),
            ("never_recorded", Some(1.0)),
            ("live_peak", Some(1.0)),
        ],
    );
    assert_eq!(board.total.reasons, [("hangup".into(), 1)]);
}

/// Four inbound calls of two contexts: answered after 4 s for 8 s, after 10 s for 100 s, never, and failed.
fn four() -> Floor {
    let mut floor = Floor::new();
    floor
        .call(
            "support",
            "a",
            &[(1.0, "created"), (2.0, "ringing"), (6.0, "answered"), (14.0, "ended:hangup")],
        )
        .call(
            "support",
            "b",
            &[(3.0, "created"), (5.0, "ringing"), (15.0, "answered"), (115.0, "ended:hangup")],
        )
        .call("sales", "c", &[(20.0, "created"), (21.0, "ringing"), (41.0, "ended:noAnswer")])
        .call("sales", "d", &[(30.0, "created"), (31.0, "ended:error")]);
    floor
}

#[test]
fn shares_and_means_of_four_calls() {
    let board = four().board(200.0, Window::Quarter);
    are(
        &board,
        &[
            ("attempts", Some(4.0)),
            ("asr", Some(50.0)),
            ("acd", Some(54.0)),
            ("acd_median", Some(54.0)),
            ("short", Some(50.0)),
            ("answer_delay", Some(7.0)),
            ("answer_delay_p95", Some(10.0)),
            ("pdd", Some(1.0)),
            ("failed", Some(25.0)),
            ("never_recorded", Some(2.0)),
        ],
    );
    let reasons: Vec<_> = board.total.reasons.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(reasons, [("hangup", 2), ("error", 1), ("noAnswer", 1)]);
    assert_eq!(within(&board, "support", "asr"), Some(100.0));
    assert_eq!(within(&board, "sales", "asr"), Some(0.0));
    assert_eq!(within(&board, "sales", "failed"), Some(50.0));
    assert_eq!(within(&board, "sales", "acd"), None);
    let names: Vec<_> = board.contexts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["sales", "support"]);
}

#[test]
fn the_window_slides() {
    let floor = four();
    // 300 s after 41 s: `c` ended exactly five minutes ago, which is outside.
    let board = floor.board(341.0, Window::Five);
    are(&board, &[("failed", Some(0.0)), ("acd", Some(100.0)), ("attempts", Some(0.0)), ("asr", None)]);
    assert_eq!(board.total.reasons, [("hangup".into(), 1)]);
    are(&floor.board(340.0, Window::Five), &[("failed", Some(0.0)), ("acd", Some(100.0))]);
    are(&floor.board(330.0, Window::Five), &[("failed", Some(100.0 / 3.0)), ("attempts", Some(0.0))]);
    are(&floor.board(341.0, Window::Quarter), &[("attempts", Some(4.0)), ("failed", Some(25.0))]);
}

#[test]
fn numbers_outlive_the_list() {
    let mut floor = four();
    let before = floor.board(300.0, Window::Hour);
    assert_eq!((before.total.forgotten, floor.model.calls().len()), (0, 4));
    assert_eq!(floor.model.clear_ended(), 4);
    assert_eq!(floor.model.calls().len(), 0);
    let after = floor.board(300.0, Window::Hour);
    assert_eq!(after.total.forgotten, 4);
    let forgotten = Figures { forgotten: 4, ..before.total.clone() };
    assert_eq!(after.total, forgotten);
    assert_eq!(after.minutes, before.minutes);
    assert_eq!((after.missing, after.contexts.len()), (0, 2));
}

#[test]
fn what_is_dropped_is_said() {
    let mut floor = Floor::new();
    for n in 0..crate::model::history::FACTS + 100 {
        let at = n as f64 * 0.01;
        floor.call("x", &format!("c{n}"), &[(at, "created"), (at + 0.005, "ended:busy")]);
    }
    floor.model.clear_ended();
    let last = (crate::model::history::FACTS + 100) as f64 * 0.01;
    let board = floor.board(last, Window::Quarter);
    assert_eq!((board.total.ended, board.missing), (crate::model::history::FACTS, 100));
    assert!(
        coverage(&board).contains("newest 20000 calls: 100 older ones are dropped"),
        "{}",
        coverage(&board)
    );
    // Ten minutes later nothing of what was dropped would count any more.
    let later = floor.board(last + 900.0, Window::Quarter);
    assert_eq!((later.missing, later.total.ended), (0, 0));
}

#[test]
fn legs_of_a_dial_are_one_attempt_and_those_of_a_bridge_are_none() {
    let mut floor = Floor::new();
    let leg = |by: &str, tag: &str| json!({"direction": "outbound", "created_by": by, "tag": tag});
    // Somebody else's dial of two: one is answered, the other cancelled.
    for (at, call, state) in [(1.0, "a", "created"), (1.0, "b", "created"), (5.0, "a", "answered")] {
        floor.state(at, call, state, &leg("dial", "t1"));
    }
    floor.state(5.1, "b", "ended", &json!({"direction": "outbound", "tag": "t1", "end_reason": "cancel"}));
    // A bridge's leg.
    floor.state(6.0, "p", "created", &leg("connect", "t2"));
    floor.state(9.0, "p", "ended", &json!({"tag": "t2", "end_reason": "noAnswer"}));
    // A dial of two that nobody answers: it is over when both legs are.
    floor.state(10.0, "x", "created", &leg("dial", "t3"));
    floor.state(10.0, "y", "created", &leg("dial", "t3"));
    floor.state(12.0, "x", "ended", &json!({"tag": "t3", "end_reason": "busy"}));
    are(&floor.board(13.0, Window::Quarter), &[("attempts", Some(2.0)), ("asr", Some(100.0))]);
    floor.state(14.0, "y", "ended", &json!({"tag": "t3", "end_reason": "noAnswer"}));
    are(&floor.board(15.0, Window::Quarter), &[("attempts", Some(2.0)), ("asr", Some(50.0))]);
}

#[test]
fn own_dials_count_when_they_were_sent() {
    let mut floor = Floor::new();
    let dial = |floor: &mut Floor, at: f64, tag: &str| {
        floor.submit(at, "dial", Subject::Dial(tag.into()), json!({"tag": tag, "devices": []}))
    };
    let open = dial(&mut floor, 1.0, "open");
    are(&floor.board(1.1, Window::Quarter), &[("dialing", Some(1.0)), ("attempts", Some(0.0))]);
    floor.outcome(1.2, open, done());
    let board = floor.board(2.0, Window::Quarter);
    are(&board, &[("dialing", Some(1.0)), ("attempts", Some(1.0)), ("asr", None), ("cps", Some(0.1))]);
    // One that is refused was an attempt and reached nobody; one that never left was none.
    let no = dial(&mut floor, 3.0, "no");
    floor.outcome(3.1, no, refused());
    let never = dial(&mut floor, 3.2, "never");
    floor.outcome(3.3, never, Outcome::NotSent("offline".into()));
    let board = floor.board(4.0, Window::Quarter);
    are(&board, &[("attempts", Some(2.0)), ("asr", Some(0.0)), ("dials_failed", Some(1.0))]);
    are(&board, &[("failed", None), ("acts", Some(3.0)), ("acts_failed", Some(2.0)), ("dialing", Some(1.0))]);
    // The leg of the open one is the same attempt.
    floor.state(5.0, "a", "answered", &json!({"direction": "outbound", "created_by": "dial", "tag": "open"}));
    let board = floor.board(6.0, Window::Quarter);
    are(&board, &[("attempts", Some(2.0)), ("asr", Some(50.0)), ("dialing", Some(0.0))]);
    // It is still counted when all that is left of the dials is history.
    for n in 0..=crate::model::limit::DIALS {
        let ticket = dial(&mut floor, 10.0, &format!("n{n}"));
        floor.outcome(10.0, ticket, Outcome::NotSent("offline".into()));
    }
    are(&floor.board(11.0, Window::Quarter), &[("dials_failed", Some(1.0)), ("attempts", Some(2.0))]);
}

#[test]
fn dials_a_second_are_a_mean_over_ten() {
    let mut floor = Floor::new();
    let dial = |floor: &mut Floor, at: f64| {
        let tag = format!("t{at}");
        let ticket = floor.submit(at, "dial", Subject::Dial(tag.as_str().into()), json!({"tag": tag}));
        floor.outcome(at + 0.01, ticket, done());
    };
    [5.0, 5.4, 5.9, 20.1].into_iter().for_each(|at| dial(&mut floor, at));
    are(&floor.board(20.2, Window::Quarter), &[("cps", Some(0.1))]);
    (0..9).for_each(|n| dial(&mut floor, 40.5 + f64::from(n)));
    let at = |at| floor.board(at, Window::Quarter);
    are(&at(49.9), &[("cps", Some(0.9))]);
    assert_eq!(at(49.9).link.dial_rate_peak, 3);
    let level = |board: &Board| metric("cps").unwrap().level(board, &board.total, None);
    assert_eq!([level(&at(49.9)), level(&at(70.0))], [Some(Level::Warn), None]);
}

fn detect(floor: &mut Floor, at: f64, call: &str, word: &str) {
    let body = json!({"call_id": call, "node_id": "n", "control_id": format!("d{call}"),
        "detect": {"type": "machine", "params": {"event": word}}});
    floor.event(at, "detect", &body);
}

#[test]
fn machines_of_those_that_are_known_and_the_unknown_apart() {
    let mut floor = Floor::new();
    for call in ["h", "m1", "m2", "u", "s"] {
        floor.call("renewal", call, &[(1.0, "created"), (2.0, "answered")]);
    }
    are(&floor.board(3.0, Window::Quarter), &[("amd", None), ("amd_unknown", None), ("amd_delay", None)]);
    detect(&mut floor, 4.0, "h", "HUMAN");
    detect(&mut floor, 5.0, "m1", "MACHINE");
    detect(&mut floor, 6.0, "m1", "READY");
    detect(&mut floor, 9.0, "m2", "MACHINE");
    detect(&mut floor, 8.0, "u", "UNKNOWN");
    detect(&mut floor, 32.0, "s", "finished");
    let board = floor.board(40.0, Window::Quarter);
    // Two machines of three; one unknown and one silent of five; after 2, 3, 7 and 6 s.
    are(&board, &[("amd", Some(200.0 / 3.0)), ("amd_unknown", Some(40.0)), ("amd_delay", Some(4.5))]);
    assert_eq!(board.total.found, Found { human: 1, machine: 2, unknown: 2 });
    assert_eq!(within(&board, "renewal", "amd_unknown"), Some(40.0));
}

#[test]
fn a_detector_of_ours_took_from_when_it_was_asked_for() {
    let mut floor = Floor::new();
    floor.call("renewal", "c", &[(1.0, "created"), (2.0, "answered")]);
    let start = Subject::Start {
        call: "c".into(),
        control_id: "dc".into(),
        kind: ActionKind::Detect,
        wait_for_beep: false,
    };
    let ticket = floor.submit(10.0, "detect", start, json!({"detect": {"type": "machine"}}));
    floor.outcome(10.1, ticket, done());
    are(&floor.board(11.0, Window::Quarter), &[("amd", None), ("amd_unknown", None)]);
    detect(&mut floor, 13.5, "c", "MACHINE");
    are(&floor.board(14.0, Window::Quarter), &[("amd", Some(100.0)), ("amd_delay", Some(3.5))]);
    assert_eq!(floor.board(14.0, Window::Quarter).link.round_trip.median, Some(Duration::from_millis(40)));
}

#[test]
fn a_detector_of_digits_is_none_of_machines() {
    let mut floor = Floor::new();
    floor.call("renewal", "c", &[(2.0, "answered")]);
    let body = json!({"call_id": "c", "node_id": "n", "control_id": "d",
        "detect": {"type": "digit", "params": {"event": "5"}}});
    floor.event(3.0, "detect", &body);
    are(&floor.board(4.0, Window::Quarter), &[("amd", None), ("amd_unknown", None), ("amd_delay", None)]);
}

fn record(floor: &mut Floor, at: f64, call: &str, word: &str) {
    let body = json!({"call_id": call, "node_id": "n", "control_id": format!("r{call}"), "state": word});
    floor.event(at, "record", &body);
}

#[test]
fn cover_counts_recordings_that_run() {
    let mut floor = Floor::new();
    for call in ["a", "b", "c", "d"] {
        floor.call("support", call, &[(1.0, "created"), (2.0, "answered")]);
    }
    floor.call("support", "e", &[(1.0, "ringing")]);
    record(&mut floor, 3.0, "a", "recording");
    record(&mut floor, 3.0, "b", "recording");
    record(&mut floor, 4.0, "b", "paused");
    record(&mut floor, 3.0, "c", "recording");
    record(&mut floor, 5.0, "c", "finished");
    let board = floor.board(6.0, Window::Quarter);
    are(&board, &[("recorded", Some(25.0)), ("not_recorded", Some(3.0)), ("actions", Some(2.0))]);
    assert_eq!(board.total.running.get(&ActionKind::Record), Some(&2));
    for (at, call) in [(7.0, "a"), (8.0, "c"), (9.0, "d")] {
        floor.call("support", call, &[(at, "ended:hangup")]);
    }
    // Only on `d` none ever ran.
    are(&floor.board(10.0, Window::Quarter), &[("never_recorded", Some(1.0)), ("recorded", Some(0.0))]);
}

#[test]
fn stale_calls_are_counted_apart() {
    let mut floor = Floor::new();
    floor.call("support", "a", &[(1.0, "answered")]).call("support", "b", &[(2.0, "ringing")]);
    floor.down(10.0);
    let board = floor.board(11.0, Window::Quarter);
    are(
        &board,
        &[("live", Some(0.0)), ("stale", Some(2.0)), ("ringing", Some(0.0)), ("longest", Some(10.0))],
    );
    assert!(board.total.longest.as_ref().unwrap().stale && !board.link.up);
    floor.up(12.0, false, 1);
    floor.call("support", "b", &[(13.0, "answered")]);
    let board = floor.board(14.0, Window::Quarter);
    are(&board, &[("live", Some(1.0)), ("stale", Some(1.0)), ("reconnects", Some(1.0)), ("gaps", Some(1.0))]);
    assert_eq!(metric("gaps").unwrap().level(&board, &board.total, None), Some(Level::Warn));
    assert_eq!(metric("live").unwrap().text(&board, &board.total), "1");
}

#[test]
fn clocks_that_disagree_make_no_negative_times() {
    let mut floor = Floor::new();
    // The answer is stamped before the ringing, the end before the answer; the server is a minute ahead of us.
    for (at, stamp, state) in
        [(1.0, 62.0, "created"), (2.0, 65.0, "ringing"), (3.0, 63.0, "answered"), (4.0, 61.0, "ended")]
    {
        let body = json!({"call_id": "c", "node_id": "n", "call_state": state, "direction": "inbound",
            "context": "x", "end_reason": "hangup"});
        floor.stamped(at, stamp, "state", &body);
    }
    let board = floor.board(10.0, Window::Quarter);
    are(
        &board,
        &[("answer_delay", Some(0.0)), ("acd", Some(0.0)), ("short", Some(100.0)), ("asr", Some(100.0))],
    );
    assert!(of(&board, "pdd").unwrap() >= 0.0 && of(&board, "event_lag").unwrap() >= 0.0);
}

#[test]
fn lag_is_what_events_are_later_than_the_quickest() {
    let mut floor = Floor::new();
    let body = json!({"call_id": "c", "node_id": "n", "call_state": "answered", "direction": "inbound"});
    // Our clock is 30 s ahead of the server's: fresh events look 30 s old until enough of them came.
    for n in 0..40 {
        let at = 50.0 + f64::from(n);
        floor.stamped(at, at - 30.0, "state", &body);
    }
    // Nineteen events that take as long as ever, one that takes 3 s more.
    let start = 100.0 + crate::model::Stats::LAGS as f64;
    for n in 0..crate::model::Stats::LAGS {
        let at = 100.0 + n as f64;
        let late = if n % 20 == 0 { 3.0 } else { 0.0 };
        floor.stamped(at, at - 30.0 - late, "state", &body);
    }
    let board = floor.board(start, Window::Shift);
    assert_eq!(board.link.lag.count, crate::model::Stats::LAGS);
    assert_eq!((board.link.lag.median, board.link.lag.p95), (Some(Duration::ZERO), Some(Duration::ZERO)));
    for n in 0..10 {
        let at = start + f64::from(n);
        floor.stamped(at, at - 33.0, "state", &body);
    }
    are(&floor.board(start + 10.0, Window::Shift), &[("event_lag", Some(3.0))]);
    // What happened before the connection stood is bound to come late.
    let mut floor = Floor::new();
    floor.up(500.0, true, 1);
    floor.stamped(501.0, 200.0, "state", &body);
    are(&floor.board(502.0, Window::Quarter), &[("event_lag", None)]);
}

#[test]
fn peaks_and_the_chart() {
    let mut floor = Floor::new();
    for n in 0..3 {
        floor.call("x", &format!("a{n}"), &[(70.0, "created")]);
    }
    floor.call("x", "a0", &[(75.0, "answered"), (130.0, "ended:hangup")]);
    floor.call("x", "a1", &[(135.0, "ended:error")]);
    let board = floor.board(310.0, Window::Quarter);
    assert_eq!(board.link.live_peak, Some((3, now(60.0).wall)));
    assert_eq!(of(&board, "events_peak"), Some(3.0));
    assert_eq!(board.minutes.len(), 60);
    let minute = |n: usize| board.minutes[59 - n];
    assert_eq!(minute(5), Point { wall: now(0.0).wall, live: Some(0), ..Point::default() });
    assert_eq!(minute(4), Point { wall: now(60.0).wall, attempts: 3, answered: 1, failed: 0, live: Some(3) });
    assert_eq!(
        minute(3),
        Point { wall: now(120.0).wall, attempts: 0, answered: 0, failed: 1, live: Some(3) }
    );
    // Nothing was heard since, and before the start nothing is known.
    assert_eq!((minute(0).live, minute(6).live), (Some(1), None));
    assert_eq!(floor.board(310.0 + 7_200.0, Window::Shift).minutes.len(), 126);
}

#[test]
fn spreads_by_hand() {
    let spread = |seconds: &[u64]| Spread::of(seconds.iter().map(|s| Duration::from_secs(*s)).collect());
    let seconds = |s: f64| Some(Duration::from_secs_f64(s));
    assert_eq!(spread(&[]), Spread::default());
    assert_eq!(
        spread(&[7]),
        Spread { count: 1, mean: seconds(7.0), median: seconds(7.0), p95: seconds(7.0) }
    );
    assert_eq!(
        spread(&[9, 1, 2, 4]),
        Spread { count: 4, mean: seconds(4.0), median: seconds(3.0), p95: seconds(9.0) }
    );
    let twenty: Vec<u64> = (1..=20).collect();
    assert_eq!(spread(&twenty).p95, seconds(19.0));
    assert_eq!(spread(&(1..=21).collect::<Vec<_>>()).p95, seconds(20.0));
}

#[test]
fn limits_by_metric_and_context_and_not_for_a_few_cases() {
    let asr = metric("asr").unwrap();
    let mut limits = Limits::default();
    let level = |limits: &Limits, context: Option<&str>, value: f64, cases: usize| {
        limits.level(asr, context.map(Shown::from).as_ref(), Some(value), Some(cases))
    };
    assert_eq!(level(&limits, None, 50.0, 100), None);
    assert_eq!(level(&limits, None, 49.9, 100), Some(Level::Warn));
    assert_eq!(level(&limits, None, 39.9, 100), Some(Level::Act));
    assert_eq!(level(&limits, None, 0.0, 4), None);
    limits.set("asr", Some("support".into()), Some(Limit { warn: 95.0, act: 90.0 })).unwrap();
    limits.set("asr", None, Some(Limit { warn: 30.0, act: 20.0 })).unwrap();
    assert_eq!(level(&limits, Some("support"), 94.0, 9), Some(Level::Warn));
    assert_eq!(level(&limits, Some("sales"), 29.0, 9), Some(Level::Warn));
    limits.set("asr", Some("support".into()), None).unwrap();
    assert_eq!(level(&limits, Some("support"), 0.0, 9), None);
    assert!(limits.set("ars", None, None).unwrap_err().to_string().contains("ars"));
}

#[test]
fn numbers_as_they_are_written() {
    for (unit, number, text) in [
        (Unit::Count, 14.0, "14"),
        (Unit::Percent, 2.5, "2.5%"),
        (Unit::Percent, 0.0, "0.0%"),
        (Unit::Percent, 9.96, "10%"),
        (Unit::Percent, 61.02, "61%"),
        (Unit::Clock, 192.9, "3:12"),
        (Unit::Clock, 3_727.0, "1:02:07"),
        (Unit::Delay, 0.038, "38ms"),
        (Unit::Delay, 0.9996, "1.0s"),
        (Unit::Delay, 7.44, "7.4s"),
        (Unit::Delay, 59.94, "59.9s"),
        (Unit::Delay, 61.0, "1:01"),
        (Unit::PerSecond, 12.0, "12/s"),
        (Unit::PerSecond, 1.2, "1.2/s"),
    ] {
        assert_eq!(value(unit, Some(number)), text);
    }
    assert_eq!(value(Unit::Percent, None), "--");
}

#[test]
fn every_metric_has_a_name_of_its_own_and_says_what_it_means() {
    let mut ids: Vec<_> = METRICS.iter().map(|metric| metric.id).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    for metric in METRICS {
        assert!(metric.definition.ends_with('.') && metric.definition.len() > 30, "{}", metric.id);
        assert!(metric.title.len() <= 16, "{}", metric.title);
    }
}

#[test]
fn the_export_is_whole() {
    let board = four().board(200.0, Window::Quarter);
    let object = json(&board);
    assert_eq!(object["metrics"].as_object().unwrap().len(), METRICS.len());
    assert_eq!((&object["metrics"]["asr"], &object["metrics"]["amd"]), (&json!(50), &Value::Null));
    assert_eq!(object["contexts"][0]["context"], "sales");
    assert_eq!(object["contexts"][0]["reasons"], json!({"error": 1, "noAnswer": 1}));
    assert!(object["contexts"][0]["metrics"].get("events").is_none());
    assert_eq!(
        (&object["at"], &object["window_seconds"]),
        (&json!("2026-01-01T00:03:20.000000Z"), &json!(900))
    );
    let print = print(&board);
    assert!(print.lines().all(|line| line.len() <= 100), "{print}");
    assert!(print.contains("ASR                    50%      2 of 4  (warn 50 act 40)"), "{print}");
}

#[test]
fn alert_rules_read_the_same_numbers() {
    let mut floor = four();
    let few = floor.board(200.0, Window::Quarter);
    let rule = |text: &str| Filter::parse(text).unwrap();
    assert!(!rule("asr<60").holds_for_floor(&filter::Floor::whole(&few)), "four attempts prove nothing");
    floor.call("sales", "e", &[(50.0, "created"), (51.0, "ended:busy")]);
    let board = floor.board(200.0, Window::Quarter);
    let holds = |text: &str| {
        let scopes = std::iter::once(filter::Floor::whole(&board)).chain(filter::Floor::contexts(&board));
        let scopes = scopes.filter(|scope| rule(text).holds_for_floor(scope));
        scopes.map(|scope| scope.context().map_or("", Shown::as_str)).collect::<Vec<_>>()
    };
    assert_eq!(holds("asr<50"), [""]);
    assert_eq!(holds("attempts>2"), ["", "sales"]);
    assert_eq!(holds("ctx:support acd>0s"), [""; 0], "two calls prove nothing");
}

/// The filter behind a number shows as many calls as the number counts.
#[test]
fn filters_show_the_calls_behind_the_numbers() {
    let mut floor = four();
    for n in 0..4 {
        let begin = 40.0 + f64::from(n);
        floor.call(
            "x",
            &format!("x{n}"),
            &[(begin, "created"), (begin + 1.0, "ringing"), (begin + 3.0, "answered")],
        );
    }
    record(&mut floor, 50.0, "x0", "recording");
    record(&mut floor, 50.0, "x1", "recording");
    record(&mut floor, 60.0, "x1", "finished");
    detect(&mut floor, 51.0, "x0", "HUMAN");
    detect(&mut floor, 51.0, "x1", "MACHINE");
    detect(&mut floor, 51.0, "x2", "UNKNOWN");
    floor.call("x", "x1", &[(70.0, "ended:not_found")]).call("x", "r", &[(80.0, "ringing")]);
    let (at, window) = (120.0, Window::Five);
    let board = floor.board(at, window);
    let sight = Sight { now: now(at).at, board: &Blank, others: None };
    let total = &board.total;
    for (id, count) in [
        ("live", total.live),
        ("stale", total.stale),
        ("created", total.created),
        ("ringing", total.ringing),
        ("answered", total.answered),
        ("ending", total.ending),
        ("attempts", total.attempts),
        ("asr", total.settled),
        ("acd", total.talk.count),
        ("acd_median", total.talk.count),
        ("short", total.short),
        ("answer_delay", total.answer_delay.count),
        ("answer_delay_p95", total.answer_delay.count),
        ("failed", total.failed),
        ("amd", total.found.human + total.found.machine),
        ("amd_unknown", total.found.unknown),
        ("amd_delay", total.amd_delay.count),
        ("recorded", total.recording),
        ("not_recorded", total.talking - total.recording),
        ("never_recorded", total.unrecorded),
        ("actions", 2),
    ] {
        let Behind::Calls(text) = metric(id).unwrap().behind(total, window, None) else { panic!("{id}") };
        let filter = Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let shown = floor.model.calls().filter(|call| filter.shows(call, &sight)).count();
        assert_eq!(shown, count, "{id}: {text}");
        if text.contains("ended") || text.contains("began") {
            assert!(filter.mentions_ended(), "{text}");
        }
    }
    for metric in METRICS {
        if let Behind::Calls(text) = metric.behind(total, window, Some(&"a \"b".into())) {
            Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}
