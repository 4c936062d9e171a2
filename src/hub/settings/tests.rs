//! What a file and a command line come to, and what is refused.

use pretty_assertions::assert_eq;

use super::*;
use crate::cli::{self, Command, Parsed, ServiceArgs};
use crate::config::{File, Flags};
use crate::hub::people::{Caller, Proof};
use crate::hub::rights::{Extra, Right, Role};

const PROJECT: &str = "projects = ['p-canary']\n";

fn config(text: &str) -> Result<config::Settings, Vec<String>> {
    let file = File { path: "/c/config.toml".into(), text: Some(Secret::new(text)), mode: 0o600 };
    config::resolve(&file, &|_| None, &Flags::default()).map_err(|problems| words(&problems))
}

fn words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn asked(line: &str) -> (ServiceArgs, HubOptions) {
    let args: Vec<_> =
        ["callboard", "hub"].into_iter().chain(line.split_whitespace()).map(Into::into).collect();
    match cli::parse(&args) {
        Parsed::Run(cli) => match cli.command {
            Some(Command::Hub(args)) => (cli.service, args.options),
            other => panic!("{other:?}"),
        },
        Parsed::Say { text, .. } => panic!("{text}"),
    }
}

fn places() -> Places {
    Places { runtime: Some("/run/user/1000".into()), state: Some("/s/callboard".into()), uid: Some(1000) }
}

/// The settings of a file and a command line.
fn resolve(text: &str, line: &str) -> Result<Settings, Vec<String>> {
    let (service, options) = asked(line);
    Settings::resolve(&config(text)?, &service, &options, &places()).map_err(|problems| words(&problems))
}

/// The same of what stands under [hub].
fn settle(hub: &str, line: &str) -> Result<Settings, Vec<String>> {
    resolve(&format!("[hub]\n{hub}"), line)
}

fn refusal(hub: &str, line: &str) -> String {
    match settle(hub, line) {
        Err(problems) if problems.len() == 1 => problems.concat(),
        other => panic!("{hub} {line}: {other:?}"),
    }
}

#[test]
fn without_a_word_it_is_on_loopback_and_on_a_socket_and_its_runner_is_admin() {
    let settings = resolve("", "").unwrap();
    assert_eq!(settings.listen, [Listen { name: None, address: "127.0.0.1:7080".parse().unwrap() }]);
    assert_eq!(settings.upstream, "relay.signalwire.com");
    assert_eq!(settings.socket, Path::new("/run/user/1000/callboard/hub.sock"));
    assert_eq!((settings.tls, settings.attach, settings.ca_file), (None, None, None));
    assert!(!settings.projects.is_limited());
    let runner = Caller::Process { uid: 1000, login: None };
    assert_eq!(settings.people.admit(&runner).unwrap().role, Role::Admin);
}

#[test]
fn the_command_line_goes_before_the_file_and_the_file_before_the_account() {
    let account = "space = 'x'\nca_file = 'top.pem'\n";
    let with = |hub: &str, line: &str| resolve(&format!("{account}[hub]\n{hub}"), line).unwrap();
    let plain = with("", "");
    assert_eq!((plain.upstream.as_str(), plain.ca_file), ("x.signalwire.com", Some("/c/top.pem".into())));
    let hub = "upstream = 'h:1'\nca_file = 'a.pem'\nlisten = 'ivr=127.0.0.1:1'\nsocket = 'h.sock'\nca_out = '/o.pem'";
    let file = with(hub, "");
    assert_eq!((file.upstream.as_str(), file.ca_file), ("h:1", Some("/c/a.pem".into())));
    assert_eq!((file.listen[0].to_string().as_str(), file.listen.len()), ("ivr=127.0.0.1:1", 1));
    assert_eq!(
        (file.socket, file.tls, file.ca_out),
        ("/c/h.sock".into(), Some(Tls::Own), Some("/o.pem".into()))
    );
    let line = "--upstream ws://127.0.0.1:9 --listen a=127.0.0.1:2 b=[::1]:2 --socket /t/s --ca-out f";
    let both = with(hub, line);
    let listen: Vec<_> = both.listen.iter().map(ToString::to_string).collect();
    assert_eq!(
        (both.upstream.as_str(), listen),
        ("ws://127.0.0.1:9", vec!["a=127.0.0.1:2".into(), "b=[::1]:2".into()])
    );
    assert_eq!((both.socket, both.ca_out), ("/t/s".into(), Some("f".into())));
    let service = with(hub, "--host i:1 --ca-file b.pem");
    assert_eq!((service.upstream.as_str(), service.ca_file), ("i:1", Some("b.pem".into())));
}

#[test]
fn tls_is_as_it_is_said_and_with_a_certificate_by_itself() {
    let given = || Some(Tls::Given(Identity { certificate: "/c/h.pem".into(), key: "/k".into() }));
    let files = "certificate = 'h.pem'\nkey = '/k'\n";
    for (hub, line, tls) in [
        ("", "--tls", Some(Tls::Own)),
        ("", "--ca-out f", Some(Tls::Own)),
        ("tls = true", "", Some(Tls::Own)),
        ("tls = false", "", None),
        ("tls = false", "--tls", Some(Tls::Own)),
        (files, "", given()),
        (&format!("{files}tls = false"), "", None),
        (&format!("{files}tls = false"), "--tls", given()),
    ] {
        assert_eq!(settle(hub, line).unwrap().tls, tls, "{hub} {line}");
    }
    assert!(refusal("certificate = 'h.pem'", "").starts_with("/c/config.toml:2: `certificate` needs `key`"));
    assert!(refusal("key = 'h.pem'", "").starts_with("/c/config.toml:2: `key` needs `certificate`"));
    assert!(refusal(files, "--ca-out f").starts_with("--ca-out: the hub has `certificate` of its own"));
}

#[test]
fn nothing_that_others_can_reach_is_open_to_everybody() {
    let files = "certificate = 'h.pem'\nkey = 'k'\n";
    for (hub, line, parts) in [
        (
            "listen = '0.0.0.0:1'",
            "",
            &["/c/config.toml:2: 0.0.0.0:1 can", "`tls = true` with `certificate`", "`projects`"][..],
        ),
        ("listen = '192.0.2.1:1'\ntls = true", "", &["`tls = true` with `certificate`", "`projects`"]),
        (&format!("listen = '[::]:1'\ntls = true\n{PROJECT}"), "", &["`tls = true` with `certificate`"]),
        (&format!("listen = '10.0.0.1:1'\n{files}"), "", &["10.0.0.1:1 can", "put `projects`"]),
        (
            &format!("tls = false\n{files}{PROJECT}"),
            "--listen 10.0.0.1:1",
            &["--listen: 10.0.0.1:1 can", "put `tls = true` into"],
        ),
        ("", "--listen 127.0.0.1:1 10.0.0.1:2 --tls", &["--listen: 10.0.0.1:2 can"]),
        (
            "attach = '10.0.0.1:1'\nclient_ca = 'p.pem'",
            "",
            &["/c/config.toml:2: 10.0.0.1:1 can", "`certificate` and `key`"],
        ),
        ("attach = '127.0.0.1:1'", "", &["/c/config.toml:2: needs `client_ca`"]),
        (files, "--attach 10.0.0.1:1", &["--attach: needs `client_ca`"]),
    ] {
        let why = refusal(hub, line);
        for part in parts {
            assert!(why.contains(part), "{hub} {line}: {part}\n{why}");
        }
        assert!(!why.contains("canary") && !why.contains('\n'), "{why}");
    }
    let open = settle(&format!("listen = '0.0.0.0:1'\n{files}{PROJECT}"), "").unwrap();
    assert!(matches!(open.tls, Some(Tls::Given(_))) && open.projects.is_limited());
    let attach =
        settle(&format!("attach = '10.0.0.1:1'\nclient_ca = 'p.pem'\n{files}"), "").unwrap().attach.unwrap();
    assert!(matches!(attach.tls, Tls::Given(_)) && attach.client_ca == Path::new("/c/p.pem"));
    let local =
        settle("attach = '[::1]:1'\nclient_ca = 'p.pem'", "--attach 127.0.0.2:0").unwrap().attach.unwrap();
    assert_eq!((local.address.to_string().as_str(), local.tls), ("127.0.0.2:0", Tls::Own));
    // Neither is an address that only looks like loopback.
    assert!(refusal("", "--listen [::ffff:127.0.0.1]:1").contains("can be reached"));
}

#[test]
fn only_the_accounts_of_the_list_pass() {
    let settings = settle("projects = [' p-canary ', 'other']", "").unwrap();
    let login = |project: &str| {
        format!(r#"{{"method":"blade.connect","params":{{"authentication":{{"project":"{project}"}}}}}}"#)
    };
    for (project, admitted) in [("p-canary", true), ("other", true), (" p-canary ", false), ("", false)] {
        assert_eq!(settings.projects.admits(login(project).as_bytes()), admitted, "{project}");
    }
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
fn what_cannot_be_is_refused_where_it_stands() {
    let long = format!("socket = '/{}'", "s".repeat(92));
    for (hub, line, part) in [
        ("listen = ['127.0.0.1:1', '127.0.0.1:1']", "", "/c/config.toml:2: 127.0.0.1:1 is there twice"),
        ("", "--listen a=127.0.0.1:1 a=127.0.0.1:2", "--listen: the name a is there twice"),
        ("listen = 'hub.example:1'", "", "/c/config.toml:2: listen: is no address to listen on"),
        ("upstream = 'a b'", "", "/c/config.toml:2: upstream: "),
        ("upstream = 'ws://h'", "", "would send the token in the clear"),
        ("", "--upstream user@h", "--upstream: host \"user@h\" is not an address"),
        (
            "listen = '127.0.0.1:7'\nupstream = 'ws://localhost:7'",
            "",
            "/c/config.toml:3: ws://localhost:7 is where the hub itself",
        ),
        ("", "--upstream ws://127.0.0.1:7080", "--upstream: ws://127.0.0.1:7080 is where"),
        (&long, "", "/c/config.toml:2: a path of 93 bytes is too long"),
        ("attach = 'x'", "", "/c/config.toml:2: attach: is no address"),
        ("host_names = ['a/b']", "", "/c/config.toml:2: host_names: is no name of a machine"),
        ("projects = ['a canary']", "", "/c/config.toml:2: projects: an id has white space"),
        (
            "persons = 1",
            "",
            "/c/config.toml:2: unknown key `persons` in [hub]; did you mean `[[hub.person]]`?",
        ),
    ] {
        let why = refusal(hub, line);
        assert!(why.contains(part) && !why.contains("canary"), "{hub} {line}: {why}");
    }
    let twice = settle("listen = ['127.0.0.1:0', '127.0.0.1:0']", "").unwrap();
    assert_eq!(twice.listen.len(), 2, "each takes a free port of its own");
}

#[test]
fn people_have_roles_rights_and_scopes() {
    let text = "[[hub.person]]\nuser = 'ana'\nrole = 'act'\nrights = ['-hangup', '+contexts']\nbulk_limit = 5\n\
                [[hub.person]]\ncertificate = 'raj'\nrole = 'watch'\ncontexts = ['support']\nnumbers = ['+1202*']\nowners = ['ivr']\n";
    let people = settle(text, "").unwrap().people;
    let [ana, raj] = people.entries() else { panic!("{people:?}") };
    assert_eq!((&ana.proof, ana.role, ana.bulk_limit), (&Proof::User("ana".into()), Role::Act, Some(5)));
    assert_eq!(ana.extras, [Extra::Minus(Right::Hangup), Extra::Plus(Right::Contexts)]);
    assert!(ana.scope.is_everything() && !raj.scope.is_everything());
    assert!(raj.scope.holds_owner(Some("ivr")) && !raj.scope.holds_context("sales"));
    assert_eq!(raj.proof, Proof::Certificate("raj".into()));
}

#[test]
fn a_person_of_no_use_is_named_with_its_line() {
    for (text, part) in [
        ("user = 'ana'", ":2: [[hub.person]] needs `role`: what the person is there for"),
        ("role = 'act'", ":2: [[hub.person]] needs `user`, a login on this machine, or `certificate`"),
        ("role = 'act'\nuser = 'a'\ncertificate = 'b'", ":2: [[hub.person]] needs `user`"),
        ("role = 'acts'\nuser = 'a'", ":3: role is not one of watch, act, admin; did you mean `act`?"),
        ("role = 'act'\nuser = 'a b'", ":4: user: is no login name"),
        ("role = 'act'\nuser = 'a'\nrights = ['+hang']", ":5: rights: unknown right `hang`"),
        ("role = 'act'\nuser = 'a'\nbulk_limit = 0", ":5: bulk_limit is not a whole number within 1"),
        (
            "role = 'act'\nuser = 'a'\nscope = 'x'",
            ":5: unknown key `scope` in [[hub.person]]; the keys are user",
        ),
        (
            "role = 'act'\nuser = 'a'\n[[hub.person]]\nrole = 'watch'\nuser = ' a'",
            ":5: there is a [[hub.person]] for a already",
        ),
    ] {
        let problems = config(&format!("[hub]\n[[hub.person]]\n{text}")).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains(part), "{text}: {problems:?}");
    }
}

#[test]
fn sockets_are_where_the_machine_has_room_for_them() {
    let none = Places::default();
    assert_eq!((none.socket(), none.sockets().len()), (SERVICE_SOCKET.into(), 1));
    let state = Places { runtime: None, ..places() };
    assert_eq!(state.socket(), Path::new("/s/callboard/hub.sock"));
    assert_eq!(
        places().sockets(),
        [Path::new("/run/user/1000/callboard/hub.sock"), Path::new(SERVICE_SOCKET)]
    );
}
