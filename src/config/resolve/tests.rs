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

/// Files that people break, with the lines that must be in what they are told.
#[test]
fn hostile_files_are_told_every_mistake_with_line_and_suggestion() {
    let long = format!("person = \"{}\"", "x".repeat(40));
    let many = "[[rule]]\nname = 'a'\nfilter = 'x'\n".repeat(51);
    for (text, parts) in [
        ("theme = dark", &["1: string values must be quoted"][..]),
        ("theme = \"dark", &["1: "]),
        ("[list\nsort = 'age'", &["1: unclosed table"]),
        ("\0\u{1}\u{7f}", &["1: "]),
        (
            "mouse = 'yes'\nbell = 1\nmask = []",
            &["1: mouse is not true or false", "2: bell is not", "3: mask is not"],
        ),
        ("bell = true\nbell = false", &["2: `bell` is there twice"]),
        ("[list]\nsort = 'age'\n[list]\nsort = 'to'", &["3: `list` is there twice"]),
        ("[lists]\nsort = 'age'", &["1: unknown section `lists`; did you mean `[list]`?"]),
        ("[views]\nname = 'a'", &["1: unknown section `views`; did you mean `[[view]]`?"]),
        ("[view]\nname = 'a'", &["1: view is a list of tables: write [[view]] above each"]),
        ("[[wall]]\nwindow = '15m'", &["1: there is one wall only: write [wall], not [[wall]]"]),
        ("list = 'age'", &["1: list is a section, [list]"]),
        (
            "[list]\nfoo = []\ncolums = []",
            &[
                "2: unknown key `foo` in [list]; the keys are columns, sort, reversed",
                "3: unknown key `colums` in [list]; did you mean `columns`?",
            ],
        ),
        ("thema = ['dark']", &["1: unknown key `thema`; did you mean `theme`?"]),
        ("[[views]]\nname = 'a'", &["1: unknown section `views`; did you mean `[[view]]`?"]),
        (
            "[profile.x]\ntokens = { a = 1 }",
            &["2: unknown key `tokens` in [profile.x]; did you mean `token`?"],
        ),
        (
            "contexts = ['']\n[list]\nsort = ' '\n[[view]]\nname = ''\nfilter = ''",
            &["1: contexts: is empty", "3: sort: is empty", "5: name: is empty", "6: filter: is empty"],
        ),
        ("[profile.a]\ntitle = \"P\\u001b\\nX\"", &["2: title: has control characters in it"]),
        ("[profile.\"a\\u001b\"]", &["1: profile `a␛` has control characters in it"]),
        (
            "[[view]]\nname = 'a'\ncolumns = []\n[list]\ncolumns = ['age', 'to', 'age']",
            &["3: columns: name one at least", "5: columns: `age` is there twice"],
        ),
        (
            "profile = 'prod'",
            &["1: profile is a section, [profile.NAME]", "`default_profile` names the one to use"],
        ),
        ("[list]\ntheme = 'dark'", &["2: `theme` is not a key of [list]; it belongs at the top of the file"]),
        (
            "[keys]\nhangup = 'H'\nzzz = 'z'",
            &[
                "2: unknown command `hangup`; did you mean `hang-up`?",
                "3: unknown command `zzz`; `callboard keys`",
            ],
        ),
        (
            "[keys]\nhang-up = 'alt+h'\nundo = ['U', 'f77']\nback = 7",
            &["2: hang-up: Alt cannot be used", "3: undo: `f77` is no key", "4: back is not a text"],
        ),
        (
            "[list]\ncolumns = ['state', 'ages']\nsort = 'tos'\nreversed = 'no'",
            &[
                "2: columns: unknown column `ages`; did you mean `age`?",
                "3: sort: unknown column `tos`",
                "4: reversed is not true",
            ],
        ),
        (
            "[[view]]\nfilter = 'x'\n[[view]]\nname = 'a'\n[[view]]\nname = 'a'",
            &["1: [[view]] needs `name`", "5: the name `a` is taken: [[view]] in line 3"],
        ),
        (&many, &["151: there can be no more than 50 [[rule]]"]),
        (
            "[[alert]]\nname = 'a'\nhold_seconds = 99999\nnotify = 'x'\n[[alert]]\nname = 'b'\n[[alert]]\nname = 'c'\nact = 'alert:act'\n\
             [[alert]]\nname = 'd'\nwarn = 'link:up'\nact = 'ringing'\n[[alert]]\nname = 'not recordet'\noff = true",
            &[
                "5: [[alert]]: a rule needs `warn`, `act` or both",
                "9: act: `alert",
                "10: [[alert]]: `warn` and `act` must ask about the same thing",
                "14: unknown built-in alert `not recordet`; did you mean `not recorded`?",
                "3: hold_seconds is not a whole number within 0 to 3600",
                "4: notify is not",
            ],
        ),
        (
            "[[template]]\nmethod = 'play_ttz'\nname = 'a'\nvalues = {}",
            &["2: method: unknown method `play_ttz`; did you mean `play_tts`?"],
        ),
        (
            "[[template]]\nmethod = 'play_tts'\nname = 'a'\n[template.values]\ntexts = 'x'\nvolume = 99",
            &[
                "5: unknown field of play_tts: `texts`; did you mean `text`?",
                "6: volume: 99 is not within -40 to 40 dB",
            ],
        ),
        (
            "[[template]]\nmethod = 'play_tts'\nname = 'a'\nvalues = { text = ['x'] }",
            &["4: text is not a text, a number, true or false"],
        ),
        (
            "[wall]\nwindow = '15 minutes'\nasr = 50\n[wall.assr]\nwarn = 1\n[wall.acd]\nwarn = -1\n[wall.context.support.acd]\nwarn = 1\n\
             [wall.failed]\nwarn = 9\nact = 3\n[wall.context.support.asr]\nwarn = 5\nact = 8\n\
             [wall.recorded]\nwarn = 80\nact = 90",
            &[
                "2: window is not one of 5m, 15m, 1h, shift",
                "3: asr is a section, [wall.asr]",
                "4: unknown metric `assr`; did you mean `asr`?",
                "7: warn is not a number of 0 or more",
                "8: acd needs `warn` and `act`, or `off = true`",
                "10: failed: more is worse, so `act` must not be below `warn`",
                "13: asr: less is worse, so `act` must not be above `warn`",
                "16: recorded: less is worse, so `act` must not be above `warn`",
            ],
        ),
        (
            "[keys]\nnote = 'H'\nundo = 'B'\nrepeat = ['.', 'B']\ninterrupt = []\nfreeze = 'r'",
            &[
                "2: note: H already belongs to hang-up; give hang-up another key, or [] to take its keys away (built in)",
                "3: undo: B already belongs to repeat; give repeat another key, or [] to take its keys away (line 4)",
                "5: interrupt: needs a key",
                "6: freeze: r already belongs to",
            ],
        ),
        (
            "[[view]]\nname = 'a'\nfilter = 'ctx:support agge>60s'\n[[rule]]\nname = 'b'\nfilter = 'link:up'\n[[rule]]\nname = 'c'\n\
             [[view]]\nname = 'x'\noff = true",
            &[
                "3: filter: `agge`: ",
                "6: filter: ",
                "7: [[rule]] needs `filter`",
                "9: unknown built-in view `x`; there are: all calls",
            ],
        ),
        (
            "[profile.a]\nframe = 'redd'\n[profile.b]\nframe = '#12'\nspace = 'x'\nhost = 'y'\n[profile.c]\nmouse = true",
            &[
                "2: frame: unknown colour `redd`; did you mean `red`?",
                "4: frame: a colour of your own is #",
                "6: `space` and `host` say the same",
                "8: `mouse` is not a key of [profile.c]",
            ],
        ),
        ("[profile]\nhost = 'x'", &["2: host is a section, [profile.host]"]),
        (
            "default_profile = 'prd'\n[profile.prod]\ntitle = 'x'",
            &["1: unknown profile `prd`; did you mean `prod`?"],
        ),
        ("default_profile = 'prd'", &["1: there is no [profile.prd]"]),
        ("editor = \"vim 'x\"", &["1: editor: has a quote that is not closed"]),
        (
            "clipboard = 'osc'",
            &["1: clipboard is not one of auto, osc52, native, off; did you mean `osc52`?"],
        ),
        ("undo_seconds = 0x03", &["1: undo_seconds is not a whole number within 0 to 10"]),
        (&long, &[]),
        ("\u{feff}bell = 3\r\nmask = 4\r\n", &["1: bell is not", "2: mask is not"]),
    ] {
        let problems = settle(text, &[], ServiceArgs::default()).err().unwrap_or_default();
        assert_eq!(problems.is_empty(), parts.is_empty(), "{text}\n{problems:?}");
        let words = problems.join("\n");
        for part in parts {
            let line = part.starts_with(|c: char| c.is_ascii_digit());
            let part = if line { format!("/c/config.toml:{part}") } else { (*part).to_owned() };
            assert!(words.contains(&part), "{text}\nneeds {part}\nhas {words}");
        }
    }
}

#[test]
fn what_is_secret_or_may_be_is_never_repeated() {
    for text in [
        "token = PT-canary",
        "token = [\"PT-canary\"]",
        "token = 'PT-canary\njwt_token = 1",
        "[profile.a]\ntoken = PT-canary",
        "[profile.a]\ntoken = { x = 'PT-canary' }",
        "undo_seconds = 'PT-canary'",
        "mouse = 'PT-canary'",
        "clipboard = 'PT-canary'",
        "token = 'a'\ntoken = 'PT-canary'",
    ] {
        let problems = settle(text, &[], ServiceArgs::default()).unwrap_err();
        assert!(!problems.join("\n").contains("canary"), "{text}: {problems:?}");
    }
}

const PROFILES: &str = "token = 'flat'\nproject = 'flat'\nspace = 'flat'\ntheme = 'dark'\nundo_seconds = 1\n\
    [profile.prod]\nproject = 'prod-project'\ntoken = 'prod-token'\nhost = 'prod.example'\ntitle = 'PRODUCTION'\n\
    frame = 'red'\nundo_seconds = 9\n[profile.half]\ntheme = 'ansi'\n";

fn profile_flag(name: &str) -> ServiceArgs {
    ServiceArgs { profile: Some(name.into()), ..ServiceArgs::default() }
}

fn account(settings: &Settings) -> String {
    match &settings.credentials {
        Ok(Credentials::Token { project, token }) => format!("{} {}", project.reveal(), token.reveal()),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_profile_goes_before_the_top_of_the_file_and_brings_whole_accounts() {
    let none = settle(PROFILES, &[], ServiceArgs::default()).unwrap();
    assert_eq!(
        (account(&none).as_str(), none.host.as_str(), none.profile),
        ("flat flat", "flat.signalwire.com", None)
    );
    let prod = settle(PROFILES, &[], profile_flag("prod")).unwrap();
    assert_eq!((account(&prod).as_str(), prod.host.as_str()), ("prod-project prod-token", "prod.example"));
    assert_eq!((prod.undo, prod.theme.as_deref()), (Duration::from_secs(9), Some("dark")));
    let frame = Some("red".to_owned());
    assert_eq!(prod.profile, Some(Profile { name: "prod".into(), title: "PRODUCTION".into(), frame }));
    let half = settle(PROFILES, &[], profile_flag("half")).unwrap();
    assert_eq!((account(&half).as_str(), half.theme.as_deref()), ("flat flat", Some("ansi")));
    assert_eq!(half.profile.unwrap().title, "half");
    let lone_jwt = format!("jwt_token = 'j'\n{PROFILES}");
    assert_eq!(account(&settle(&lone_jwt, &[], profile_flag("prod")).unwrap()), "prod-project prod-token");
    let unknown = settle(PROFILES, &[], profile_flag("prud")).unwrap_err();
    assert_eq!(unknown, ["--profile: unknown profile `prud`; did you mean `prod`?"]);
}

#[test]
fn another_account_never_looks_like_the_profile() {
    let by_default = format!("default_profile = 'prod'\n{PROFILES}");
    let own = settle(&by_default, &[], ServiceArgs::default()).unwrap();
    assert_eq!(own.profile.unwrap().title, "PRODUCTION");
    for env in [
        &[(variable::PROJECT, "other"), (variable::TOKEN, "t")][..],
        &[(variable::JWT, "j")],
        &[(variable::SPACE, "other")],
    ] {
        let elsewhere = settle(&by_default, env, ServiceArgs::default()).unwrap();
        assert_eq!(elsewhere.profile, None, "{env:?}");
        let refused = settle(PROFILES, env, profile_flag("prod")).unwrap_err();
        assert!(refused[0].contains("is another account than that of [profile.prod]"), "{refused:?}");
    }
    let host = ServiceArgs { host: Some("other.example".into()), ..profile_flag("prod") };
    assert_eq!(settle(PROFILES, &[], host).unwrap().profile, None);
    // The same account, or a new token for it, is no other account.
    let same =
        [(variable::PROJECT, "prod-project"), (variable::TOKEN, "new"), (variable::SPACE, "prod.example")];
    let settings = settle(PROFILES, &same, profile_flag("prod")).unwrap();
    assert_eq!((account(&settings).as_str(), settings.profile.is_some()), ("prod-project new", true));
}

#[test]
fn secrets_of_profiles_need_a_private_file_too() {
    let file = File { mode: 0o644, ..file("[profile.a]\ntoken = 't'") };
    let problems = resolve(&file, &|_| None, &Flags::default()).unwrap_err();
    assert!(problems[0].to_string().contains("`token` in it is a secret"), "{problems:?}");
}

#[test]
fn who_and_with_what() {
    let env = [(variable::USER, "kim"), (variable::EDITOR, "nano -w"), (variable::VISUAL, "vi 'a b'")];
    let settings = settle("", &env, ServiceArgs::default()).unwrap();
    assert_eq!((settings.person.as_str(), settings.editor), ("kim", vec!["vi".to_owned(), "a b".to_owned()]));
    let settings = settle("person = 'ana'\neditor = 'vim'", &env, ServiceArgs::default()).unwrap();
    assert_eq!((settings.person.as_str(), settings.editor), ("ana", vec!["vim".to_owned()]));
}

#[test]
fn words_of_the_table_are_words_of_the_program() {
    use crate::config::schema::{KEYS, Kind};
    let words = |name: &str| match KEYS.iter().find(|key| key.name == name).unwrap().kind {
        Kind::Choice(words) => words,
        _ => panic!("{name}"),
    };
    assert_eq!(words("clipboard"), Way::NAMES.map(|(name, _)| name));
    assert_eq!(words("notify"), Notices::NAMES.map(|(name, _)| name));
    assert_eq!(words("time"), TIMES.map(|(name, _)| name));
    assert_eq!(words_of_window(), crate::wall::Window::ALL.map(crate::wall::Window::word));
    assert!(words("log_level").iter().all(|word| LogLevel::named(word).is_some()));
}

fn words_of_window() -> &'static [&'static str] {
    let wall = crate::config::schema::KEYS.iter().find(|key| key.name == "wall").unwrap();
    match wall.table().unwrap().keys.iter().find(|key| key.name == "window").unwrap().kind {
        crate::config::schema::Kind::Choice(words) => words,
        _ => panic!(),
    }
}

#[test]
fn themes_must_be_there_wherever_they_are_named() {
    let text = "theme = 'drak'\n[profile.a]\ntheme = 'light'\n[profile.b]\ntheme = 'lihgt'";
    let themes = ["dark", "light"].map(str::to_owned);
    let known = Known { themes: Some(&themes), broken: &[], state: Some(Path::new("/s")) };
    let look = LookArgs { theme: Some("darkk".into()), ..LookArgs::default() };
    let flags = Flags { look, ..Flags::default() };
    let problems = resolve_among(&known, &file(text), &|_| None, &flags).unwrap_err();
    let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "/c/config.toml:1: theme: unknown theme `drak`; did you mean `dark`?",
            "/c/config.toml:5: theme: unknown theme `lihgt`; did you mean `light`?",
            "--theme: unknown theme `darkk`; did you mean `dark`?",
        ]
    );
    assert!(resolve_among(&known, &file("theme = 'auto'"), &|_| None, &Flags::default()).is_ok());
    for (text, log) in [("log = 'a.log'", "/s/a.log"), ("log = '/l/a.log'", "/l/a.log")] {
        let settings = resolve_among(&known, &file(text), &|_| None, &Flags::default()).unwrap();
        assert_eq!(settings.log, Some(log.into()));
    }
}
