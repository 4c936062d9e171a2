"""The table format of a case, and how a case becomes an entry of official.json."""

import copy
import json
import re

UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

FROM = "+12025550123"  # caller of the inbound call under test
TO = "+12025550199"  # our number
OTHER = "+12025550140"
THIRD = "+12025550141"
INBOUND = {"type": "phone", "params": {"from_number": FROM, "to_number": TO}}

AUDIO = {"type": "audio", "url": "https://media.example.com/hold.mp3"}
TTS = {"type": "tts", "text": "Please hold the line."}
TTS_FULL = {"type": "tts", "text": "Bitte warten.", "language": "de-DE", "gender": "male"}
SILENCE = {"type": "silence", "duration": 2}
RINGTONE = {"type": "ringtone", "name": "us"}
RINGTONE_FULL = {"type": "ringtone", "name": "it", "duration": 4.5}


class Case:
    """One call of one SDK method.

    name    method/variant, the key in official.json
    args    keyword arguments of the call, as called
    then    further calls on the returned action: [("stop", {}), ...]
    call    how the call under test differs from the answered inbound call
    on      "client" when the method belongs to the client, else "call"
    raises  name of the exception the SDK is expected to raise
    """

    def __init__(self, method, variant, args=None, then=(), call=None, on="call", raises=None, **extra):
        self.method = method
        self.variant = variant
        self.args = args or {}
        self.then = list(then)
        self.call = call or {}
        self.on = on
        self.raises = raises
        self.extra = extra  # "events", "callback": cases that send no command

    @property
    def name(self):
        return f"{self.method}/{self.variant}"

    def kwargs(self):
        # v2 takes "type" out of the media dictionaries it is given.
        return copy.deepcopy(self.args)


def normalise(value, call_ids):
    """Replace ids that differ from run to run by placeholders."""

    def walk(node, key):
        if isinstance(node, dict):
            return {k: walk(v, k) for k, v in node.items()}
        if isinstance(node, list):
            return [walk(v, key) for v in node]
        if isinstance(node, str):
            if node in call_ids:
                return f"call-{call_ids.index(node) + 1}"
            if UUID.match(node):
                if key not in ("control_id", "tag"):
                    raise RuntimeError(f"generated id in an unexpected place: {key}")
                return f"<{key}>"
        return node

    return walk(value, None)


def entry(case, sdk, prefix, frames, call_ids, **outcome):
    result = {"case": prefix + case.name, "sdk": sdk, "method": case.method}
    if case.call:
        result["call"] = case.call
    result["args"] = case.args
    if case.then:
        result["then"] = [{"method": name, "args": args} for name, args in case.then]
    if "events" in case.extra:
        result["events"] = case.extra["events"]
    if case.raises:
        result["raises"] = case.raises
    result.update(outcome)
    result["frames"] = normalise(frames, call_ids)
    return result


def dump(entries):
    """Stable text: sorted by case, one line per frame."""
    blocks = []
    for item in sorted(entries, key=lambda e: e["case"]):
        head = [
            f"    {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}"
            for k, v in item.items()
            if k != "frames"
        ]
        frames = ",\n".join("      " + json.dumps(f, ensure_ascii=False) for f in item["frames"])
        head.append('    "frames": [\n' + frames + "\n    ]" if frames else '    "frames": []')
        blocks.append("  {\n" + ",\n".join(head) + "\n  }")
    return "[\n" + ",\n".join(blocks) + "\n]\n"
