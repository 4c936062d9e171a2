//! The architecture, read off the sources: who may import whom, and what stands at the top of every file.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The code of a file, its tests and comments left out.
fn code(path: &Path) -> String {
    let text = read(path);
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn assert_absent(folder: &str, words: &[&str], but_in: &[&str]) {
    for path in sources(&Path::new("src").join(folder)) {
        let excused = but_in.iter().any(|end| path.ends_with(end))
            || path.components().any(|part| part.as_os_str() == "tests");
        for word in words.iter().filter(|_| !excused) {
            assert!(!code(&path).contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn nobody_imports_what_lies_above() {
    let above = |names: &[&str]| names.iter().map(|name| format!("crate::{name}")).collect::<Vec<_>>();
    for (folder, names) in [
        ("protocol", &["catalog", "client", "model", "calling", "sim", "ui", "view", "run"][..]),
        ("catalog", &["client", "model", "calling", "sim", "ui", "view", "run"]),
        ("client", &["model", "calling", "sim", "ui", "view", "run"]),
        ("model", &["filter", "calling", "sim", "ui", "view", "run"]),
        ("filter", &["alert", "calling", "sim", "ui", "view", "run"]),
        ("alert", &["calling", "sim", "ui", "view", "run"]),
        ("flow", &["calling", "export", "sim", "ui", "view", "run"]),
        ("export", &["calling", "sim", "ui", "view", "run"]),
        ("calling", &["sim", "ui", "view", "run"]),
        ("audit", &["sim", "ui", "view", "run"]),
        ("journal", &["calling", "sim", "ui", "view", "run"]),
        ("hub", &["headless", "demo", "sim", "ui", "view", "run", "term"]),
        ("attach", &["headless", "sim", "ui", "view", "run", "term"]),
        ("sim", &["client", "model", "calling", "ui", "view", "run", "catalog"]),
        ("journal", &["replay", "calling", "sim", "ui", "view", "run"]),
        ("replay", &["calling", "sim", "view", "run", "term"]),
        ("ui", &["replay", "view", "run", "sim", "term"]),
        ("view", &["run", "sim", "term", "calling"]),
    ] {
        let words = above(names);
        assert_absent(folder, &words.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    }
}

#[test]
fn pure_code_has_no_runtime_and_no_widgets() {
    for folder in ["protocol", "catalog", "model", "filter", "alert", "flow", "export", "ui"] {
        assert_absent(folder, &["tokio::", "ratatui::", "std::net::Tcp", "std::fs"], &[]);
    }
    let disk = ["log.rs", "verify.rs", "command.rs", "origin.rs", "audit/tests.rs"];
    assert_absent("audit", &["tokio::", "ratatui::", "std::fs"], &disk);
    assert_absent("replay", &["tokio::", "ratatui::", "std::fs"], &["replay/tests.rs"]);
    assert_absent("view", &["tokio::", "std::fs", "std::env"], &[]);
    assert_absent("client", &["tokio::", "ratatui::"], &["link.rs", "endpoint.rs"]);
    assert_absent("sim", &["tokio::"], &["server.rs", "command.rs"]);
    let path = ["frames", "gather", "hold", "mark", "pace", "pass", "upgrade"];
    let floor = ["asked", "attendance", "floor", "gate", "line", "tickets"];
    let rights = ["decide", "env", "people", "projects", "rights", "scope", "settings", "spree", "unit"];
    for file in path.iter().chain(&floor).chain(&rights) {
        let path = Path::new("src/hub").join(file).with_extension("rs");
        assert!(!code(&path).contains("tokio::"), "{} knows the runtime", path.display());
    }
}

#[test]
fn colours_are_named_in_themes_alone() {
    let theme = ["depth.rs", "file.rs", "library.rs", "mod.rs", "sample.rs", "shade.rs", "tests.rs"];
    let theme = theme.map(|name| format!("theme/{name}"));
    let theme: Vec<_> = theme.iter().map(String::as_str).collect();
    assert_absent("view", &["Color::", ".red()", ".green()", ".blue()", ".yellow()"], &theme);
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in sources(Path::new("src")) {
        assert!(read(&path).starts_with("//! "), "{} does not say what it is for", path.display());
    }
}

#[test]
fn the_readme_shows_the_keys_as_they_are() {
    let mut keys = Vec::new();
    callboard::listing::keys(&mut keys, &callboard::ui::keymap::Keymap::default()).unwrap();
    let keys = String::from_utf8(keys).unwrap();
    let readme = read(Path::new("README.md"));
    let shown = readme.split("<!-- keys -->\n```text\n").nth(1).and_then(|rest| rest.split("\n```").next());
    assert_eq!(
        shown.map(str::trim_end),
        Some(keys.trim_end()),
        "run `callboard keys` and put it into the README"
    );
}
