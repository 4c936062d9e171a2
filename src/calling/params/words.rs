//! Words that arguments take, as types. Every such argument also takes any text: the catalogue checks it.

use crate::protocol::EndReason;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }
    )+};
}

words! {
    /// Which audio, seen from the party of the call.
    AudioDirection {
        /// What the party hears.
        Listen = "listen",
        /// What the party says.
        Speak = "speak",
        /// Both.
        Both = "both",
    }
    /// What a detector looks for.
    DetectType {
        /// An answering machine.
        Machine = "machine",
        /// Digits.
        Digit = "digit",
        /// A fax machine.
        Fax = "fax",
    }
    /// The gender of a voice.
    Gender {
        /// The service's default.
        Female = "female",
        /// The other.
        Male = "male",
    }
    /// What a prompt or a collect takes as an answer.
    InputType {
        /// Keys.
        Digits = "digits",
        /// Words.
        Speech = "speech",
        /// Whichever comes first.
        Both = "both",
    }
    /// The file format of a recording.
    RecordFormat {
        /// The service's default.
        Mp3 = "mp3",
        /// Uncompressed.
        Wav = "wav",
        /// Of the current service only.
        Mp4 = "mp4",
    }
    /// A fax tone.
    Tone {
        /// Of the machine that is called; the service's default.
        Ced = "CED",
        /// Of the machine that calls.
        Cng = "CNG",
    }
    /// Which audio a stream carries.
    Track {
        /// From the party; the service's default.
        Inbound = "inbound_track",
        /// To the party.
        Outbound = "outbound_track",
        /// Both.
        Both = "both_tracks",
    }
}

impl From<EndReason> for String {
    fn from(reason: EndReason) -> Self {
        reason.as_str().to_owned()
    }
}
