//! Arguments of `play` and its short forms.

use crate::protocol::device::Media;

params! {
    /// Plays speech, silence, ringtones and sounds in order: `calling.play` (relay-protocol 3.5).
    Play = "play" {
        /// `play`: what is played, at least one item.
        media: Playlist,
        ;
        /// `volume`: loudness in dB, -40 to 40; 0 is as recorded and is not sent. Unset: 0.
        volume: Number,
        /// `direction`: `listen`, `speak` or `both`, see [`AudioDirection`](super::AudioDirection). Current
        /// service only. Unset: `listen`.
        direction: Text,
        /// `loop`: how many times it is played; 0 is without end. Current service only. Unset: 1.
        loops: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

impl From<Vec<Media>> for Play {
    fn from(media: Vec<Media>) -> Self {
        Self::new(media)
    }
}

impl From<Media> for Play {
    fn from(media: Media) -> Self {
        Self::new([media])
    }
}

params! {
    /// Plays a sound file: `calling.play` with one `audio` (relay-protocol 3.5).
    PlayAudio = "play_audio" {
        /// `play.0.params.url`: http or https address of the sound.
        url: Text,
        ;
        /// `volume`: loudness in dB, -40 to 40; 0 is as recorded and is not sent. Unset: 0.
        volume: Number,
        /// `direction`: `listen`, `speak` or `both`. Current service only. Unset: `listen`.
        direction: Text,
        /// `loop`: how many times it is played; 0 is without end. Current service only. Unset: 1.
        loops: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Plays nothing for a while: `calling.play` with one `silence` (relay-protocol 3.5).
    PlaySilence = "play_silence" {
        /// `play.0.params.duration`: seconds, more than 0.
        duration: Number,
        ;
        /// `direction`: `listen`, `speak` or `both`. Current service only. Unset: `listen`.
        direction: Text,
        /// `loop`: how many times it is played; 0 is without end. Current service only. Unset: 1.
        loops: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Plays a country's ringing tone: `calling.play` with one `ringtone` (relay-protocol 3.5).
    PlayRingtone = "play_ringtone" {
        /// `play.0.params.name`: a code of [`RINGTONES`](crate::catalog::choices::RINGTONES), such as `us`. Others
        /// are sent too, with a warning.
        name: Text,
        ;
        /// `play.0.params.duration`: seconds, more than 0. Unset: one cycle.
        duration: Number,
        /// `volume`: loudness in dB, -40 to 40; 0 is as recorded and is not sent. Unset: 0.
        volume: Number,
        /// `direction`: `listen`, `speak` or `both`. Current service only. Unset: `listen`.
        direction: Text,
        /// `loop`: how many times it is played; 0 is without end. Current service only. Unset: 1.
        loops: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Speaks a text: `calling.play` with one `tts` (relay-protocol 3.5).
    PlayTts = "play_tts" {
        /// `play.0.params.text`: what is said, at most 10,000 characters. Line breaks are allowed, other control
        /// characters are not.
        text: Text,
        ;
        /// `play.0.params.language`: a BCP-47 tag. Unset: `en-US`.
        language: Text,
        /// `play.0.params.gender`: `female` or `male`, see [`Gender`](super::Gender). Unset: `female`.
        gender: Text,
        /// `volume`: loudness in dB, -40 to 40; 0 is unchanged and is not sent. Unset: 0.
        volume: Number,
        /// `play.0.params.voice`: a named voice, where the service accepts one. Unset: by language and gender.
        voice: Text,
        /// `direction`: `listen`, `speak` or `both`. Current service only. Unset: `listen`.
        direction: Text,
        /// `loop`: how many times it is said; 0 is without end. Current service only. Unset: 1.
        loops: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

from_text! { PlayAudio PlayRingtone PlayTts }
