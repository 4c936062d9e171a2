"""Cases for the legacy SDK: all 50 methods of Call, blocking and _async."""

from cases import (
    AUDIO,
    FROM,
    OTHER,
    RINGTONE,
    RINGTONE_FULL,
    SILENCE,
    THIRD,
    TO,
    TTS,
    TTS_FULL,
    Case,
)

CASES = []


def one(*args, **kwargs):
    CASES.append(Case(*args, **kwargs))


def both(method, variant, args=None, **kwargs):
    """The blocking form and its _async twin."""
    one(method, variant, args, **kwargs)
    one(method + "_async", variant, args, **kwargs)


def actions(method, args, *names):
    """Every sub-command of an action, each in a case of its own, then all of them."""
    values = {"volume": {"value": 3}}
    for name in names:
        one(method, name, args, then=[(name, values.get(name, {}))])
    if len(names) > 1:
        one(method, "all_actions", args, then=[(n, values.get(n, {})) for n in names])


# -- answer, hangup, dial, disconnect ---------------------------------------

one("answer", "min", call={"state": "ringing"})
one("answer", "created", call={"state": "created"})
one("hangup", "min")
one("hangup", "ringing", call={"state": "ringing"})
for reason in ("hangup", "cancel", "busy", "noAnswer", "decline", "error"):
    one("hangup", f"reason_{reason}", {"reason": reason})

one("dial", "min", {"from_number": TO, "to_number": OTHER}, on="client")
one("dial", "full", {"call_type": "phone", "from_number": TO, "to_number": OTHER, "timeout": 30}, on="client")
one("dial", "timeout_float", {"from_number": TO, "to_number": OTHER, "timeout": 12.5}, on="client")
one("dial", "timeout_text", {"from_number": TO, "to_number": OTHER, "timeout": "30"}, on="client")
one("dial", "timeout_zero", {"from_number": TO, "to_number": OTHER, "timeout": 0}, on="client")
# dial() of the Call object made by new_call() has no arguments of its own.
one("dial", "new_call_min", call={"new_call": {"from_number": TO, "to_number": OTHER}})
one(
    "dial",
    "new_call_full",
    call={"new_call": {"call_type": "phone", "from_number": TO, "to_number": OTHER, "timeout": 20}},
)
one("disconnect", "min", call={"bridged": True})

# -- connect ------------------------------------------------------------------

A = {"to_number": OTHER}
B = {"to_number": THIRD}
A_FULL = {"call_type": "phone", "from_number": TO, "to_number": OTHER, "timeout": 20}
B_FULL = {"call_type": "phone", "from_number": TO, "to_number": THIRD, "timeout": 15}
OUTBOUND = {"new_call": {"from_number": TO, "to_number": FROM, "timeout": 25}}

both("connect", "min", {"device_list": [A]})
both("connect", "full", {"device_list": [A_FULL], "ringback_list": [TTS_FULL, AUDIO, SILENCE, RINGTONE_FULL]})
both("connect", "serial", {"device_list": [A_FULL, B_FULL]})
both("connect", "parallel", {"device_list": [[A_FULL, B_FULL]]})
both("connect", "serial_of_parallel", {"device_list": [[A, B], A_FULL]})
both("connect", "ringback", {"device_list": [A], "ringback_list": [RINGTONE]})
both("connect", "ringback_empty", {"device_list": [A], "ringback_list": []})
# from_number and timeout fall back to those of the originating call.
both("connect", "fallback", {"device_list": [A, [B, A_FULL]]}, call=OUTBOUND)
both("connect", "timeout_float", {"device_list": [{"to_number": OTHER, "timeout": 12.9}]})
both("connect", "timeout_text", {"device_list": [{"to_number": OTHER, "timeout": "15"}]})
both("connect", "timeout_zero", {"device_list": [{"to_number": OTHER, "timeout": 0}]}, call=OUTBOUND)
both("connect", "no_to_number", {"device_list": [{"from_number": TO}]})
both("connect", "call_type_sip", {"device_list": [{"call_type": "sip", "to_number": "sip:ops@example.com"}]})
both("connect", "unknown_key_dropped", {"device_list": [{"to_number": OTHER, "max_duration": 5}]})
both("connect", "three_levels", {"device_list": [[[A, B]]]})

# -- play -----------------------------------------------------------------------

both("play", "min", {"media_list": [TTS]})
both("play", "full", {"media_list": [TTS_FULL, AUDIO, SILENCE, RINGTONE_FULL], "volume": 6})
both("play", "audio", {"media_list": [AUDIO]})
both("play", "silence", {"media_list": [SILENCE]})
both("play", "ringtone", {"media_list": [RINGTONE]})
both("play", "volume_float", {"media_list": [TTS], "volume": -3.5})
both("play", "volume_text", {"media_list": [TTS], "volume": "2"})
both("play", "volume_zero", {"media_list": [TTS], "volume": 0})
both("play", "empty_list", {"media_list": []})
both("play", "no_type", {"media_list": [{"url": "https://media.example.com/a.wav"}]})
both("play", "not_a_dict_dropped", {"media_list": ["hello", TTS]})
both("play", "unknown_key_kept", {"media_list": [{"type": "tts", "text": "Hi", "voice": "polly.Amy"}]})
both("play", "already_nested", {"media_list": [{"type": "tts", "params": {"text": "Hi"}}]})

both("play_audio", "min", {"url": "https://media.example.com/a.wav"})
both("play_audio", "full", {"url": "https://media.example.com/a.wav", "volume": -40})
both("play_silence", "min", {"duration": 3})
both("play_silence", "float", {"duration": 0.5})
both("play_silence", "text", {"duration": "4"})
both("play_silence", "zero", {"duration": 0})
both("play_ringtone", "min", {"name": "us"})
both("play_ringtone", "full", {"name": "it", "duration": 10, "volume": 1.5})
both("play_ringtone", "duration_float", {"name": "fr", "duration": 4.5})
both("play_ringtone", "duration_text", {"name": "de", "duration": "3"})
both("play_ringtone", "duration_zero", {"name": "uk", "duration": 0})
both("play_tts", "min", {"text": "Hello"})
both("play_tts", "full", {"text": "Hallo", "language": "de-DE", "gender": "male", "volume": 12})
both("play_tts", "empty_language", {"text": "Hello", "language": "", "gender": ""})
both("play_tts", "unicode", {"text": "Grüße, 你好 \U0001f44b"})

for method, args in (
    ("play_async", {"media_list": [TTS]}),
    ("play_audio_async", {"url": "https://media.example.com/a.wav"}),
    ("play_silence_async", {"duration": 30}),
    ("play_ringtone_async", {"name": "us"}),
    ("play_tts_async", {"text": "Hello"}),
):
    actions(method, args, "pause", "resume", "volume", "stop")
one("play_async", "volume_action_float", {"media_list": [TTS]}, then=[("volume", {"value": -2.5})])
one("play_async", "volume_action_text", {"media_list": [TTS]}, then=[("volume", {"value": "4"})])
one("play_async", "volume_action_zero", {"media_list": [TTS]}, then=[("volume", {"value": 0})])

# -- record ---------------------------------------------------------------------

RECORD = {
    "record_type": "audio",
    "beep": True,
    "record_format": "wav",
    "stereo": True,
    "direction": "both",
    "initial_timeout": 4.5,
    "end_silence_timeout": 1.5,
    "terminators": "#",
}
both("record", "min")
both("record", "full", RECORD)
both("record", "whole_call", {"direction": "both", "initial_timeout": 0, "end_silence_timeout": 0, "terminators": ""})
both("record", "false_flags", {"beep": False, "stereo": False})
both("record", "integer_timeouts", {"initial_timeout": 5, "end_silence_timeout": 2})
both("record", "not_a_bool_dropped", {"beep": 1, "stereo": "yes"})
both("record", "record_type", {"record_type": "video", "beep": True})
actions("record_async", {"beep": True}, "stop")

# -- detect -----------------------------------------------------------------------

MACHINE = {
    "wait_for_beep": True,
    "timeout": 45.0,
    "initial_timeout": 5.5,
    "end_silence_timeout": 1.25,
    "machine_voice_threshold": 1.5,
    "machine_words_threshold": 8,
}
both("detect", "machine_min", {"detect_type": "machine"})
both("detect", "machine_full", {"detect_type": "machine", **MACHINE})
both("detect", "wait_for_beep_not_sent", {"detect_type": "machine", "wait_for_beep": True})
both("detect", "digit_min", {"detect_type": "digit"})
both("detect", "digit_full", {"detect_type": "digit", "digits": "123", "timeout": 10.0})
both("detect", "fax_min", {"detect_type": "fax"})
both("detect", "fax_full", {"detect_type": "fax", "tone": "CNG", "timeout": 20.0})
both("detect", "full", {"detect_type": "machine", **MACHINE, "tone": "CED", "digits": "1#"})
both("detect", "timeout_integer", {"detect_type": "digit", "timeout": 25})
both("detect", "timeout_zero", {"detect_type": "digit", "timeout": 0})
both("detect", "zero_params", {"detect_type": "machine", "initial_timeout": 0, "machine_words_threshold": 0})
both("detect", "empty_digits", {"detect_type": "digit", "digits": ""})
for method in ("detect_answering_machine", "amd"):
    both(method, "min")
    both(method, "full", MACHINE)
    both(method, "integers", {"timeout": 30, "initial_timeout": 5, "end_silence_timeout": 1})
both("detect_digit", "min")
both("detect_digit", "full", {"digits": "0123456789#*", "timeout": 30.0})
both("detect_fax", "min")
both("detect_fax", "full", {"tone": "CED", "timeout": 30.0})
for method, args in (
    ("detect_async", {"detect_type": "machine"}),
    ("detect_answering_machine_async", {}),
    ("amd_async", {}),
    ("detect_digit_async", {"digits": "12"}),
    ("detect_fax_async", {}),
):
    actions(method, args, "stop")

# -- prompt -------------------------------------------------------------------------

DIGITS = {"digits_max": 4, "digits_terminators": "#", "digits_timeout": 3.0}
SPEECH = {
    "end_silence_timeout": 1.5,
    "speech_timeout": 30.0,
    "speech_language": "en-GB",
    "speech_hints": ["sales", "support"],
}
PROMPTS = {
    "prompt": {"media_list": [TTS]},
    "prompt_audio": {"url": "https://media.example.com/menu.mp3"},
    "prompt_ringtone": {"name": "us"},
    "prompt_tts": {"text": "Enter your code."},
}
FULL_MEDIA = {
    "prompt": {"media_list": [TTS_FULL, AUDIO, SILENCE, RINGTONE_FULL]},
    "prompt_audio": {"url": "https://media.example.com/menu.mp3"},
    "prompt_ringtone": {"name": "it", "duration": 4.5},
    "prompt_tts": {"text": "Bitte eingeben.", "language": "de-DE", "gender": "male"},
}
for method, media in PROMPTS.items():
    full = FULL_MEDIA[method]
    both(method, "digits_min", {"prompt_type": "digits", **media, "digits_max": 4})
    both(method, "digits_full", {"prompt_type": "digits", **full, "initial_timeout": 8.0, "volume": 4.5, **DIGITS})
    both(method, "speech_min", {"prompt_type": "speech", **media})
    both(method, "speech_full", {"prompt_type": "speech", **full, "initial_timeout": 8.0, "volume": -2, **SPEECH})
    both(method, "both_min", {"prompt_type": "both", **media, "digits_max": 1})
    both(
        method,
        "both_full",
        {"prompt_type": "both", **full, "initial_timeout": 8, "volume": 4.5, **DIGITS, **SPEECH},
    )
    both(method, "volume_zero", {"prompt_type": "digits", **media, "digits_max": 1, "volume": 0})
    actions(method + "_async", {"prompt_type": "digits", **media, "digits_max": 4}, "volume", "stop")
both("prompt", "digits_no_max", {"prompt_type": "digits", "media_list": [TTS]})
both(
    "prompt",
    "integer_timeouts",
    {"prompt_type": "both", "media_list": [TTS], "initial_timeout": 5, "digits_max": 2, "digits_timeout": 3,
     "end_silence_timeout": 1, "speech_timeout": 20},
)
both("prompt", "volume_text", {"prompt_type": "speech", "media_list": [TTS], "volume": "2"})
both(
    "prompt",
    "digit_args_with_speech",
    {"prompt_type": "speech", "media_list": [TTS], "digits_max": 4},
    raises="KeyError",
)
both(
    "prompt",
    "speech_args_with_digits",
    {"prompt_type": "digits", "media_list": [TTS], "digits_max": 4, "speech_timeout": 9},
    raises="KeyError",
)
both("prompt", "unknown_keyword_ignored", {"prompt_type": "speech", "media_list": [TTS], "partial_results": True})
# The helpers copy duration, language and gender into whatever medium they build.
both("prompt_ringtone", "duration_integer", {"prompt_type": "speech", "name": "us", "duration": 5})
both("prompt_ringtone", "stray_language", {"prompt_type": "speech", "name": "us", "language": "en-US"})
both("prompt_tts", "stray_duration", {"prompt_type": "speech", "text": "Hi", "duration": 5})

# -- send_digits ----------------------------------------------------------------------

both("send_digits", "min", {"digits": "1"})
both("send_digits", "full", {"digits": "1w2W#*0ABCD"})
both("send_digits", "lower_case", {"digits": "abcd"})
both("send_digits", "empty", {"digits": ""})

# -- tap --------------------------------------------------------------------------------

RTP = {"target_type": "rtp", "target_addr": "203.0.113.20", "target_port": 4000}
both("tap", "rtp_min", {"audio_direction": "both", **RTP})
both("tap", "rtp_full", {"audio_direction": "listen", **RTP, "target_ptime": 20, "rate": 8000, "codec": "PCMU"})
both("tap", "ws_min", {"audio_direction": "speak", "target_type": "ws", "target_uri": "wss://media.example.com/tap"})
both(
    "tap",
    "ws_full",
    {"audio_direction": "both", "target_type": "ws", "target_uri": "wss://media.example.com/tap", "rate": 16000,
     "codec": "OPUS"},
)
both(
    "tap",
    "full",
    {"audio_direction": "both", **RTP, "target_ptime": 30, "target_uri": "wss://media.example.com/tap", "rate": 8000,
     "codec": "PCMA"},
)
both(
    "tap",
    "numbers_as_text",
    {"audio_direction": "both", "target_type": "rtp", "target_addr": "203.0.113.20", "target_port": "4000",
     "target_ptime": "20", "rate": "8000"},
)
both("tap", "no_target", {"audio_direction": "both", "target_type": "rtp"})
actions("tap_async", {"audio_direction": "both", **RTP}, "stop")

# -- fax ----------------------------------------------------------------------------------

FAX = {"url": "https://files.example.com/offer.pdf"}
both("fax_receive", "min")
actions("fax_receive_async", {}, "stop")
both("fax_send", "min", FAX)
both("fax_send", "full", {**FAX, "identity": TO, "header": "Example Ltd"})
both("fax_send", "empty_header", {**FAX, "identity": "", "header": ""})
actions("fax_send_async", FAX, "stop")

# -- on, off, wait_for: no command is sent ------------------------------------------------
# "events" are the call states that the server reports after the call of the
# method; "returned" is what the method gave back, "delivered" what reached the
# callback.

one("on", "ringing", {"event": "ringing"}, call={"state": "created"}, events=["ringing", "answered"], callback="on")
one("on", "stateChange", {"event": "stateChange"}, call={"state": "created"}, events=["ringing", "answered"],
    callback="on")
one("on", "twice", {"event": "answered"}, call={"state": "ringing"}, events=["answered"], callback="twice")
one("off", "callback", {"event": "answered"}, call={"state": "ringing"}, events=["answered"], callback="off")
one("off", "all", {"event": "answered"}, call={"state": "ringing"}, events=["answered"], callback="off_all")
one("off", "all_of_two", {"event": "stateChange"}, call={"state": "ringing"}, events=["answered"],
    callback="off_all_of_two")

one("wait_for", "default_is_ended", call={"state": "answered"}, events=["ending", "ended"])
one("wait_for", "answered", {"events": ["answered"]}, call={"state": "ringing"}, events=["answered"])
one("wait_for", "first_of_two", {"events": ["answered", "ended"]}, call={"state": "ringing"}, events=["answered"])
one("wait_for", "already_there", {"events": ["answered"]}, call={"state": "answered"}, events=[])
one("wait_for", "already_past", {"events": ["ringing"]}, call={"state": "answered"}, events=[])
one("wait_for", "never_answered", {"events": ["answered"]}, call={"state": "ringing"}, events=["ended"])
one("wait_for", "answered_skipped_over_ending", {"events": ["answered"]}, call={"state": "ringing"},
    events=["ending", "ended"])
one("wait_for", "not_dialled", {"events": ["answered"]}, call={"new_call": {"from_number": TO, "to_number": OTHER}},
    events=[], raises="ValueError")
one("wait_for_ringing", "min", call={"state": "created"}, events=["ringing"])
one("wait_for_ringing", "skipped", call={"state": "created"}, events=["answered", "ended"])
one("wait_for_answered", "min", call={"state": "ringing"}, events=["answered"])
one("wait_for_answered", "ended_first", call={"state": "ringing"}, events=["ending", "ended"])
one("wait_for_ending", "min", call={"state": "answered"}, events=["ending"])
one("wait_for_ended", "min", call={"state": "answered"}, events=["ending", "ended"])
one("wait_for_ended", "while_ending", call={"state": "ending"}, events=["ended"])

# -- commands on a call that is over: nothing is sent ---------------------------------------

both("play_tts", "call_ending", {"text": "Hello"}, call={"state": "ending"})
one("hangup", "call_ending", call={"state": "ending"})
