//! Plausible texts for every method: what a demo types, and what the tests fill.

use super::method::Method;

/// Texts that fill the required fields of a method and a few others. They pass [`super::fill()`].
#[must_use]
pub fn sample(method: &Method) -> Vec<(&'static str, &'static str)> {
    let texts: &[(&str, &str)] = match method.name {
        "hangup" => &[("reason", "hangup")],
        "dial" => &[("devices", "+12025550123 from=+12025550100 timeout=30")],
        "connect" => {
            &[("devices", "+12025550140 timeout=20; +12025550141 timeout=20"), ("ringback", "ringtone: us")]
        }
        "play" => &[
            ("media", "tts: Please hold the line.\naudio: https://media.example.com/hold.mp3"),
            ("volume", "-3"),
        ],
        "play_audio" => &[("url", "https://media.example.com/hold.mp3")],
        "play_silence" => &[("duration", "2")],
        "play_ringtone" => &[("name", "us"), ("duration", "6")],
        "play_tts" => &[("text", "Thank you for waiting."), ("language", "en-US"), ("gender", "male")],
        "record" => &[
            ("stereo", "yes"),
            ("direction", "both"),
            ("initial_timeout", "0"),
            ("end_silence_timeout", "0"),
            ("terminators", "#"),
        ],
        "detect" => &[("detect_type", "machine"), ("wait_for_beep", "yes"), ("timeout", "45")],
        "detect_answering_machine" => &[("wait_for_beep", "yes"), ("timeout", "45")],
        "detect_digit" => &[("digits", "123"), ("timeout", "10")],
        "detect_fax" => &[("tone", "CED")],
        "prompt" => &[
            ("prompt_type", "both"),
            ("media", "tts: Say or enter your code."),
            ("digits_max", "4"),
            ("speech_hints", "sales, support"),
        ],
        "prompt_audio" => &[
            ("prompt_type", "speech"),
            ("url", "https://media.example.com/ask.mp3"),
            ("speech_language", "en-US"),
        ],
        "prompt_ringtone" => {
            &[("prompt_type", "digits"), ("name", "us"), ("duration", "3"), ("digits_max", "1")]
        }
        "prompt_tts" => &[
            ("prompt_type", "digits"),
            ("text", "Enter your four digit code, then hash."),
            ("digits_max", "4"),
            ("digits_terminators", "#"),
            ("digits_timeout", "3"),
            ("initial_timeout", "8"),
        ],
        "collect" => {
            &[("collect_type", "speech"), ("partial_results", "yes"), ("speech_hints", "sales, support")]
        }
        "send_digits" => &[("digits", "1w2W#")],
        "tap" => &[
            ("audio_direction", "both"),
            ("target_type", "rtp"),
            ("target_addr", "203.0.113.20"),
            ("target_port", "4000"),
            ("codec", "PCMU"),
        ],
        "stream" => &[("url", "wss://media.example.com/audio"), ("track", "both_tracks")],
        "fax_send" => &[("document", "https://files.example.com/offer.pdf"), ("header", "Example Ltd")],
        // answer, pass, disconnect, fax_receive: nothing is required.
        _ => &[],
    };
    texts.to_vec()
}
