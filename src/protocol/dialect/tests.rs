//! Both directions of both dialects: what is wrapped by one end is unwrapped by the other.

use pretty_assertions::assert_eq;

use super::*;
use crate::protocol::frame::Frame;

const ADDRESS: &str = "signalwire_5c0ffee5_4444";

/// What a text means to somebody who speaks the dialect, in short.
fn read(dialect: Dialect, text: &str) -> String {
    let Ok(Frame::Request { method, params, .. }) = Frame::parse(text) else { panic!("{text}") };
    let raw = |params: Option<&RawValue>| params.map_or("-", RawValue::get).to_owned();
    let done = |command: &Executed<'_>| {
        let protocol = command.protocol.as_deref().unwrap_or("-");
        format!("{protocol} {} {}", command.method, raw(command.params))
    };
    match dialect.meaning(&method, params) {
        Meaning::Login(params) => format!("login {}", raw(params)),
        Meaning::Setup(params) => format!("setup {}", raw(params)),
        Meaning::Subscription(params) => format!("subscription {}", raw(params)),
        Meaning::Contexts { add, command } => format!("contexts {add} {}", done(&command)),
        Meaning::Command(command) => format!("command {}", done(&command)),
        Meaning::Event(told) => {
            let protocol = told.protocol.as_deref().unwrap_or("-");
            format!("event {protocol} {:?} {}", told.feed, raw(told.body))
        }
        Meaning::Ping(params) => format!("ping {}", raw(params)),
        Meaning::Disconnect(params) => format!("disconnect {}", raw(params)),
        Meaning::Reauthenticate(params) => format!("reauthenticate {}", raw(params)),
        Meaning::Netcast(params) => format!("netcast {}", raw(params)),
        Meaning::Other => "other".into(),
        Meaning::Broken(why) => format!("broken: {why}"),
    }
}

fn id() -> RequestId {
    "r1".into()
}

#[test]
fn what_a_client_says_is_what_the_service_reads() {
    let play = json!({ "call_id": "c" });
    let contexts = json!({ "contexts": ["office"] });
    for (dialect, protocol) in [(Dialect::Current, "-"), (Dialect::Blade, ADDRESS)] {
        let say = |method, params| dialect.command(&id(), Some(ADDRESS), method, params);
        let said = format!(r#"command {protocol} calling.play {{"call_id":"c"}}"#);
        assert_eq!(read(dialect, &say("calling.play", &play)), said);
        let said = format!(r#"contexts true {protocol} signalwire.receive {{"contexts":["office"]}}"#);
        assert_eq!(read(dialect, &say("signalwire.receive", &contexts)), said);
        assert_eq!(read(dialect, &dialect.ping(&id())), "ping {}");
    }
    let setup = |old| read(Dialect::Blade, &Dialect::setup(&id(), old));
    assert_eq!(setup(None), "setup {}");
    assert_eq!(setup(Some(ADDRESS)), format!(r#"setup {{"protocol":"{ADDRESS}"}}"#));
    assert_eq!(
        read(Dialect::Blade, &Dialect::subscription(&id(), ADDRESS)),
        format!(r#"subscription {{"command":"add","protocol":"{ADDRESS}","channels":["notifications"]}}"#)
    );
}

#[test]
fn a_login_says_what_its_dialect_has_a_place_for() {
    let contexts = ["office".to_owned()];
    let login = || Login {
        authentication: Authentication {
            project: Some("p".into()),
            token: Some("t".into()),
            jwt_token: None,
        },
        contexts: &contexts,
        protocol: Some(ADDRESS),
        authorization_state: Some("state"),
        sessionid: Some("sess-1"),
    };
    let params = |dialect: Dialect, login| -> Value {
        let text = dialect.login(&id(), login);
        let said = read(dialect, &text);
        serde_json::from_str(said.strip_prefix("login ").unwrap()).unwrap()
    };
    let who = json!({ "project": "p", "token": "t" });
    assert_eq!(
        params(Dialect::Current, login()),
        json!({"version":{"major":2,"minor":0,"revision":0},"agent":AGENT,"event_acks":true,"authentication":who,
            "contexts":["office"],"protocol":ADDRESS,"authorization_state":"state"})
    );
    assert_eq!(
        params(Dialect::Blade, login()),
        json!({"version":{"major":2,"minor":3,"revision":0},"authentication":who,"sessionid":"sess-1","agent":AGENT})
    );
    let alone = Login { authorization_state: Some("state"), ..Login::default() };
    assert!(params(Dialect::Current, alone).get("authorization_state").is_none(), "only with the protocol");
}

#[test]
fn an_event_is_read_in_one_pass_and_step_by_step_alike() {
    let body = r#"{"event_type":"calling.call.play","timestamp":1.5,"params":{"state":"playing"}}"#;
    for (dialect, protocol) in [(Dialect::Current, None), (Dialect::Blade, Some(ADDRESS))] {
        let text = dialect.event("e\"1", ADDRESS, body);
        let said = format!("event {} Calling {body}", protocol.unwrap_or("-"));
        assert_eq!(read(dialect, &text), said);
        for event in [dialect.event_text(&text).unwrap(), EventText::parse(&text).unwrap()] {
            assert_eq!((event.id.map(RawValue::get), event.feed), (Some(r#""e\"1""#), Feed::Calling));
            assert_eq!(event.protocol.as_deref(), protocol);
            assert_eq!(
                (&*event.envelope.event_type, event.envelope.timestamp),
                ("calling.call.play", Some(1.5))
            );
            assert_eq!(event.envelope.params.map(RawValue::get), Some(r#"{"state":"playing"}"#));
        }
        let other = if dialect == Dialect::Blade { Dialect::Current } else { Dialect::Blade };
        assert!(other.event_text(&text).is_none(), "{dialect}");
        assert_eq!(read(other, &text), "other");
    }
}

#[test]
fn a_task_has_no_event_in_it_and_a_broadcast_may_be_of_anything() {
    let told = |event: &str, params: &str| {
        let text = format!(
            r#"{{"id":"b","method":"blade.broadcast","params":{{"protocol":"x","event":"{event}","params":{params}}}}}"#
        );
        (Dialect::Blade.event_text(&text).is_some(), read(Dialect::Blade, &text))
    };
    let task = told("queuing.relay.tasks", r#"{"context":"office","message":{}}"#);
    assert_eq!(task, (false, r#"event x Tasks {"context":"office","message":{}}"#.into()));
    let message = told("queuing.relay.messaging", r#"{"event_type":"messaging.state"}"#);
    assert_eq!(message, (true, r#"event x Messaging {"event_type":"messaging.state"}"#.into()));
    assert!(told("relay", "{}").1.starts_with("event x Other"));
}

#[test]
fn an_execute_of_no_shape_is_broken_and_never_a_command() {
    for params in ["[]", "null", "{}", r#"{"protocol":7,"method":"x"}"#, r#"{"protocol":"signalwire"}"#] {
        let text = format!(r#"{{"id":"b","method":"blade.execute","params":{params}}}"#);
        assert!(read(Dialect::Blade, &text).starts_with("broken: "), "{params}");
    }
    for (dialect, method) in [
        (Dialect::Blade, "calling.play"),
        (Dialect::Blade, "signalwire.ping"),
        (Dialect::Current, "blade.execute"),
        (Dialect::Current, "signalwire.whatever"),
    ] {
        assert_eq!(read(dialect, &format!(r#"{{"id":"b","method":"{method}"}}"#)), "other");
    }
}

#[test]
fn an_answer_is_wrapped_once_more_in_blade_and_says_yes_in_its_own_way() {
    let raw = RawValue::from_string(r#""b1""#.into()).unwrap();
    let nodes = Nodes { requester: "cli-1", responder: "srv-1" };
    for (code, current, blade) in [("200", true, true), ("202", true, false), ("404", false, false)] {
        for (dialect, success) in [(Dialect::Current, current), (Dialect::Blade, blade)] {
            let text = dialect.answer(&raw, nodes, &json!({ "code": code, "message": "m", "call_id": "c" }));
            let Ok(Frame::Response { result, .. }) = Frame::parse(&text) else { panic!("{text}") };
            let reply = dialect.reply(result.get());
            assert_eq!((&*reply.code, &*reply.message, &reply.body["call_id"]), (code, "m", &json!("c")));
            assert_eq!(dialect.is_success(&reply), success, "{dialect} {code}");
        }
    }
    for bare in [r#"{"requester_nodeid":"x"}"#, "null", "[]", r#"{"code":"500"}"#, r#"{"result":{}}"#] {
        assert!(Dialect::Blade.is_success(&Dialect::Blade.reply(bare)), "{bare}: no inner code is a yes");
    }
}

#[test]
fn the_address_of_a_session_is_read_from_the_result_that_grants_it() {
    let granted = |dialect: Dialect, result: &str| {
        dialect.granted_protocol(&RawValue::from_string(result.into()).unwrap())
    };
    assert_eq!(granted(Dialect::Current, r#"{"protocol":"a_b_c"}"#), Some("a_b_c".into()));
    assert_eq!(granted(Dialect::Blade, r#"{"result":{"protocol":"a_b_c"}}"#), Some("a_b_c".into()));
    for (dialect, result) in [
        (Dialect::Current, "{}"),
        (Dialect::Current, r#"{"protocol":""}"#),
        (Dialect::Blade, r#"{"protocol":"a_b_c"}"#),
        (Dialect::Blade, "[]"),
    ] {
        assert_eq!(granted(dialect, result), None, "{dialect} {result}");
    }
}

#[test]
fn only_an_address_of_the_same_account_may_be_picked_up() {
    let opened = |result: &str| Opened::parse(&RawValue::from_string(result.into()).unwrap());
    let ours = opened(r#"{"sessionid":"s","authorization":{"signature":"5c0ffee5"}}"#);
    assert!(ours.may_resume(ADDRESS));
    assert!(!ours.may_resume("signalwire_other_4444") && !ours.may_resume("signalwire"));
    assert!(!opened(r#"{"sessionid":"s"}"#).may_resume(ADDRESS) && !opened("7").may_resume(ADDRESS));
}

#[test]
fn blade_knows_what_the_old_sdks_send_and_says_what_it_does_not() {
    let knows = |method: &str, params: Value| Dialect::Blade.knows(method, &params);
    assert_eq!(knows("calling.play", json!({ "play": [] })), Ok(()));
    let why = knows("calling.collect", json!({})).unwrap_err().to_string();
    assert_eq!(why, "the blade dialect of this connection does not know calling.collect");
    let why = knows("calling.play", json!({ "loop": 2 })).unwrap_err().to_string();
    assert_eq!(why, "the blade dialect of this connection does not know loop of calling.play");
    for method in
        ["calling.record.pause", "calling.stream", "calling.transcribe.stop", "signalwire.unreceive"]
    {
        assert!(knows(method, json!({})).is_err(), "{method}");
        assert_eq!(Dialect::Current.knows(method, &json!({})), Ok(()));
    }
}

#[test]
fn a_dial_of_one_device_begins_a_call_and_one_of_several_dials() {
    let one = json!({ "tag": "t", "devices": [[{"type":"phone"}]] });
    assert_eq!(
        Dialect::Blade.dial(one.clone()),
        ("calling.begin", json!({ "tag": "t", "device": {"type":"phone"} }))
    );
    assert_eq!(Dialect::Current.dial(one.clone()), ("calling.dial", one));
    for more in [
        json!({ "tag": "t", "devices": [[{"type":"phone"}, {"type":"phone"}]] }),
        json!({ "tag": "t", "devices": [[{"type":"phone"}], [{"type":"phone"}]] }),
        json!({ "tag": "t", "devices": [[{"type":"phone"}]], "max_price_per_minute": 1.0 }),
    ] {
        assert_eq!(Dialect::Blade.dial(more.clone()), ("calling.dial", more));
    }
}

#[test]
fn the_first_word_tells_the_dialect_and_so_does_its_name() {
    assert_eq!(Dialect::of("blade.connect"), Dialect::Blade);
    assert_eq!(Dialect::of("signalwire.connect"), Dialect::Current);
    assert_eq!(Dialect::ALL.map(|dialect| dialect.to_string().parse()), Dialect::ALL.map(Ok));
    assert_eq!("v2".parse::<Dialect>().unwrap_err().to_string(), "the dialect is `current` or `blade`");
}
