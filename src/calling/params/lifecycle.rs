//! Arguments of `answer`, `pass`, `hangup` and `dial`.

use crate::protocol::device::Device;

params! {
    /// Answers an inbound call: `calling.answer` (relay-protocol 3.1).
    Answer = "answer" {
        ;
        /// `max_duration`: ends the call after this long, at least 1. The unit is not documented, seconds or
        /// minutes. Unset: no limit.
        max_duration: Whole,
        /// `codecs`: codecs to offer, best first: `PCMU`, `PCMA`, `OPUS`, `G729`, `G722`, `VP8`, `H264`. Unset: the
        /// service chooses.
        codecs: Texts,
    }
}

params! {
    /// Declines control of an offered call, which keeps ringing elsewhere: `calling.pass` (relay-protocol 3.1).
    Pass = "pass" {
        ;
    }
}

params! {
    /// Ends a call: `calling.end` (relay-protocol 3.2).
    Hangup = "hangup" {
        ;
        /// `reason`: one of `hangup`, `cancel`, `busy`, `noAnswer`, `decline`, `error`; the sendable words of
        /// [`EndReason`](crate::protocol::EndReason). Unset: `hangup`.
        reason: Text,
    }
}

params! {
    /// Places an outbound call: `calling.dial` (relay-protocol 3.3).
    Dial = "dial" {
        /// `devices`: who is rung. The outer list is tried one after another, each inner list rings at the same
        /// time, the first answer wins. No inner list may be empty; numbers are E.164; a device's `timeout` is 1
        /// to 600 s, the service's default 30 s.
        devices: Plan,
        ;
        /// `region`: where the call should start from. Unset: the service chooses.
        region: Text,
        /// `max_price_per_minute`: highest price per minute, 0 or more. Unset: no cap.
        max_price_per_minute: Number,
        /// `max_duration`: at least 1; the sources disagree on minutes or seconds, and it may be ignored here.
        /// Prefer `max_duration` of each device. Unset: no limit.
        max_duration: Whole,
    }
}

impl Dial {
    /// Rings one telephone. `from` is a number you own; both are E.164.
    #[must_use]
    pub fn phone(to: &str, from: &str) -> Self {
        Self::new(vec![vec![Device::phone(to).from(from)]])
    }
}
