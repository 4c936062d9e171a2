//! Tests of the filter grammar: every form, every field, every mistake.

use std::time::Duration;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::staged::Staged;
use super::*;
use crate::catalog::ActionKind;
use crate::client::ClientEvent;
use crate::model::{Command, Occurrence};

/// A board with one of each.
struct Board1;

impl Board for Board1 {
    fn is_marked(&self, call: &CallId) -> bool {
        call.as_str() == "rings"
    }

    fn alert(&self, call: &CallId) -> Option<Level> {
        (call.as_str() == "talks").then_some(Level::Act)
    }
}

/// Calls of every sort: one that rings for 90 s, one that talks and is recorded, one of a machine, a SIP call in
/// which nothing runs, one that just came to be, one that ended busy, one that ended after a short talk.
fn floor() -> Staged {
    let mut floor = Staged::new();
    let none = json!({});
    floor.state(
        "nothing",
        "created",
        &json!({"direction":"outbound","context":"acme 2","tag":"ivr7",
        "device":{"type":"sip","params":{"from":"sip:bob@pbx1","to":"sip:Desk@ACME;user=phone"}}}),
    );
    floor.state("nothing", "answered", &none);
    floor.state("talks", "created", &json!({"context":"support"}));
    floor.wait(2.0).state("talks", "ringing", &none).wait(6.0).state("talks", "answered", &none);
    floor.action("talks", "r1", "record", &json!({"state":"recording"}));
    floor.action("talks", "p1", "play", &json!({"state":"playing"}));
    floor.state(
        "machine",
        "answered",
        &json!({"direction":"outbound","context":"renewal",
        "device":{"type":"phone","params":{"from_number":"+18005550100","to_number":"+442079460958"}}}),
    );
    floor.start("machine", "d1", ActionKind::Detect, json!({"detect":{"type":"machine","params":{}}}));
    floor.action(
        "machine",
        "d1",
        "detect",
        &json!({"detect":{"type":"machine","params":{"event":"MACHINE"}}}),
    );
    floor.state("short", "answered", &json!({"context":"support"}));
    floor.wait(3.0).state("short", "ended", &json!({"end_reason":"hangup"}));
    floor.state(
        "rings",
        "ringing",
        &json!({"direction":"outbound","context":"renewal",
        "device":{"type":"phone","params":{"from_number":"+18005550100","to_number":"+13035550142"}}}),
    );
    floor.wait(30.0).state("over", "ringing", &json!({"context":"support"}));
    floor.wait(50.0).state("over", "ended", &json!({"end_reason":"busy"}));
    floor.wait(10.0);
    let note = Occurrence::Noted {
        call: CallId::from("over"),
        text: "wants a Refund".into(),
        by: crate::client::By::Me,
    };
    let now = floor.now();
    floor.model.take(&note, now);
    floor
}

const NAMES: [&str; 6] = ["nothing", "talks", "machine", "short", "rings", "over"];

/// The calls that a filter lets through.
#[track_caller]
fn shown(floor: &Staged, filter: &str) -> Vec<&'static str> {
    let sight = Sight { now: floor.at(), board: &Board1, others: None };
    let parsed = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    NAMES.into_iter().filter(|name| parsed.shows(floor.call(name), &sight)).collect()
}

#[track_caller]
fn table(rows: &[(&str, &[&str])]) {
    let floor = floor();
    for (filter, calls) in rows {
        assert_eq!(shown(&floor, filter), *calls, "{filter}");
    }
}

#[test]
fn texts() {
    table(&[
        ("", &NAMES),
        ("  ", &NAMES),
        ("acme", &["nothing"]),
        ("ACME desk", &["nothing"]),
        ("acme support", &[]),
        ("1202", &["talks", "short", "over"]),
        ("555 0142", &["rings"]),
        ("\"acme 2\"", &["nothing"]),
        ("\"2 acme\"", &[]),
        ("a*desk", &[]),
        ("desk*acme", &["nothing"]),
        ("\"desk*acme\"", &[]),
        ("/desk.acme/", &["nothing"]),
        ("/^sip:/", &["nothing"]),
        ("sip:bob", &["nothing"]),
        ("+44*", &["machine"]),
        ("refund", &["over"]),
        ("hangup", &["short"]),
        ("ivr7", &["nothing"]),
    ]);
}

#[test]
fn joining_and_turning_around() {
    table(&[
        ("state:ringing or state:ended", &["short", "rings", "over"]),
        ("state:ringing | state:ended", &["short", "rings", "over"]),
        ("state:ringing || state:ended", &["short", "rings", "over"]),
        ("state:ringing|ended", &["short", "rings", "over"]),
        ("state:ringing|ctx:support dir:in", &["talks", "short", "over"]),
        ("state:ringing | ctx:support dir:in", &["talks", "short", "rings", "over"]),
        ("(state:ringing or state:answered) age>1m", &["nothing", "talks", "machine", "rings"]),
        ("renewal and -state:ringing", &["machine"]),
        ("renewal && !ringing", &["machine"]),
        ("renewal not ringing", &["machine"]),
        ("-(renewal or support)", &["nothing"]),
        ("--renewal", &["machine", "rings"]),
        ("-renewal|support", &["nothing"]),
        ("acme|refund", &["nothing", "over"]),
        ("acme|-state:answered", &["nothing", "short", "rings", "over"]),
        ("(acme)|(refund)", &["nothing", "over"]),
        ("-1202 -ended", &["nothing", "machine", "rings"]),
        ("AND acme", &[]),
        ("\"or\"", &["talks", "short", "over"]),
    ]);
}

/// Every field, in the senses that it has.
#[test]
fn fields() {
    table(&[
        ("state:ringing", &["rings"]),
        ("st:RNG", &["rings"]),
        ("state:ans", &["nothing", "talks", "machine"]),
        ("state!=ended", &["nothing", "talks", "machine", "rings"]),
        ("state~^an", &["nothing", "talks", "machine"]),
        ("state:*ing", &["rings"]),
        ("state:\"parked\"", &[]),
        ("from:1202", &["talks", "short", "over"]),
        ("from:+1800*", &["machine", "rings"]),
        ("from:800*", &[]),
        ("from:bob", &["nothing"]),
        ("from:\"+1 800\"", &["machine", "rings"]),
        ("from~^\\+1(202|303)", &["talks", "short", "over"]),
        ("(from~^\\+1(202|303))", &["talks", "short", "over"]),
        ("from!~^\\+1 -sip:", &[]),
        ("to~/desk@/", &["nothing"]),
        ("to:+44*|+1303*", &["machine", "rings"]),
        ("to:sip:desk*", &["nothing"]),
        ("ctx:support", &["talks", "short", "over"]),
        ("context:SUP*", &["talks", "short", "over"]),
        ("ctx:sup", &[]),
        ("ctx:\"acme 2\"", &["nothing"]),
        ("dir:in", &["talks", "short", "over"]),
        ("dir:outbound", &["nothing", "machine", "rings"]),
        ("age>60s", &["nothing", "talks", "machine", "rings"]),
        ("age:>1m35s", &["nothing"]),
        ("age<=50", &["short", "over"]),
        ("ringing", &["rings"]),
        ("ringing>90s", &[]),
        ("ringing>=90", &["rings"]),
        ("ringing=90s", &["rings"]),
        ("answered", &["nothing", "talks", "machine"]),
        ("answered>95s", &["nothing"]),
        ("talk<10s", &["short"]),
        ("talk=3000ms", &["short"]),
        ("waited>5s", &["talks"]),
        ("waited<5s", &["nothing"]),
        ("ended", &["short", "over"]),
        ("ended<15s", &["over"]),
        ("-ended", &["nothing", "talks", "machine", "rings"]),
        ("heard>1.5m", &["nothing", "talks", "machine"]),
        ("silent<=10s", &["over"]),
        ("reason:busy|noAnswer", &["over"]),
        ("reason:hangup", &["short"]),
        ("why:NOANSWER", &[]),
        ("rec", &["talks"]),
        ("answered -rec", &["nothing", "machine"]),
        ("rec:running", &["talks"]),
        ("recs=1", &["talks"]),
        ("began<40s", &[]),
        ("began<1m35s -ended", &["machine", "rings"]),
        ("rec:none answered", &["nothing", "machine"]),
        ("amd", &["machine"]),
        ("amd:machine", &["machine"]),
        ("amd:human|unknown", &[]),
        ("amd:none answered", &["nothing", "talks"]),
        ("run", &["talks", "machine"]),
        ("run:play", &["talks"]),
        ("run:play|detect", &["talks", "machine"]),
        ("acts>=2", &["talks"]),
        ("acts=1", &["machine"]),
        ("mine", &["machine"]),
        ("mine:no answered", &["nothing", "talks"]),
        ("overdue", &["machine"]),
        ("failed", &[]),
        ("stale", &[]),
        ("bridged", &[]),
        ("mark", &["rings"]),
        ("alert", &["talks"]),
        ("alert:act", &["talks"]),
        ("alert:warn", &[]),
        ("note", &["over"]),
        ("note:refund", &["over"]),
        ("id:thi", &["nothing"]),
        ("node:2c8e", &NAMES),
        ("tag:ivr*", &["nothing"]),
        ("tag:*", &["nothing"]),
        ("type:sip", &["nothing"]),
    ]);
}

#[test]
fn recordings_that_are_hoped_for_are_none() {
    let mut floor = floor();
    floor.start("nothing", "r2", ActionKind::Record, json!({}));
    assert_eq!(shown(&floor, "rec:asked"), ["nothing"]);
    assert_eq!(shown(&floor, "answered -rec"), ["nothing", "machine"]);
    floor.action("nothing", "r2", "record", &json!({"state":"paused"}));
    assert_eq!(shown(&floor, "rec:paused"), ["nothing"]);
    assert_eq!(shown(&floor, "answered -rec"), ["machine"]);
}

#[test]
fn doubt_failure_and_bridges() {
    let mut floor = floor();
    floor.action("talks", "p2", "play", &json!({"state":"error"}));
    assert_eq!(shown(&floor, "failed"), ["talks"]);
    floor.tell(
        "calling.call.connect",
        &json!({"call_id":"talks","node_id":"n","connect_state":"connected",
        "peer":{"call_id":"rings","node_id":"n"}}),
    );
    assert_eq!(shown(&floor, "bridged"), ["talks", "rings"]);
    floor.link_down();
    assert_eq!(shown(&floor, "stale"), ["nothing", "talks", "machine", "rings"]);
}

#[test]
fn dials_are_calls_to_be() {
    let mut floor = Staged::new();
    let params = json!({"devices":[[{"type":"phone","params":{"to_number":"+14155550191"}}]]});
    floor.model.submit(Command {
        ticket: crate::client::Ticket(1),
        method: "dial",
        rpc: "calling.dial".into(),
        params: std::sync::Arc::new(params),
        subject: crate::model::Subject::Dial("t1".into()),
        by: crate::client::By::Me,
        why: crate::model::Why::default(),
        now: floor.now(),
    });
    floor.wait(5.0);
    let dial = floor.model.dials().next().unwrap();
    let sight = Sight { now: floor.at(), board: &Blank, others: None };
    for (filter, shows) in [
        ("", true),
        ("1415", true),
        ("dial", true),
        ("state:dial", true),
        ("to:+1415*", true),
        ("dir:out mine", true),
        ("age>3s", true),
        ("-rec", true),
        ("rec", false),
        ("failed", false),
        ("tag:t1", true),
        ("state:ringing", false),
        ("1202", false),
    ] {
        assert_eq!(Filter::parse(filter).unwrap().shows_dial(dial, &sight), shows, "{filter}");
    }
}

#[test]
fn the_link() {
    let mut floor = Staged::new();
    floor.apply(&ClientEvent::Pong(Duration::from_millis(40))).wait(20.0);
    let holds = |floor: &Staged, text: &str| {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.subject(), Some(Subject::Link), "{text}");
        filter.holds_for_link(&floor.model, floor.at())
    };
    for (filter, is) in [
        ("link:up", true),
        ("-link:ok", false),
        ("silence>17s", true),
        ("silence>30s", false),
        ("gaps>0", false),
        ("rtt=40ms", true),
        ("ping<1s rate<1", true),
        ("faults=0", true),
    ] {
        assert_eq!(holds(&floor, filter), is, "{filter}");
    }
    floor.link_down();
    assert!(holds(&floor, "link:down silence>17s"));
}

#[test]
fn the_floor() {
    let floor = floor();
    let limits = crate::wall::Limits::default();
    let board = crate::wall::board(&floor.model, floor.now(), crate::wall::Window::Quarter, &limits);
    let context =
        |name: &str| Floor::contexts(&board).find(|floor| floor.context() == Some(&name.into())).unwrap();
    let (whole, support, renewal) = (Floor::whole(&board), context("support"), context("renewal"));
    for (filter, floor, holds) in [
        ("live>3", whole, true),
        ("live>4", whole, false),
        ("floor.ringing=1", whole, true),
        ("longest>90s", whole, true),
        ("longest<1m", whole, false),
        ("-pdd>5s", renewal, true),
        ("ctx:support live=1", whole, false),
        ("ctx:support live=1", support, true),
        ("ctx:support live=1", renewal, false),
        ("ctx:* -ctx:sales live>1", renewal, true),
        ("asr>100", whole, false),
        ("asr>=0%", whole, true),
    ] {
        let parsed = Filter::parse(filter).unwrap();
        assert_eq!(parsed.subject(), Some(Subject::Floor), "{filter}");
        assert_eq!(parsed.holds_for_floor(&floor), holds, "{filter} of {:?}", floor.context());
        assert_eq!(parsed.names("ctx"), filter.contains("ctx"));
    }
    assert_eq!(Filter::parse("ctx:support").unwrap().subject(), Some(Subject::Call));
    assert_eq!(Filter::parse_about("ctx:support", Subject::Floor).unwrap().subject(), Some(Subject::Floor));
}

/// What is behind a number of the wallboard is said as a filter.
#[test]
fn the_calls_behind_every_number_can_be_asked_for() {
    let floor = floor();
    let window = crate::wall::Window::Quarter;
    let board = crate::wall::board(&floor.model, floor.now(), window, &crate::wall::Limits::default());
    for metric in crate::wall::METRICS {
        if let crate::wall::Behind::Calls(filter) = metric.behind(&board.total, window, Some(&"a b".into())) {
            let parsed = Filter::parse_about(&filter, Subject::Call);
            assert!(parsed.is_ok(), "{}: {filter}: {}", metric.id, parsed.unwrap_err());
        }
    }
}

#[test]
fn ended_calls_are_asked_for() {
    for (filter, asks) in [
        ("", false),
        ("1202", false),
        ("state:ringing", false),
        ("-ended", false),
        ("-(-ended)", true),
        ("-state:ended", false),
        ("ended<15m", true),
        ("began<15m", true),
        ("support (ringing or reason:error)", true),
        ("state:ringing|ended", true),
        ("state!=ended", false),
    ] {
        assert_eq!(Filter::parse(filter).unwrap().mentions_ended(), asks, "{filter}");
    }
}

#[test]
fn mistakes_point_at_the_wrong_word() {
    for (filter, wrong, what) in [
        ("stat:ringing", "stat", "there is no field `stat`; did you mean `state`? In quotes it is a text"),
        ("a zzz>5 b", "zzz", "there is no field `zzz`; in quotes it is a text"),
        ("state:rining x", "rining", "`state` is never `rining`; did you mean `ringing`?"),
        ("dir:up", "up", "`dir` is never `up`, but one of inbound, outbound"),
        (
            "reason:busy|nope",
            "nope",
            "`reason` is never `nope`, but one of hangup, cancel, busy, noAnswer, decline, error, abandoned, max_duration, not_found",
        ),
        ("age>60x", "60x", "`60x` is no span of time: write 60s, 1m30s, 2h or 500ms"),
        ("age>1m30", "1m30", "`1m30` is no span of time: write 60s, 1m30s, 2h or 500ms"),
        ("age>", "age>", "`age` is missing something to compare with: age>60s"),
        ("age> 60s", "age>", "`age` is missing something to compare with: age>60s"),
        ("(from:)", "from:", "`from` is missing something to compare with: from:1202"),
        ("age~6", "age~", "`age` is compared: age>60s"),
        ("acts>many", "many", "`many` is no number"),
        ("from>5", "from>", "`from` is a text, not a number: from:1202"),
        ("mine>5", "mine>", "`mine` is so or not: mine or -mine"),
        ("mine:maybe", "maybe", "`mine` is so or not: mine or -mine"),
        ("a (b", "(", "this `(` is not closed"),
        ("a (", "(", "this `(` is not closed"),
        ("a) b", ")", "this `)` closes nothing"),
        ("a () b", "()", "nothing stands in here"),
        ("a or", "or", "nothing stands after this"),
        ("or a", "or", "nothing stands before this"),
        ("a | | b", "|", "nothing stands before this"),
        ("a and ", "and", "nothing stands after this"),
        ("a (b or) c", "or", "nothing stands after this"),
        ("a - b", "-", "nothing stands after this `-`; it means not, in quotes it is a text"),
        ("x -", "-", "nothing stands after this `-`; it means not, in quotes it is a text"),
        ("not", "not", "nothing stands after this `not`; it means not, in quotes it is a text"),
        ("a \"b c", "\"b c", "this quote is not closed"),
        ("/acme", "/acme", "an expression ends with `/`; in quotes this is a text"),
        ("from~a(b x", "a(b", "not an expression: unclosed group"),
        ("x /a(b/", "/a(b/", "not an expression: unclosed group"),
        (
            "age>60s asr<40",
            "asr<40",
            "`asr` is about the floor, `age` about calls; a filter asks about one of them",
        ),
        (
            "asr<40 acme",
            "acme",
            "`acme` is about calls, `asr` about the floor; a filter asks about one of them",
        ),
        (
            "silence>5s (rec)",
            "rec",
            "`rec` is about calls, `link` about the link; a filter asks about one of them",
        ),
    ] {
        let error = Filter::parse(filter).expect_err(filter);
        let what = what.replace("`link` about", "`silence` about");
        assert_eq!((&filter[error.at.clone()], error.what.as_str()), (wrong, what.as_str()), "{filter}");
    }
    let error = Filter::parse_about("1202 silence>5s", Subject::Call).unwrap_err();
    assert_eq!(error.what, "`silence` is about the link; only calls can be asked about here");
}

#[test]
fn nothing_typed_costs_more_than_it_may() {
    assert!(Filter::parse(&"(".repeat(500)).is_err());
    assert!(Filter::parse(&"-".repeat(1_999)).is_err());
    assert!(Filter::parse(&"a ".repeat(500)).unwrap_err().what.contains("100 terms"));
    assert!(Filter::parse(&"a".repeat(5_000)).unwrap_err().what.contains("2000 characters"));
    assert!(Filter::parse(&format!("{}a{}", "(".repeat(32), ")".repeat(32))).is_ok());
}

#[test]
fn every_field_can_be_read_as_its_example_shows() {
    for field in field::fields() {
        let filter =
            Filter::parse(field.example).unwrap_or_else(|error| panic!("{}: {error}", field.example));
        assert!(filter.names(field.name), "{} does not ask about {}", field.example, field.name);
        let subject = filter.subject().unwrap();
        assert!(field.subjects().contains(&subject), "{}", field.example);
        for word in field.words() {
            for name in std::iter::once(&word.name).chain(word.aliases) {
                Filter::parse(&format!("{}:{name}", field.name)).unwrap();
            }
        }
        let again = |other: &&Field| {
            let names = |field: &Field| [&[field.name], field.aliases].concat();
            names(other).iter().any(|name| names(field).contains(name))
        };
        assert_eq!(field::fields().filter(again).count(), 1, "{} is named twice", field.name);
    }
}

#[track_caller]
fn completed(floor: &Staged, text: &str) -> Vec<String> {
    let all = complete(text, text.len(), &floor.model, Some(Subject::Call));
    let first = all.iter().take(3);
    first
        .map(|one| {
            let mut whole = text.to_owned();
            whole.replace_range(one.at.clone(), &one.text);
            whole
        })
        .collect()
}

#[test]
fn completion_offers_fields_then_what_they_can_be() {
    let floor = floor();
    assert_eq!(completed(&floor, "sta"), ["state:", "doubt>"]);
    assert_eq!(completed(&floor, "acme -ove")[0], "acme -overdue");
    assert_eq!(completed(&floor, "state:r"), ["state:ringing", "state:created", "state:answered"]);
    assert_eq!(completed(&floor, "(reason:busy|no")[0], "(reason:busy|noAnswer");
    assert_eq!(completed(&floor, "ctx:"), ["ctx:support", "ctx:renewal", "ctx:\"acme 2\""]);
    assert_eq!(completed(&floor, "to:44"), ["to:+442079460958"]);
    assert_eq!(completed(&floor, "age>6")[0], "age>60s");
    assert_eq!(completed(&floor, "type:si"), ["type:sip"]);
    assert!(completed(&floor, "\"sta").is_empty());
    assert!(completed(&floor, "from~12").is_empty());
    assert!(!completed(&floor, "asr").contains(&"asr<".into()), "not about calls");
    assert!(completed(&floor, "1202").is_empty());
    let help = complete("ctx:sup", 7, &floor.model, None);
    assert_eq!(help[0].help, "3 calls");
    assert_eq!(complete("é", 1, &floor.model, None), [], "not between two letters");
    for one in complete("", 0, &floor.model, None) {
        assert!(!one.help.is_empty());
    }
}

fn parts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(
            FIELDS.iter().filter(|field| field.call.is_some()).map(|field| field.example).collect::<Vec<_>>()
        )
        .prop_map(str::to_owned),
        "[a-z0-9*+]{1,6}",
        "\"[a-z |()*-]{0,6}\"",
        proptest::sample::select(vec![
            "(", ")", "|", " | ", "or", "and", "not", "-", "!", "~", ":", "/", "\"", "\\", "é"
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.join(" "))
}

proptest! {
    #[test]
    fn no_input_panics_and_every_mistake_has_a_place(text in "\\PC{0,60}|(?s).{0,30}") {
        check_any(&text)?;
    }

    #[test]
    fn what_looks_like_a_filter_does_neither(text in parts()) {
        check_any(&text)?;
        check_any(&text.replace(' ', ""))?;
    }

    #[test]
    fn not_is_the_complement(text in parts()) {
        let (Ok(filter), Ok(other)) = (Filter::parse_about(&text, Subject::Call), Filter::parse_about(&format!("-({text})"), Subject::Call)) else {
            return Ok(());
        };
        let floor = floor();
        let sight = Sight { now: floor.at(), board: &Board1, others: None };
        for call in floor.model.calls() {
            prop_assert_ne!(filter.shows(call, &sight), other.shows(call, &sight));
        }
    }
}

fn check_any(text: &str) -> Result<(), TestCaseError> {
    match Filter::parse(text) {
        Ok(filter) => {
            prop_assert_eq!(filter.text(), text);
            prop_assert_eq!(Filter::parse(filter.text()).unwrap(), filter.clone());
            prop_assert_eq!(filter.is_empty(), text.trim().is_empty());
            if !filter.is_empty() {
                prop_assert!(Filter::parse(&format!("-({text})")).is_ok(), "-({})", text);
            }
        }
        Err(error) => {
            prop_assert!(text.get(error.at.clone()).is_some_and(|at| !at.is_empty()), "{:?}", error);
        }
    }
    for cursor in 0..=text.len() {
        let _ = complete(text, cursor, &crate::model::Model::default(), None);
    }
    Ok(())
}
