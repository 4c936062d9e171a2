"""Cases for the current SDK: the equivalents of the v2 methods, and the rest of Call."""

from cases import FROM, OTHER, THIRD, TO, Case

CASES = []


def one(*args, **kwargs):
    CASES.append(Case(*args, **kwargs))


def actions(method, args, *names):
    """Every sub-command of an action, each in a case of its own, then all of them."""
    values = {"volume": {"volume": 3}}
    for name in names:
        one(method, name, args, then=[(name, values.get(name, {}))])
    if len(names) > 1:
        one(method, "all_actions", args, then=[(n, values.get(n, {})) for n in names])


def phone(to=OTHER, **more):
    return {"type": "phone", "params": {"from_number": TO, "to_number": to, **more}}


TTS = {"type": "tts", "params": {"text": "Please hold the line."}}
TTS_FULL = {
    "type": "tts",
    "params": {"text": "Bitte warten.", "language": "de-DE", "gender": "male", "voice": "polly.Hans"},
}
AUDIO = {"type": "audio", "params": {"url": "https://media.example.com/hold.mp3"}}
SILENCE = {"type": "silence", "params": {"duration": 2}}
RINGTONE = {"type": "ringtone", "params": {"name": "it", "duration": 4.5}}
MEDIA = [TTS_FULL, AUDIO, SILENCE, RINGTONE]
STATUS = {"status_url": "https://hooks.example.com/status"}
SIP = {
    "type": "sip",
    "params": {
        "from": "sip:desk@example.com",
        "to": "sip:ops@example.com",
        "from_name": "Front desk",
        "timeout": 20,
        "max_duration": 60,
        "headers": [{"name": "X-Case", "value": "42"}],
        "codecs": ["PCMU", "OPUS"],
        "webrtc_media": False,
        "session_timeout": 600,
    },
}
PHONE_FULL = phone(
    timeout=30,
    max_duration=60,
    call_state_url="https://hooks.example.com/state",
    call_state_events=["answered", "ended"],
)

# -- answer, hangup, pass, dial ---------------------------------------------

one("answer", "min", call={"state": "ringing"})
one("answer", "full", {"max_duration": 60, "codecs": ["PCMU", "OPUS"]}, call={"state": "ringing"})
one("hangup", "min")
for reason in ("hangup", "cancel", "busy", "noAnswer", "decline", "error"):
    one("hangup", f"reason_{reason}", {"reason": reason})
one("pass_", "min", call={"state": "ringing"})

one("dial", "min", {"devices": [[phone()]]}, on="client")
one("dial", "full", {"devices": [[PHONE_FULL]], "tag": "tag-7", "max_duration": 60, "dial_timeout": 5}, on="client")
one("dial", "serial", {"devices": [[phone(timeout=10)], [phone(THIRD, timeout=20)]]}, on="client")
one("dial", "parallel", {"devices": [[phone(), phone(THIRD)]]}, on="client")
one("dial", "sip", {"devices": [[SIP]]}, on="client")
one("dial", "max_duration_zero", {"devices": [[phone()]], "max_duration": 0}, on="client")

# -- connect, disconnect ------------------------------------------------------

one("connect", "min", {"devices": [[phone()]]})
one(
    "connect",
    "full",
    {"devices": [[PHONE_FULL]], "ringback": MEDIA, "tag": "tag-8", "max_duration": 60, "max_price_per_minute": 0.05,
     **STATUS},
)
one("connect", "serial", {"devices": [[phone(timeout=10)], [phone(THIRD)]]})
one("connect", "parallel", {"devices": [[phone(), phone(THIRD)]]})
one("connect", "serial_of_parallel", {"devices": [[phone(), phone(THIRD)], [SIP]]})
one("connect", "ringback_empty", {"devices": [[phone()]], "ringback": []})
one(
    "connect",
    "other_devices",
    {
        "devices": [
            [{"type": "webrtc", "params": {"from": TO, "to": "/private/alice", "timeout": 15}}],
            [{"type": "call", "params": {"node_id": "node-1", "call_id": "other-call"}}],
            [{"type": "queue", "params": {"node_id": "node-1", "queue_name": "sales"}}],
            [{"type": "stream", "params": {"url": "wss://media.example.com/stream", "codec": "PCMU"}}],
        ]
    },
)
one("disconnect", "min", call={"bridged": True})

# -- play -----------------------------------------------------------------------

one("play", "min", {"media": [TTS]})
one(
    "play",
    "full",
    {"media": MEDIA, "volume": 6.0, "direction": "both", "loop": 2, "control_id": "control-1", **STATUS},
)
one("play", "audio", {"media": [AUDIO]})
one("play", "silence", {"media": [SILENCE]})
one("play", "ringtone", {"media": [RINGTONE]})
one("play", "volume_integer", {"media": [TTS], "volume": 6})
one("play", "volume_zero", {"media": [TTS], "volume": 0})
one("play", "loop_zero", {"media": [TTS], "loop": 0})
for direction in ("listen", "speak", "both"):
    one("play", f"direction_{direction}", {"media": [TTS], "direction": direction})
one("play", "empty_list", {"media": []})
one("play_tts", "min", {"text": "Hello"})
one("play_tts", "full", {"text": "Hallo", "language": "de-DE", "gender": "male", "voice": "polly.Hans", "volume": 12})
one("play_audio", "min", {"url": "https://media.example.com/a.wav"})
one("play_audio", "full", {"url": "https://media.example.com/a.wav", "volume": -3.5})
one("play_silence", "min", {"duration": 3})
one("play_silence", "float", {"duration": 0.5})
one("play_ringtone", "min", {"name": "us"})
one("play_ringtone", "full", {"name": "it", "duration": 10, "volume": 1.5})
actions("play", {"media": [TTS]}, "pause", "resume", "volume", "stop")
one("play", "volume_action_float", {"media": [TTS]}, then=[("volume", {"volume": -2.5})])
# A by-product of a shared base class; the service knows it for record only.
one("play", "pause_behavior", {"media": [TTS]}, then=[("pause", {"behavior": "skip"})])

# -- record -----------------------------------------------------------------------

one("record", "min")
one(
    "record",
    "full",
    {
        "audio": {
            "beep": True,
            "format": "wav",
            "stereo": True,
            "direction": "both",
            "initial_timeout": 4.5,
            "end_silence_timeout": 1.5,
            "terminators": "#",
            "input_sensitivity": 50,
            "max_length": 120,
        },
        "control_id": "control-1",
        **STATUS,
    },
)
one(
    "record",
    "whole_call",
    {"audio": {"direction": "both", "initial_timeout": 0, "end_silence_timeout": 0, "terminators": ""}},
)
actions("record", {"audio": {"beep": True}}, "pause", "resume", "stop")
for behavior in ("skip", "silence"):
    one("record", f"pause_{behavior}", {}, then=[("pause", {"behavior": behavior}), ("resume", {})])

# -- detect -------------------------------------------------------------------------

MACHINE = {
    "initial_timeout": 5.5,
    "end_silence_timeout": 1.25,
    "machine_voice_threshold": 1.5,
    "machine_words_threshold": 8,
    "detect_interruptions": True,
    "detect_message_end": False,
}
one("detect", "machine_min", {"detect": {"type": "machine", "params": {}}})
one(
    "detect",
    "machine_full",
    {
        "detect": {"type": "machine", "params": {**MACHINE, "machine_ready_timeout": 2.5}},
        "timeout": 45.0,
        "control_id": "control-1",
        **STATUS,
    },
)
one("detect", "digit", {"detect": {"type": "digit", "params": {"digits": "123"}}, "timeout": 10})
one("detect", "fax", {"detect": {"type": "fax", "params": {"tone": "CNG"}}, "timeout": 20})
one("detect", "timeout_zero", {"detect": {"type": "fax", "params": {}}, "timeout": 0})
one("detect_answering_machine", "min")
one("detect_answering_machine", "full", {**MACHINE, "timeout": 45.0})
one("detect_answering_machine", "integers", {"initial_timeout": 5, "end_silence_timeout": 1, "timeout": 30})
one("detect_digit", "min")
one("detect_digit", "full", {"digits": "0123456789#*", "timeout": 30.0})
one("detect_fax", "min")
one("detect_fax", "full", {"tone": "CED", "timeout": 30.0})
actions("detect", {"detect": {"type": "machine", "params": {}}}, "stop")

# -- play_and_collect, prompt helpers, collect ------------------------------------------

DIGITS = {"max": 4, "min": 1, "terminators": "#", "digit_timeout": 3.0}
SPEECH = {
    "end_silence_timeout": 1.5,
    "speech_timeout": 30.0,
    "language": "en-GB",
    "hints": ["sales", "support"],
    "model": "enhanced",
    "engine": "Deepgram",
}
ONE_DIGIT = {"digits": {"max": 1}}
one("play_and_collect", "digits_min", {"media": [TTS], "collect": ONE_DIGIT})
one("play_and_collect", "speech_min", {"media": [TTS], "collect": {"speech": {}}})
one(
    "play_and_collect",
    "full",
    {
        "media": MEDIA,
        "collect": {"initial_timeout": 8.0, "digits": DIGITS, "speech": SPEECH},
        "volume": 4.5,
        "control_id": "control-1",
        **STATUS,
    },
)
one("play_and_collect", "volume_zero", {"media": [TTS], "collect": ONE_DIGIT, "volume": 0})
actions("play_and_collect", {"media": [TTS], "collect": ONE_DIGIT}, "volume", "stop")
one("play_and_collect", "start_input_timers", {"media": [TTS], "collect": ONE_DIGIT}, then=[("start_input_timers", {})])
# By-products of a shared base class; no schema has these methods.
one("play_and_collect", "pause_inherited", {"media": [TTS], "collect": ONE_DIGIT}, then=[("pause", {}), ("resume", {})])
one("prompt_tts", "min", {"text": "Enter your code.", "collect": ONE_DIGIT})
one(
    "prompt_tts",
    "full",
    {"text": "Bitte eingeben.", "collect": {"digits": DIGITS, "speech": SPEECH}, "language": "de-DE", "gender": "male",
     "voice": "polly.Hans", "volume": 2},
)
one("prompt_audio", "min", {"url": "https://media.example.com/menu.mp3", "collect": ONE_DIGIT})
one("prompt_audio", "full", {"url": "https://media.example.com/menu.mp3", "collect": {"digits": DIGITS}, "volume": -2})

one("collect", "digits_min", {"digits": {"max": 1}})
one("collect", "speech_min", {"speech": {}})
one("collect", "nothing")
one(
    "collect",
    "full",
    {
        "digits": DIGITS,
        "speech": SPEECH,
        "initial_timeout": 5.0,
        "partial_results": True,
        "continuous": False,
        "send_start_of_input": True,
        "start_input_timers": False,
        "control_id": "control-1",
        **STATUS,
    },
)
actions("collect", {"digits": {"max": 4}}, "start_input_timers", "stop")

# -- send_digits, tap, stream, fax ----------------------------------------------------------

one("send_digits", "min", {"digits": "1"})
one("send_digits", "full", {"digits": "1w2W#*0ABCD", "control_id": "control-1"})

TAP = {"type": "audio", "params": {"direction": "both"}}
RTP = {"type": "rtp", "params": {"addr": "203.0.113.20", "port": 4000}}
one("tap", "rtp_min", {"tap": TAP, "device": RTP})
one(
    "tap",
    "rtp_full",
    {
        "tap": {"type": "audio", "params": {"direction": "listen"}},
        "device": {"type": "rtp", "params": {"addr": "203.0.113.20", "port": 4000, "codec": "PCMU", "ptime": 20}},
        "control_id": "control-1",
        **STATUS,
    },
)
one(
    "tap",
    "ws",
    {
        "tap": {"type": "audio", "params": {"direction": "speak"}},
        "device": {"type": "ws", "params": {"uri": "wss://media.example.com/tap", "codec": "OPUS", "rate": 16000}},
    },
)
actions("tap", {"tap": TAP, "device": RTP}, "stop")

STREAM = {"url": "wss://media.example.com/stream"}
one("stream", "min", STREAM)
one(
    "stream",
    "full",
    {
        **STREAM,
        "name": "supervisor",
        "codec": "L16@16000h",
        "track": "both_tracks",
        **STATUS,
        "status_url_method": "POST",
        "authorization_bearer_token": "bearer-1",
        "custom_parameters": {"case": "42"},
        "control_id": "control-1",
    },
)
actions("stream", STREAM, "stop")

FAX = {"document": "https://files.example.com/offer.pdf"}
one("send_fax", "min", FAX)
one("send_fax", "full", {**FAX, "identity": TO, "header_info": "Example Ltd", "control_id": "control-1", **STATUS})
one("send_fax", "empty_header", {**FAX, "header_info": ""})
actions("send_fax", FAX, "stop")
one("receive_fax", "min")
one("receive_fax", "full", {"control_id": "control-1", **STATUS})
actions("receive_fax", {}, "stop")

# -- everything else the call object offers ---------------------------------------------------

one("transcribe", "min")
one("transcribe", "full", {"control_id": "control-1", **STATUS})
actions("transcribe", {}, "stop")
PAY = {"payment_connector_url": "https://pay.example.com/connector"}
one("pay", "min", PAY)
one(
    "pay",
    "full",
    {
        **PAY,
        "control_id": "control-1",
        "input_method": "dtmf",
        **STATUS,
        "payment_method": "credit-card",
        "timeout": "5",
        "max_attempts": "1",
        "security_code": "true",
        "postal_code": "true",
        "min_postal_code_length": "5",
        "token_type": "reusable",
        "charge_amount": "20.45",
        "currency": "usd",
        "language": "en-US",
        "voice": "woman",
        "description": "Order 42",
        "valid_card_types": "visa mastercard",
        "parameters": [{"name": "order", "value": "42"}],
        "prompts": [{"for": "payment-card-number", "actions": [{"type": "Say", "phrase": "Card number, please"}]}],
    },
)
actions("pay", PAY, "stop")
one("refer", "min", {"device": {"type": "sip", "params": {"to": "sip:ops@example.com"}}})
one(
    "refer",
    "full",
    {
        "device": {
            "type": "sip",
            "params": {"to": "sip:ops@example.com", "from": "sip:desk@example.com",
                       "headers": [{"name": "X-Case", "value": "42"}]},
        },
        **STATUS,
    },
)
one("transfer", "min", {"dest": "context:billing"})
one("hold", "min")
one("unhold", "min")
one("denoise", "min")
one("denoise_stop", "min")
one("echo", "min")
one("echo", "full", {"timeout": 30, **STATUS})
one("bind_digit", "min", {"digits": "*1", "bind_method": "calling.play"})
one(
    "bind_digit",
    "full",
    {"digits": "*1", "bind_method": "calling.play", "bind_params": {"play": [TTS]}, "realm": "menu", "max_triggers": 3},
)
one("clear_digit_bindings", "min")
one("clear_digit_bindings", "full", {"realm": "menu"})
one("live_transcribe", "start", {"action": {"start": {"lang": "en"}}})
one("live_transcribe", "stop", {"action": {"stop": {}}})
one("live_translate", "start", {"action": {"start": {"from_lang": "en", "to_lang": "es"}}, **STATUS})
one("join_room", "min", {"name": "room-1"})
one("join_room", "full", {"name": "room-1", **STATUS})
one("leave_room", "min")
one("join_conference", "min", {"name": "conf-1"})
one(
    "join_conference",
    "full",
    {
        "name": "conf-1",
        "muted": True,
        "beep": "onEnter",
        "start_on_enter": False,
        "end_on_exit": True,
        "wait_url": "https://media.example.com/wait.mp3",
        "max_participants": 5,
        "record": "record-from-start",
        "region": "us-east",
        "trim": "trim-silence",
        "coach": "other-call",
        "status_callback": "https://hooks.example.com/conf",
        "status_callback_event": "start end join leave",
        "status_callback_event_type": "relay",
        "status_callback_method": "POST",
        "recording_status_callback": "https://hooks.example.com/rec",
        "recording_status_callback_event": "completed",
        "recording_status_callback_event_type": "relay",
        "recording_status_callback_method": "GET",
        "stream_obj": {"url": "wss://media.example.com/stream"},
    },
)
one("leave_conference", "min", {"conference_id": "conference-1"})
one("queue_enter", "min", {"queue_name": "sales"})
one("queue_enter", "full", {"queue_name": "sales", "control_id": "control-1", **STATUS})
one("queue_leave", "min", {"queue_name": "sales"})
one("queue_leave", "full", {"queue_name": "sales", "control_id": "control-1", "queue_id": "queue-1", **STATUS})
one("ai", "min")
one(
    "ai",
    "full",
    {
        "control_id": "control-1",
        "agent": "agent-1",
        "prompt": {"text": "You are helpful."},
        "post_prompt": {"text": "Summarise."},
        "post_prompt_url": "https://hooks.example.com/ai",
        "post_prompt_auth_user": "user",
        "post_prompt_auth_password": "secret",
        "global_data": {"name": "Ada"},
        "pronounce": [{"replace": "SW", "with": "SignalWire"}],
        "hints": ["order"],
        "languages": [{"name": "English", "code": "en-US"}],
        "SWAIG": {"functions": []},
        "ai_params": {"temperature": 0.5},
    },
)
actions("ai", {}, "stop")
one("amazon_bedrock", "min")
one("amazon_bedrock", "full", {"prompt": {"text": "Hi"}, "SWAIG": {}, "ai_params": {}, "global_data": {},
                               "post_prompt": {"text": "Bye"}, "post_prompt_url": "https://hooks.example.com/ai"})
one("ai_message", "min")
one("ai_message", "full", {"message_text": "Hello", "role": "system", "reset": {"full_reset": True},
                           "global_data": {"a": 1}})
one("ai_hold", "min")
one("ai_hold", "full", {"timeout": "30", "prompt": "One moment"})
one("ai_unhold", "min")
one("ai_unhold", "full", {"prompt": "Back again"})
one("user_event", "min", {"event": "ping"})
one("user_event", "full", {"event": "ping", "value": 42})

# -- the client ------------------------------------------------------------------------------

one("receive", "min", {"contexts": ["sales"]}, on="client")
one("receive", "two", {"contexts": ["sales", "support"]}, on="client")
one("receive", "empty", {"contexts": []}, on="client")
one("unreceive", "min", {"contexts": ["sales"]}, on="client")
one("unreceive", "empty", {"contexts": []}, on="client")
one("send_message", "min", {"to_number": FROM, "from_number": TO, "body": "Hello"}, on="client")
one(
    "send_message",
    "full",
    {"to_number": FROM, "from_number": TO, "context": "office", "body": "Hello",
     "media": ["https://media.example.com/a.png"], "tags": ["one"], "region": "us"},
    on="client",
)

# -- a command on a call that is over: nothing is sent by actions, plain commands go out ---------

one("play_tts", "call_ended", {"text": "Hello"}, call={"state": "ended"})
one("play_tts", "call_ending", {"text": "Hello"}, call={"state": "ending"})
one("hangup", "call_ended", call={"state": "ended"})
