//! What the hub prints about itself: settings for applications, and its unit file.

use crate::{callboard, home, write};

fn env(args: &[&str]) -> String {
    let home = home();
    let args: Vec<_> = ["hub", "env"].iter().chain(args).copied().collect();
    let ran = callboard(home.path(), &args, &[]);
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
    ran.out
}

#[test]
fn every_sdk_is_told_where_a_hub_of_ws_is() {
    insta::assert_snapshot!(env(&[]));
}

#[test]
fn every_sdk_is_told_where_a_hub_of_wss_is_and_whom_to_trust() {
    insta::assert_snapshot!(env(&["--listen", "ivr=127.0.0.1:7081", "--ca-out", "/var/lib/the hub/ca.pem"]));
}

#[test]
fn the_configuration_says_where_the_hub_is() {
    let home = home();
    let file = home.path().join(".config/callboard/config.toml");
    let text = "[hub]\nlisten = ['ivr=0.0.0.0:443', 'dialler=[::1]:7081']\ncertificate = 'h.pem'\nkey = 'h.key'\n\
                host_names = ['hub.example.com']\nprojects = ['p-canary']\n";
    write(&file, text.as_bytes(), 0o600);
    let json = callboard(home.path(), &["hub", "env", "--json"], &[]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    let of = |listener: &str| -> Vec<_> { rows.iter().filter(|row| row["listener"] == listener).collect() };
    let (ivr, dialler) = (of("ivr"), of("dialler"));
    assert_eq!((ivr.len(), dialler.len()), (9, 9));
    assert!(ivr.iter().all(|row| row["url"] == "wss://hub.example.com:443" && row["ca_file"].is_null()));
    assert!(dialler.iter().all(|row| row["url"] == "wss://hub.example.com:7081"));
    let go = ivr.iter().find(|row| row["language"] == "Go").unwrap();
    assert_eq!((&go["works"], go["lines"].as_array().unwrap().len()), (&"yes".into(), 1));
    let wrong = callboard(home.path(), &["hub", "env", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(wrong.exit, 2);
    assert!(wrong.err.contains("give the one that the hub printed"), "{}", wrong.err);
}

#[test]
fn a_hub_that_would_be_open_to_everybody_is_refused_before_it_listens() {
    let home = home();
    let ran = callboard(home.path(), &["hub", "--listen", "0.0.0.0:0", "--tls"], &[]);
    assert_eq!((ran.exit, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("--listen: 0.0.0.0:0 can be reached from other machines"), "{}", ran.err);
}

#[test]
fn checking_the_configuration_finds_an_open_hub_and_the_console_does_not_mind_it() {
    let home = home();
    write(&home.path().join(".config/callboard/config.toml"), b"[hub]\nlisten = '0.0.0.0:443'\n", 0o600);
    let checked = callboard(home.path(), &["config", "--check"], &[]);
    assert_eq!(checked.exit, 2);
    assert!(
        checked.err.contains("config.toml:2: 0.0.0.0:443 can be reached from other machines"),
        "{}",
        checked.err
    );
    assert_eq!(callboard(home.path(), &["keys"], &[]).exit, 0);
}

#[test]
fn the_unit_file_runs_this_program_and_lets_it_do_little() {
    let home = home();
    let ran = callboard(home.path(), &["hub", "unit"], &[]);
    let start = format!("ExecStart={} hub --config ", env!("CARGO_BIN_EXE_callboard"));
    for part in [
        start.as_str(),
        "Restart=always",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "StateDirectory=callboard",
    ] {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
}

#[test]
fn help_lists_the_methods_and_the_fields_of_each() {
    let home = home();
    let help = |args: &[&str]| {
        let ran = callboard(home.path(), args, &[]);
        assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{args:?}");
        ran.out
    };
    insta::assert_snapshot!("act", help(&["act", "-h"]));
    insta::assert_snapshot!("act_record", help(&["act", "record", "-h"]));
    insta::assert_snapshot!("calls", help(&["calls", "-h"]));
    let protocol = help(&["hub", "protocol"]);
    assert!(protocol.contains(r#"{"hello":{"protocol":"#) && protocol.contains(r#"{"pong":{"#), "{protocol}");
    let bash = help(&["completions", "bash"]);
    assert!(bash.contains("play-tts") && bash.contains("--hangup-reason"), "completions know the methods");
}
