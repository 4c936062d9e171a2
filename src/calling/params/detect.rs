//! Arguments of `detect` and its short forms.

params! {
    /// Looks for an answering machine, digits or a fax: `calling.detect` (relay-protocol 3.7). Arguments that
    /// belong to another type than the one chosen are refused.
    Detect = "detect" {
        /// `detect.type`: `machine`, `digit` or `fax`, see [`DetectType`](super::DetectType).
        detect_type: Text,
        ;
        /// `timeout`: seconds after which the detector gives up, more than 0. Unset: 30.0.
        timeout: Number,
        /// Never sent. With a machine: the result waits until a message may be left. Unset: false.
        wait_for_beep: Flag,
        /// `detect.params.initial_timeout`, machine: seconds to wait for the first voice. Unset: 4.5.
        initial_timeout: Number,
        /// `detect.params.end_silence_timeout`, machine: seconds of silence that end the voice. Unset: 1.0.
        end_silence_timeout: Number,
        /// `detect.params.machine_voice_threshold`, machine: seconds of voice that mean a machine. Unset: 1.25.
        machine_voice_threshold: Number,
        /// `detect.params.machine_words_threshold`, machine: number of words that mean a machine. Unset: 6.
        machine_words_threshold: Whole,
        /// `detect.params.tone`, fax: `CED` or `CNG`, see [`Tone`](super::Tone). Unset: `CED`.
        tone: Text,
        /// `detect.params.digits`, digit: digits to look for, of `0-9A-Da-d*#`; empty for any. Unset:
        /// `0123456789#*`.
        digits: Text,
        /// `detect.params.machine_ready_timeout`, machine: seconds of silence before `READY`. Current service
        /// only. Unset: as `end_silence_timeout`.
        machine_ready_timeout: Number,
        /// `detect.params.detect_interruptions`, machine: report when a greeting goes on after `READY`. Current
        /// service only. Unset: false.
        detect_interruptions: Flag,
        /// `detect.params.detect_message_end`, machine: report `READY` and `NOT_READY`. Current service only.
        /// Unset: true.
        detect_message_end: Flag,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Tells whether a human or a machine has answered: `calling.detect`, type `machine` (relay-protocol 3.7). Also
    /// known as `amd`.
    DetectAnsweringMachine = "detect_answering_machine" {
        ;
        /// Never sent. The result waits until a message may be left on the machine. Unset: false.
        wait_for_beep: Flag,
        /// `timeout`: seconds after which the detector gives up, more than 0. Unset: 30.0.
        timeout: Number,
        /// `detect.params.initial_timeout`: seconds to wait for the first voice, more than 0. Unset: 4.5.
        initial_timeout: Number,
        /// `detect.params.end_silence_timeout`: seconds of silence that end the voice, more than 0. Unset: 1.0.
        end_silence_timeout: Number,
        /// `detect.params.machine_voice_threshold`: seconds of voice that mean a machine. Unset: 1.25.
        machine_voice_threshold: Number,
        /// `detect.params.machine_words_threshold`: number of words that mean a machine, at least 1. Unset: 6.
        machine_words_threshold: Whole,
        /// `detect.params.machine_ready_timeout`: seconds of silence before `READY`. Current service only. Unset:
        /// as `end_silence_timeout`.
        machine_ready_timeout: Number,
        /// `detect.params.detect_interruptions`: report when a greeting goes on after `READY`. Current service
        /// only. Unset: false.
        detect_interruptions: Flag,
        /// `detect.params.detect_message_end`: report `READY` and `NOT_READY`. Current service only. Unset: true.
        detect_message_end: Flag,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Waits for keys that the party presses: `calling.detect`, type `digit` (relay-protocol 3.7).
    DetectDigit = "detect_digit" {
        ;
        /// `detect.params.digits`: digits to look for, of `0-9A-Da-d*#`; empty for any. Unset: `0123456789#*`.
        digits: Text,
        /// `timeout`: seconds after which the detector gives up, more than 0. Unset: 30.0.
        timeout: Number,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Tells whether the party is a fax machine: `calling.detect`, type `fax` (relay-protocol 3.7).
    DetectFax = "detect_fax" {
        ;
        /// `detect.params.tone`: `CED` or `CNG`, see [`Tone`](super::Tone). Unset: `CED`, by the REST docs either.
        tone: Text,
        /// `timeout`: seconds after which the detector gives up, more than 0. Unset: 30.0.
        timeout: Number,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}
