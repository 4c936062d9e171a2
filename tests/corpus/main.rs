//! The checked-in corpus of the fuzzer, with the stable toolchain: every input under `tests/fuzz/corpus`, and each golden frame.

#![cfg(test)]

#[path = "../fuzz/src/checks.rs"]
mod checks;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// What is checked in. Files that a run of the fuzzer added have their hash for a name, and can be thousands.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_hash = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 40);
    let inputs: Vec<_> =
        paths.filter(|path| !is_hash(path)).map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!inputs.is_empty(), "{target}");
    inputs
}

/// An input, and the same with each of its bytes missing in turn, as a first step of mutation.
fn with_gaps(input: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let without = |place: usize| [&input[..place], &input[place + 1..]].concat();
    std::iter::once(input.to_vec()).chain((0..input.len().min(400)).map(without))
}

#[test]
fn frames() {
    inputs("frame").iter().flat_map(|input| with_gaps(input)).for_each(|input| checks::frame(&input));
}

#[test]
fn golden_frames() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames");
    for entry in std::fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            checks::frame(case["in"].to_string().as_bytes());
        }
    }
}

#[test]
fn sequences() {
    inputs("sequence").iter().flat_map(|input| with_gaps(input)).for_each(|input| checks::sequence(&input));
}

#[test]
fn texts() {
    inputs("shown").iter().flat_map(|input| with_gaps(input)).for_each(|input| checks::shown(&input));
}

#[test]
fn configurations() {
    inputs("config").iter().flat_map(|input| with_gaps(input)).for_each(|input| checks::config(&input));
}

#[test]
fn filters() {
    inputs("filter").iter().flat_map(|input| with_gaps(input)).for_each(|input| checks::filter(&input));
}
