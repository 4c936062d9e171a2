//! Lists to choose from: languages, ringtones, codecs and the other closed or suggested sets.

use super::method::Choice;

const fn same(value: &'static str) -> Choice {
    Choice { value, label: value }
}

const fn named(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

/// Reasons that may be sent with a hang-up (relay-protocol 2.4).
pub static END_REASONS: &[Choice] = &[
    named("hangup", "normal hang-up"),
    named("cancel", "cancelled before the answer"),
    named("busy", "busy"),
    named("noAnswer", "no answer"),
    named("decline", "declined"),
    named("error", "failure"),
];

/// Codecs of a call leg.
pub static CODECS: &[Choice] =
    &[same("PCMU"), same("PCMA"), same("OPUS"), same("G729"), same("G722"), same("VP8"), same("H264")];

/// Codecs of a tap.
pub static TAP_CODECS: &[Choice] = &[same("PCMU"), same("PCMA"), same("OPUS")];

/// Voices by gender.
pub static GENDERS: &[Choice] = &[same("female"), same("male")];

/// Who hears a sound.
pub static PLAY_DIRECTIONS: &[Choice] = &[same("listen"), same("speak"), same("both")];

/// Which audio is recorded or copied, seen from the party of the call.
pub static AUDIO_DIRECTIONS: &[Choice] = &[
    named("listen", "listen: what the party hears"),
    named("speak", "speak: what the party says"),
    named("both", "both"),
];

/// File formats of a recording.
pub static RECORD_FORMATS: &[Choice] = &[same("mp3"), same("wav"), same("mp4")];

/// Kinds of recordings.
pub static RECORD_TYPES: &[Choice] = &[same("audio")];

/// Kinds of detectors.
pub static DETECT_TYPES: &[Choice] =
    &[named("machine", "answering machine"), named("digit", "digit"), named("fax", "fax")];

/// Fax tones.
pub static TONES: &[Choice] =
    &[named("CED", "CED, of the called machine"), named("CNG", "CNG, of the caller")];

/// What is collected.
pub static INPUT_TYPES: &[Choice] =
    &[named("digits", "digits"), named("speech", "speech"), named("both", "digits or speech")];

/// Speech recognisers; case matters.
pub static ENGINES: &[Choice] = &[same("Google"), same("Google.V2"), same("Deepgram")];

/// Where a tap goes.
pub static TAP_TARGETS: &[Choice] = &[named("rtp", "RTP"), named("ws", "WebSocket")];

/// Which audio a stream carries.
pub static TRACKS: &[Choice] = &[
    named("inbound_track", "inbound: from the party"),
    named("outbound_track", "outbound: to the party"),
    named("both_tracks", "both"),
];

/// How a status is delivered.
pub static HTTP_METHODS: &[Choice] = &[same("POST"), same("GET")];

/// Languages that are often spoken to. The service knows more.
pub static LANGUAGES: &[Choice] = &[
    named("en-US", "English, United States"),
    named("en-GB", "English, United Kingdom"),
    named("en-AU", "English, Australia"),
    named("en-IN", "English, India"),
    named("es-ES", "Spanish, Spain"),
    named("es-US", "Spanish, United States"),
    named("es-MX", "Spanish, Mexico"),
    named("fr-FR", "French, France"),
    named("fr-CA", "French, Canada"),
    named("de-DE", "German"),
    named("it-IT", "Italian"),
    named("pt-BR", "Portuguese, Brazil"),
    named("pt-PT", "Portuguese, Portugal"),
    named("nl-NL", "Dutch"),
    named("da-DK", "Danish"),
    named("nb-NO", "Norwegian"),
    named("sv-SE", "Swedish"),
    named("fi-FI", "Finnish"),
    named("pl-PL", "Polish"),
    named("cs-CZ", "Czech"),
    named("el-GR", "Greek"),
    named("tr-TR", "Turkish"),
    named("uk-UA", "Ukrainian"),
    named("ru-RU", "Russian"),
    named("he-IL", "Hebrew"),
    named("hi-IN", "Hindi"),
    named("id-ID", "Indonesian"),
    named("ja-JP", "Japanese"),
    named("ko-KR", "Korean"),
    named("th-TH", "Thai"),
    named("vi-VN", "Vietnamese"),
    named("zh-CN", "Chinese, mainland"),
];

/// The documented ringtones (relay-protocol 5). The service may know more.
pub static RINGTONES: &[Choice] = &[
    named("at", "Austria"),
    named("au", "Australia"),
    named("be", "Belgium"),
    named("bg", "Bulgaria"),
    named("br", "Brazil"),
    named("ch", "Switzerland"),
    named("cl", "Chile"),
    named("cn", "China"),
    named("cz", "Czech Republic"),
    named("de", "Germany"),
    named("dk", "Denmark"),
    named("ee", "Estonia"),
    named("es", "Spain"),
    named("fi", "Finland"),
    named("fr", "France"),
    named("gr", "Greece"),
    named("hu", "Hungary"),
    named("il", "Israel"),
    named("in", "India"),
    named("it", "Italy"),
    named("jp", "Japan"),
    named("lt", "Lithuania"),
    named("mx", "Mexico"),
    named("my", "Malaysia"),
    named("nl", "Netherlands"),
    named("no", "Norway"),
    named("nz", "New Zealand"),
    named("ph", "Philippines"),
    named("pl", "Poland"),
    named("pt", "Portugal"),
    named("ru", "Russia"),
    named("se", "Sweden"),
    named("sg", "Singapore"),
    named("th", "Thailand"),
    named("tw", "Taiwan"),
    named("uk", "United Kingdom"),
    named("us", "United States"),
    named("ve", "Venezuela"),
    named("za", "South Africa"),
];
