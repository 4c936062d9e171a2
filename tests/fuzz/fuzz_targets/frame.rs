//! Fuzzes one frame of a service, on a connection that is up.
#![no_main]

#[path = "../src/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::frame(bytes));
