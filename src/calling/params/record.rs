//! Arguments of `record`.

use super::AudioDirection;

params! {
    /// Records the call: `calling.record` (relay-protocol 3.6). What is unset follows the service's defaults, with
    /// which a recording ends at the first second of silence: see [`Record::conversation`].
    Record = "record" {
        ;
        /// `record.audio.beep`: beep before the recording starts. Unset: false.
        beep: Flag,
        /// `record.audio.stereo`: one side of the call per channel. Unset: false.
        stereo: Flag,
        /// `record.audio.format`: `mp3`, `wav` or `mp4`, see [`RecordFormat`](super::RecordFormat). Unset: `mp3`.
        record_format: Text,
        /// `record.audio.direction`: `listen`, `speak` or `both`, see [`AudioDirection`]. Unset: `speak`.
        direction: Text,
        /// `record.audio.initial_timeout`: seconds to wait for a voice, 0 without end. Unset: 5.0 by the v2 docs,
        /// 4.0 by the REST docs.
        initial_timeout: Number,
        /// `record.audio.end_silence_timeout`: seconds of silence that end it, 0 never. Unset: 1.0 by the v2 docs,
        /// 0.5 by the REST docs.
        end_silence_timeout: Number,
        /// `record.audio.terminators`: keys that end it, of `0-9A-Da-d*#`; empty for none. Unset: `#*` by the v2
        /// docs, `#` by the REST docs.
        terminators: Text,
        /// `record.audio.input_sensitivity`: how loud counts as a voice, 0 to 100. Current service only. Unset: 44.
        input_sensitivity: Number,
        /// `record.audio.max_length`: seconds after which it ends, 0 is no limit. Current service only. Unset: 0.
        max_length: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
        /// The key under `record`: `audio`, the only one there is. Unset: `audio`.
        record_type: Text,
    }
}

impl Record {
    /// A whole conversation: both sides, however long they are silent.
    #[must_use]
    pub fn conversation() -> Self {
        Self::new().direction(AudioDirection::Both).initial_timeout(0).end_silence_timeout(0)
    }
}
