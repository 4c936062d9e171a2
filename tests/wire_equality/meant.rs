//! The table of the differences that are meant, each with its reason, and of what is not ours to compare.

use crate::Way;

/// A difference in every one of these cases.
pub struct Meant {
    /// Names of cases; `*` stands for anything.
    pub cases: &'static [&'static str],
    pub ways: &'static [Way],
    /// As the comparison words it: ours in place of the SDK's.
    pub differs: &'static str,
    pub why: &'static str,
}

const ALL: &[Way] = &[Way::Waits, Way::Async, Way::Untyped];
const TYPED: &[Way] = &[Way::Waits, Way::Async];
const WAITS: &[Way] = &[Way::Waits];
const UNTYPED: &[Way] = &[Way::Untyped];

/// Rows of the table: cases, ways, difference, reason.
macro_rules! table {
    ($($cases:expr, $ways:expr, $differs:expr, $why:expr;)+) => {
        &[$(Meant { cases: &$cases, ways: $ways, differs: $differs, why: $why }),+]
    };
}

/// The numbers of sections are those of the protocol reference.
#[rustfmt::skip]
pub const MEANT: &[Meant] = table! {
    // What we send and the SDK does not, or otherwise.

    ["v3:client/connect_*"], WAITS,
        concat!("signalwire.connect agent: \"callboard/", env!("CARGO_PKG_VERSION"),
            "\" in place of \"signalwire-agents-python/1.0\""),
        "the agent is the name of the program (1.3)";
    ["connect*/fallback", "connect*/full", "connect*/min", "connect*/parallel", "connect*/ringback",
        "connect*/ringback_empty", "connect*/serial", "connect*/serial_of_parallel", "connect*/unknown_key_dropped",
        "v3:connect/min", "v3:connect/other_devices", "v3:connect/parallel", "v3:connect/ringback_empty",
        "v3:connect/serial", "v3:connect/serial_of_parallel"], ALL,
        "calling.connect tag: \"<tag>\" in place of nothing",
        "a tag is always set (2.1): it joins legs and events to their connect; the SDKs leave it out";
    ["connect*/timeout_text"], UNTYPED,
        "calling.connect tag: \"<tag>\" in place of nothing",
        "as above";
    ["dial/full", "dial/min", "dial/new_call_full", "dial/new_call_min"], ALL,
        "calling.dial with devices [[device]] in place of calling.begin with device",
        "calling.begin is of the Blade dialect and deprecated; the current service dials with calling.dial (3.3). In Blade \
            we begin, too: blade.rs";
    ["dial/timeout_text"], UNTYPED,
        "calling.dial with devices [[device]] in place of calling.begin with device",
        "as above";
    ["dial/timeout_text"], UNTYPED,
        "calling.dial devices 0 0 params timeout: 30 in place of \"30\"",
        "a timeout is a number (2.6); v2 forgets to cast it for a dial, and casts it for a connect";
    ["amd/*", "detect/digit_*", "detect/empty_digits", "detect/fax_*", "detect/machine_*", "detect/timeout_integer",
        "detect/wait_for_beep_not_sent", "detect_answering_machine/*", "detect_digit/*", "detect_fax/*",
        "v3:detect/digit", "v3:detect/fax", "v3:detect/machine_*", "v3:detect_answering_machine/*",
        "v3:detect_digit/*", "v3:detect_fax/*"], WAITS,
        "calling.detect.stop: sent in addition",
        "a detector whose verdict has come is stopped (3.7); the SDKs leave it running to its time-out";
    ["v3:record/all_actions", "v3:record/pause"], ALL,
        "calling.record.pause behavior: \"skip\" in place of nothing",
        "always sent: the sources disagree about the default (3.6)";
    ["v3:play/pause_behavior"], ALL,
        "calling.play.pause behavior: nothing in place of \"skip\"",
        "only a recording has a behavior; the SDK's play has it by inheritance, no schema does (3.5)";
    ["v3:play/volume_zero"], ALL,
        "calling.play volume: nothing in place of 0",
        "0 is no change; left out as in v2 (3.5)";
    ["v3:connect/ringback_empty"], ALL,
        "calling.connect ringback: nothing in place of []",
        "an empty list is left out as in v2 (3.4)";
    ["connect*/unknown_key_dropped"], ALL,
        "calling.connect devices 0 0 params max_duration: 5 in place of nothing",
        "the current service knows more parameters of devices than v2, which drops them (2.6)";
    ["fax_send*/empty_header"], ALL,
        "calling.send_fax header_info: \"\" in place of nothing",
        "an empty header switches the header off, which v2 cannot (3.12); as in 3.7.5";
    ["fax_send*/empty_header"], ALL,
        "calling.send_fax identity: \"\" in place of nothing",
        "what is given is sent, as in 3.7.5; v2 drops every empty text";
    ["send_digits*/lower_case"], ALL,
        "calling.send_digits digits: \"ABCD\" in place of \"abcd\"",
        "the service refuses small letters, and with them the whole request (3.10)";
    ["play*/already_nested"], ALL,
        "calling.play play 0 params params: nothing in place of {\"text\":\"Hi\"}",
        "v2 wraps media in wire form once more, which the service cannot play";
    ["play*/already_nested"], ALL,
        "calling.play play 0 params text: \"Hi\" in place of nothing",
        "as above";
    ["play_tts*/call_ending"], ALL,
        "calling.play: sent in addition",
        "the service decides until the call has ended, as in 3.7.5 (v3:play_tts/call_ending)";
    ["hangup/call_ending"], UNTYPED,
        "calling.end: sent in addition",
        "a plain ask is sent as it is, as in 3.7.5; Call::hangup does not tell an ending call again, as in v2";

    // What the SDK sends and we do not.

    ["v3:hangup/call_ended"], WAITS,
        "calling.end: not sent",
        "what was wanted is so already; the service would answer 404 or 410";
    ["v3:hangup/call_ended"], UNTYPED,
        "calling.end: not sent: the call is over",
        "nothing is sent to a call that has ended (3.0)";
    ["v3:play_and_collect/pause_inherited"], UNTYPED,
        "calling.play_and_collect.pause: not sent: a running prompt cannot be told to pause",
        "no schema has it; the SDK has it by inheritance (3.8)";
    ["v3:play_and_collect/pause_inherited"], TYPED,
        "cannot be written: the action has no pause",
        "as above";
    ["v3:play_and_collect/start_input_timers"], UNTYPED,
        "calling.collect.start_input_timers: not sent: a running prompt cannot be told to start_input_timers",
        "a command of collect; a prompt has no start_input_timers that it could answer to (3.8, 3.9)";
    ["v3:play_and_collect/start_input_timers"], TYPED,
        "cannot be written: the action has no start_input_timers",
        "as above";

    // Arguments that make no sense: the SDK sends them or something else, we say what is wrong and send nothing.

    ["connect*/call_type_sip"], ALL,
        "calling.connect: not sent: connect: devices.0.0.from: is required",
        "a SIP device has from and to, both SIP URIs (2.6); v2 lends it the number of the call as from_number";
    ["connect*/no_to_number"], ALL,
        "calling.connect: not sent: connect: devices.0.0.to_number: is required",
        "nobody can be rung without a number; v2 sends an empty one";
    ["connect*/three_levels"], UNTYPED,
        "calling.connect: not sent: connect: devices.0.0: [{\"to_number\":\"+12025550140\"},{\"to_number\":\"+12025550141\"}] \
            has no type of phone, sip, webrtc, agora, call, queue, stream",
        "device plans have two levels (2.6)";
    ["connect*/three_levels"], TYPED,
        "cannot be written: a device is no object",
        "as above";
    ["connect*/timeout_float"], ALL,
        "calling.connect: not sent: connect: devices.0.0.timeout: 12.9 is not a whole number within 1 to 600 s",
        "refused rather than cut to 12";
    ["connect*/timeout_zero"], ALL,
        "calling.connect: not sent: connect: devices.0.0.timeout: 0 is not a whole number within 1 to 600 s",
        "out of range (1.10); v2 takes 0 for none";
    ["dial/timeout_float"], ALL,
        "calling.begin: not sent: dial: devices.0.0.timeout: 12.5 is not a whole number within 1 to 600 s",
        "timeouts of devices are whole numbers (2.6)";
    ["dial/timeout_zero"], ALL,
        "calling.begin: not sent: dial: devices.0.0.timeout: 0 is not a whole number within 1 to 600 s",
        "out of range (1.10)";
    ["v3:dial/max_duration_zero"], ALL,
        "calling.dial: not sent: dial: max_duration: 0 is not a whole number of 1 or more",
        "refused rather than dropped";
    ["detect/full", "detect_async/full"], ALL,
        "calling.detect: not sent: detect: tone: CED applies only with detect_type fax; digits: 1# applies only with \
            detect_type digit",
        "arguments of another type of detector (3.7)";
    ["detect/timeout_zero", "detect_async/timeout_zero", "v3:detect/timeout_zero"], ALL,
        "calling.detect: not sent: detect: timeout: 0 is not above 0 s",
        "a detector needs time (3.7); v2 drops the 0, 3.7.5 sends it";
    ["detect*/zero_params"], ALL,
        "calling.detect: not sent: detect: initial_timeout: 0 is not above 0 s; machine_words_threshold: 0 is not a \
            whole number of 1 or more",
        "positive numbers (3.7)";
    ["play*/empty_list", "v3:play/empty_list"], ALL,
        "calling.play: not sent: play: media: is required",
        "nothing to play";
    ["play*/no_type"], UNTYPED,
        "calling.play: not sent: play: media.0: {\"type\":null,\"params\":{\"url\":\"https://media.example.com/a.wa… has no \
            type audio, tts, silence or ringtone",
        "media have a type; v2 sends an empty one";
    ["play*/no_type"], TYPED,
        "cannot be written: an item of media has no type",
        "as above";
    ["play*/not_a_dict_dropped"], UNTYPED,
        "calling.play: not sent: play: media.0: hello has no type audio, tts, silence or ringtone",
        "refused rather than dropped";
    ["play*/not_a_dict_dropped"], TYPED,
        "cannot be written: an item of media is no object",
        "as above";
    ["play_ringtone*/duration_zero"], ALL,
        "calling.play: not sent: play_ringtone: duration: 0 is not above 0 s",
        "positive duration (3.5); v2 drops the 0";
    ["play_silence*/zero"], ALL,
        "calling.play: not sent: play_silence: duration: 0 is not above 0 s",
        "positive duration (3.5)";
    ["play_tts*/empty_language"], ALL,
        "calling.play: not sent: play_tts: language: is not a word of at most 64 characters; gender: is not one of \
            female, male",
        "an empty word is a mistake; v2 drops it";
    ["prompt*/digits_no_max"], ALL,
        "calling.play_and_collect: not sent: prompt: digits_max: is required",
        "the wire requires max (3.8)";
    ["prompt*/unknown_keyword_ignored"], UNTYPED,
        "calling.play_and_collect: not sent: prompt: partial_results: true is for no parameter of prompt",
        "a parameter that does not exist is a typing error; v2 ignores it";
    ["prompt*/unknown_keyword_ignored"], TYPED,
        "cannot be written: there is no partial_results",
        "as above";
    ["prompt_ringtone*/stray_language"], UNTYPED,
        "calling.play_and_collect: not sent: prompt_ringtone: language: en-US is for no parameter of prompt_ringtone",
        "a ringtone has no language; v2 sends it along";
    ["prompt_ringtone*/stray_language"], TYPED,
        "cannot be written: there is no language",
        "as above";
    ["prompt_tts*/stray_duration"], UNTYPED,
        "calling.play_and_collect: not sent: prompt_tts: duration: 5 is for no parameter of prompt_tts",
        "speech has no duration; v2 sends it along";
    ["prompt_tts*/stray_duration"], TYPED,
        "cannot be written: there is no duration",
        "as above";
    ["record*/not_a_bool_dropped"], UNTYPED,
        "calling.record: not sent: record: beep: 1 is not true or false; stereo: yes is not true or false",
        "refused rather than dropped";
    ["record*/not_a_bool_dropped"], TYPED,
        "cannot be written: beep is a bool",
        "as above";
    ["record*/record_type"], ALL,
        "calling.record: not sent: record: record_type: video is not one of audio",
        "the wire knows audio only (3.6)";
    ["send_digits*/empty"], ALL,
        "calling.send_digits: not sent: send_digits: digits: is required",
        "no digits to send";
    ["tap*/full"], ALL,
        "calling.tap: not sent: tap: target_uri: wss://media.example.com/tap applies only with target_type ws",
        "arguments of another type of target (3.11)";
    ["tap*/no_target"], ALL,
        "calling.tap: not sent: tap: target_addr: is required; target_port: is required",
        "an RTP target needs both (3.11)";
    ["v3:collect/nothing"], UNTYPED,
        "calling.collect: not sent: collect: collect_type: is required",
        "digits, speech or both have to be wanted (3.9)";
    ["v3:collect/nothing"], TYPED,
        "cannot be written: there has to be collect_type",
        "as above";

    // Texts for numbers, which v2 casts: JSON takes them, types do not.

    ["connect*/timeout_text", "dial/timeout_text"], TYPED,
        "cannot be written: timeout is a number",
        "the type says so";
    ["play*/volume_text", "prompt*/volume_text"], TYPED,
        "cannot be written: volume is a number",
        "the type says so";
    ["play_async/volume_action_text"], ALL,
        "cannot be written: volume is a number",
        "the type says so, also without the catalogue";
    ["play_ringtone*/duration_text", "play_silence*/text"], TYPED,
        "cannot be written: duration is a number",
        "the type says so";
    ["tap*/numbers_as_text"], TYPED,
        "cannot be written: target_port is a number",
        "the type says so";

    // What methods that send nothing give.

    ["wait_for_ended/while_ending"], WAITS,
        "returned true in place of false",
        "waits for the event; v2 gives false at once, though the call does end (4.3)";
};

/// Cases of commands that we do not have.
pub const NOT_OURS: &[(&[&str], &str)] = &[
    (
        &["client/connect"],
        "the Blade handshake, which has a test of its own (blade.rs); here the current dialect is spoken (0.2)",
    ),
    (&["messaging.send/*", "v3:send_message/*"], "messages are no calls"),
    (
        &[
            "v3:ai/*",
            "v3:ai_hold/*",
            "v3:ai_message/*",
            "v3:ai_unhold/*",
            "v3:amazon_bedrock/*",
            "v3:bind_digit/*",
            "v3:clear_digit_bindings/*",
            "v3:denoise/*",
            "v3:denoise_stop/*",
            "v3:echo/*",
            "v3:hold/*",
            "v3:join_conference/*",
            "v3:join_room/*",
            "v3:leave_conference/*",
            "v3:leave_room/*",
            "v3:live_transcribe/*",
            "v3:live_translate/*",
            "v3:pay/*",
            "v3:queue_enter/*",
            "v3:queue_leave/*",
            "v3:refer/*",
            "v3:transcribe/*",
            "v3:transfer/*",
            "v3:unhold/*",
            "v3:user_event/*",
        ],
        "not among the 50 methods, and nothing the console offers (3.14)",
    ),
];
