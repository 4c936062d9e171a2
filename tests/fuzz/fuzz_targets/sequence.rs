//! Fuzzes a connection's life: frames, commands, losses, waits.
#![no_main]

#[path = "../src/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::sequence(bytes));
