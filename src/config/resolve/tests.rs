//! Tables of what layers and mistakes come to.

use super::*;
use crate::cli::{LookArgs, ServiceArgs};
use pretty_assertions::assert_eq;

fn file(text: &str) -> File {
    File { path: "/c/config.toml".into(), text: Some(Secret::new(text)), mode: 0o100_600 }
}

type Pairs = [(&'static str, &'static str)];

fn lookup(pairs: &Pairs) -> impl Fn(&str) -> Option<OsString> + '_ {
    move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
}

fn settle(text: &str, env: &Pairs, service: ServiceArgs) -> Result<Settings, Vec<String>> {
    let flags = Flags { service, look: LookArgs::default() };
    let words = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
    resolve(&file(text), &lookup(env), &flags).map_err(words)
}

fn host_flag(host: &str) -> ServiceArgs {
    ServiceArgs { host: Some(host.into()), ..ServiceArgs::default() }
}

#[test]
fn the_later_layer_wins() {
    let nothing = ServiceArgs::default;
    for (text, env, flags, host) in [
        ("", &[][..], nothing(), "relay.signalwire.com"),
        ("space = 'a'", &[], nothing(), "a.signalwire.com"),
        ("host = 'a.example:8'", &[], nothing(), "a.example:8"),
        ("space = 'a'", &[(variable::SPACE, "b")], nothing(), "b.signalwire.com"),
        ("", &[(variable::SPACE, "b.example")], nothing(), "b.example"),
        ("", &[(variable::SPACE, " b\n")], nothing(), "b.signalwire.com"),
        ("", &[(variable::SPACE, "localhost:9")], nothing(), "localhost:9"),
        ("space = 'a'", &[(variable::SPACE, "")], nothing(), "a.signalwire.com"),
        ("space = 'a'", &[(variable::SPACE, "b")], host_flag("ws://127.0.0.1:9"), "ws://127.0.0.1:9"),
    ] {
        assert_eq!(settle(text, env, flags).unwrap().host, host, "{text} {env:?}");
    }
}

#[test]
fn credentials_of_every_kind() {
    const P: (&str, &str) = (variable::PROJECT, "env-project");
    const T: (&str, &str) = (variable::TOKEN, "env-token");
    const J: (&str, &str) = (variable::JWT, "env-jwt");
    let both = Err(vec![Missing::Project, Missing::Token]);
    for (text, env, expected) in [
        ("", &[][..], both),
        ("", &[P], Err(vec![Missing::Token])),
        ("", &[T], Err(vec![Missing::Project])),
        ("", &[P, T], Ok("env-project env-token")),
        ("project = 'p'\ntoken = ' t '", &[], Ok("p t")),
        ("project = 'p'\ntoken = 't'", &[T], Ok("p env-token")),
        ("project = 'p'\ntoken = 't'", &[P, T, J], Ok("jwt env-jwt")),
        ("jwt_token = 'j'", &[P, T], Ok("jwt j")),
    ] {
        let credentials = settle(text, env, ServiceArgs::default()).unwrap().credentials;
        let words = credentials.map(|credentials| match credentials {
            Credentials::Token { project, token } => format!("{} {}", project.reveal(), token.reveal()),
            Credentials::Jwt { jwt, .. } => format!("jwt {}", jwt.reveal()),
        });
        assert_eq!(words, expected.map(str::to_owned), "{text} {env:?}");
    }
}

#[test]
fn missing_credentials_are_named_one_by_one() {
    let settings = settle("", &[], ServiceArgs::default()).unwrap();
    let problems = settings.client_config().unwrap_err();
    let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 2);
    assert!(words[0].contains("SIGNALWIRE_PROJECT_ID") && words[0].contains("/c/config.toml"));
    assert!(words[1].contains("SIGNALWIRE_API_TOKEN") && words[1].contains("SIGNALWIRE_JWT_TOKEN"));
}

#[test]
fn every_mistake_at_once_with_its_line() {
    let text = "projct = 'x'\ntoken = PT-canary\nundo_seconds = 11\ncontexts = ['a', 7]\n\
                zebra = 1\nascii = 'yes'\nspace = 'a'\nhost = 'b c'\nlog_level = 'loud'\n";
    let env = [(variable::SPACE, "a/b")];
    let problems = settle(text, &env, host_flag("user@h")).unwrap_err();
    let text = problems.join("\n");
    for part in [
        "/c/config.toml:1: unknown key `projct`; did you mean `project`?",
        "/c/config.toml:2: ",
        "/c/config.toml:3: undo_seconds is not a whole number within 0 to 10",
        "/c/config.toml:4: contexts is not a list of texts",
        "/c/config.toml:5: unknown key `zebra`; the keys are project, token",
        "/c/config.toml:6: ascii is not true or false",
        "/c/config.toml:8: `space` and `host`",
        "/c/config.toml:9: log_level is not one of",
        "--host: ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn a_file_with_a_secret_must_be_private() {
    for (text, mode, refused) in [
        ("token = 't'", 0o600, false),
        ("token = 't'", 0o400, false),
        ("token = 't'", 0o640, true),
        ("jwt_token = 't'", 0o604, true),
        ("theme = 't'", 0o644, false),
    ] {
        let file = File { mode, ..file(text) };
        let problems = resolve(&file, &|_| None, &Flags::default()).err().unwrap_or_default();
        let named = problems.iter().any(|problem| problem.to_string().contains("chmod 600 /c/config.toml"));
        assert_eq!(named, refused, "{text} {mode:o}");
    }
}

#[test]
fn secrets_with_white_space_inside_are_named_not_shown() {
    let env = [(variable::TOKEN, "PT canary"), (variable::PROJECT, "p")];
    let problems = settle("", &env, ServiceArgs::default()).unwrap_err();
    assert_eq!(problems, ["SIGNALWIRE_API_TOKEN: has white space in it"]);
}

#[test]
fn the_rest_has_defaults_and_relative_paths_are_beside_the_file() {
    let settings = settle("", &[], ServiceArgs::default()).unwrap();
    assert_eq!(settings.undo, Duration::from_secs(3));
    assert!(settings.color && !settings.ascii && settings.log.is_none());
    let text = "undo_seconds = 0\nca_file = 'ca.pem'\nlog = '/l'\ncontexts = ['a', 'b', 'a']";
    let settings = settle(text, &[(variable::NO_COLOR, "1")], ServiceArgs::default()).unwrap();
    assert_eq!(settings.undo, Duration::ZERO);
    assert_eq!(settings.ca_file, Some("/c/ca.pem".into()));
    assert_eq!(settings.log, Some("/l".into()));
    assert_eq!(settings.contexts, ["a", "b"]);
    assert!(!settings.color);
    let flags = ServiceArgs { contexts: vec!["c".into()], ..ServiceArgs::default() };
    assert_eq!(settle(text, &[], flags).unwrap().contexts, ["c"]);
}

#[test]
fn settings_never_show_a_secret() {
    let text = "project = 'canary-1'\ntoken = 'canary-2'";
    let settings = settle(text, &[], ServiceArgs::default()).unwrap();
    let config = settings.client_config().unwrap();
    assert!(!format!("{settings:?}{config:?}").contains("canary"));
}
