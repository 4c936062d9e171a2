//! The commands around the console as a user meets them: configuration, doctor, info, completions, manual page.

#![cfg(test)]

mod audit;
mod doctor;
mod hub;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A project id of the right shape.
pub const PROJECT: &str = "cafe0000-0000-4000-8000-000000000000";
/// A token of the right shape, with a word in it that no output may have.
pub const TOKEN: &str = "PTcanary000000000000000000000000000000000000000000";

/// What a run printed, and how it ended.
pub struct Ran {
    /// Its code.
    pub exit: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the program with a home of its own.
pub fn callboard(home: &Path, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    command.args(args).env_clear().env("HOME", home).envs(env.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ran = Ran { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!format!("{}{}", ran.out, ran.err).contains("canary"), "{}{}", ran.out, ran.err);
    ran
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_printed_file_is_right_as_it_is() {
    let home = home();
    let sample = callboard(home.path(), &["config"], &[]);
    assert_eq!(sample.exit, 0);
    let file = home.path().join(".config/callboard/config.toml");
    assert!(callboard(home.path(), &["config", "--check"], &[]).out.contains("there is no such file"));
    write(&file, sample.out.as_bytes(), 0o644);
    let checked = callboard(home.path(), &["config", "--check"], &[]);
    assert_eq!((checked.exit, checked.out), (0, format!("{}: ok\n", file.display())));
    let info = callboard(home.path(), &["info"], &[("XDG_STATE_HOME", "/s"), ("TERM", "xterm-256color")]);
    for part in
        [&*file.to_string_lossy(), "/s/callboard/view.toml  (does not exist)", "256 (TERM=xterm-256color)"]
    {
        assert!(info.out.contains(part), "{part}\n{}", info.out);
    }
}

#[test]
fn files_that_cannot_be_used_are_told_with_their_names() {
    let home = home();
    let at = |name: &str| home.path().join(name);
    write(&at("latin1.toml"), b"ascii = true\nperson = \"Ren\xe9\"\n", 0o600);
    write(&at("long.toml"), "# long\n".repeat(300_000).as_bytes(), 0o600);
    write(&at("open.toml"), format!("token = \"{TOKEN}\"").as_bytes(), 0o644);
    write(&at("locked.toml"), b"ascii = true", 0o000);
    write(&at("binary.toml"), &[0, 159, 146, 150], 0o600);
    std::fs::create_dir(at("folder.toml")).unwrap();
    std::os::unix::fs::symlink(at("circle.toml"), at("circle.toml")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("dangling.toml")).unwrap();
    for (name, part) in [
        ("latin1.toml", "latin1.toml:2: is not UTF-8 text"),
        ("long.toml", "long.toml: is longer than 1 MiB"),
        ("open.toml", "chmod 600"),
        ("locked.toml", "locked.toml: cannot be read: Permission denied"),
        ("binary.toml", "binary.toml:1: is not UTF-8 text"),
        ("folder.toml", "folder.toml: is a folder"),
        ("none.toml", "none.toml: cannot be read: No such file"),
        ("circle.toml", "see where the link leads"),
        ("dangling.toml", "is a link to a file that is not there"),
        ("odd\u{1b}[31m.toml", "odd␛[31m.toml: "),
    ] {
        // Nothing is locked to the administrator.
        if name == "locked.toml" && rustix::process::geteuid().is_root() {
            continue;
        }
        let file = at(name);
        let file = file.to_str().unwrap();
        for args in [&["config", "--check", file][..], &["--config", file], &["events", "--config", file]] {
            let ran = callboard(home.path(), args, &[]);
            assert!(ran.exit == 2 && ran.err.contains(part), "{args:?}: {} {}", ran.exit, ran.err);
            assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
        }
    }
}

fn pipe(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_pipe_among_the_files_hangs_nothing_and_one_that_is_asked_for_is_read() {
    let home = home();
    let config = home.path().join(".config/callboard/config.toml");
    pipe(&home.path().join(".config/callboard/themes/pipe.toml"));
    let themes = callboard(home.path(), &["themes"], &[]);
    assert!(
        themes.exit == 0 && themes.out.contains("pipe.toml: cannot be read: is no file"),
        "{}",
        themes.out
    );
    let asked = home.path().join("asked.toml");
    pipe(&asked);
    let writer = std::thread::spawn({
        let asked = asked.clone();
        move || std::fs::write(asked, "mous = true").unwrap()
    });
    let ran = callboard(home.path(), &["config", "--check", asked.to_str().unwrap()], &[]);
    writer.join().unwrap();
    assert!(ran.exit == 2 && ran.err.contains("did you mean `mouse`?"), "{}", ran.err);
    pipe(&config);
    let ran = callboard(home.path(), &["config", "--check"], &[]);
    assert!(ran.exit == 2 && ran.err.contains("config.toml: is no file"), "{}", ran.err);
}

#[test]
fn a_check_reads_the_themes_that_are_named() {
    let home = home();
    let folder = home.path().join(".config/callboard");
    write(&folder.join("config.toml"), b"theme = 'dark'\n[profile.x]\ntheme = 'mine'\n", 0o600);
    write(&folder.join("themes/mine.toml"), b"inherits = 'dark'\n[palette]\nred = 'reddish'\n", 0o600);
    let ran = callboard(home.path(), &["config", "--check"], &[]);
    let words = "config.toml:3: theme: the theme is broken: mine.toml:3: palette entry `red`";
    assert!(ran.exit == 2 && ran.err.contains(words), "{}", ran.err);
    let listed = callboard(home.path(), &["themes"], &[]).out;
    assert!(
        listed.contains(&format!("{}:3: palette", folder.join("themes/mine.toml").display())),
        "{listed}"
    );
}

#[test]
fn every_mistake_is_told_at_once_before_a_screen_opens() {
    let home = home();
    write(
        &home.path().join(".config/callboard/config.toml"),
        b"theme = 7\n[keys]\nhang-upp = 'H'\n[[view]]\nname = 'x'\nsort = 'agee'\n",
        0o600,
    );
    write(&home.path().join(".local/share/callboard/templates/a.toml"), b"[[template]]\nmethod = 'x'", 0o600);
    let ran = callboard(home.path(), &["demo"], &[]);
    assert_eq!(ran.exit, 2);
    for part in
        ["config.toml:1: theme", "config.toml:3: unknown command", "config.toml:6: sort", "a.toml:2: method"]
    {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    assert!(callboard(home.path(), &["info"], &[]).out.contains("has mistakes"));
}

#[test]
fn keys_are_printed_as_the_user_has_them() {
    let home = home();
    write(
        &home.path().join(".config/callboard/config.toml"),
        b"[keys]\nundo = ['F9', 'B']\nnote = []\n",
        0o644,
    );
    let ran = callboard(home.path(), &["keys", "--json"], &[]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    let row = |name: &str| rows.iter().find(|row| row["command"] == name).unwrap().clone();
    assert_eq!(row("undo")["keys"], serde_json::json!(["F9", "B"]));
    assert_eq!((&row("undo")["own"], &row("help")["own"]), (&true.into(), &false.into()));
    assert_eq!(row("note")["keys"], serde_json::json!([]));
    let text = callboard(home.path(), &["keys"], &[]).out;
    assert!(
        text.lines().any(|line| line.trim_start().starts_with("F9, B ") && line.contains(" undo ")),
        "{text}"
    );
}

#[test]
fn a_profile_is_an_account_and_a_wrong_one_is_refused() {
    let home = home();
    let text =
        format!("[profile.prod]\nproject = '{PROJECT}'\ntoken = '{TOKEN}'\nhost = 'ws://127.0.0.1:1'\n");
    write(&home.path().join(".config/callboard/config.toml"), text.as_bytes(), 0o600);
    let info = callboard(home.path(), &["info", "--profile", "prod"], &[]);
    assert!(
        info.out.contains("profile        prod") && info.out.contains("ws://127.0.0.1:1"),
        "{}",
        info.out
    );
    let wrong = callboard(home.path(), &["events", "--profile", "prd"], &[]);
    assert!(wrong.exit == 2 && wrong.err.contains("did you mean `prod`?"), "{}", wrong.err);
    let env = [("SIGNALWIRE_PROJECT_ID", "other")];
    let other = callboard(home.path(), &["events", "--profile", "prod"], &env);
    assert!(
        other.exit == 2 && other.err.contains("SIGNALWIRE_PROJECT_ID: is another account"),
        "{}",
        other.err
    );
}

#[test]
fn completions_and_manual_go_to_standard_output() {
    let home = home();
    let bash = callboard(home.path(), &["completions", "bash"], &[]);
    assert!(bash.exit == 0 && bash.out.contains("complete -F"));
    let man = callboard(home.path(), &["man"], &[]);
    assert!(man.exit == 0 && man.out.contains(".SH KEYS") && man.out.contains("~/.config/callboard"));
    assert!(!man.out.contains(&*home.path().to_string_lossy()), "whose home it was made in");
}
