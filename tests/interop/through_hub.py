#!/usr/bin/env python3
"""`callboard sim` with a hub before it, for the drivers of this folder.

A driver takes this for the binary: called as `through_hub.py sim ...` it starts the simulator, two forwarders that take
note of every byte, and the hub between them; it prints the simulator's line with the hub's address in it. It stops with
SIGTERM. Anything else it is called with goes to the binary itself.

Environment:
  CALLBOARD   the binary
  HUB_INJECT  1: a console is attached that speaks into every answered call and records it, all the time
  HUB_REPORT  file for one line: what passed, and whether it is the same on both sides

    SDK -- [hub with TLS] -- forwarder A -- hub -- forwarder B -- sim

For an SDK that insists on wss the first hub speaks TLS with its own authority, before the one that is looked at: two
hubs in a row.
"""

import asyncio
import hashlib
import json
import os
import signal
import sys
import tempfile

BINARY = os.environ["CALLBOARD"]
INJECT = os.environ.get("HUB_INJECT") == "1"
REPORT = os.environ.get("HUB_REPORT")


class Forwarder:
    """Passes bytes on and keeps them, from the end of the WebSocket handshake on."""

    def __init__(self, target):
        self.target = target
        self.kept = []

    async def start(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def accept(self, reader, writer):
        kept = {"up": bytearray(), "down": bytearray()}
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        self.kept.append(kept)
        await asyncio.gather(
            self.pump(reader, there[1], kept["up"]), self.pump(there[0], writer, kept["down"]), return_exceptions=True
        )

    @staticmethod
    async def pump(reader, writer, kept):
        try:
            while data := await reader.read(65536):
                kept += data
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except (OSError, RuntimeError):
            writer.close()


def after_head(data):
    """What follows the handshake; none of a connection that had none."""
    head, end, rest = bytes(data).partition(b"\r\n\r\n")
    return (head, rest) if end else (head, None)


def messages(data):
    """The frames of one direction: (first byte, payload), unmasked; an unfinished one is left out."""
    frames, at = [], 0
    while at + 2 <= len(data):
        first, second = data[at], data[at + 1]
        length, at_next = second & 0x7F, at + 2
        if length == 126:
            length, at_next = int.from_bytes(data[at_next:at_next + 2], "big"), at_next + 2
        elif length == 127:
            length, at_next = int.from_bytes(data[at_next:at_next + 8], "big"), at_next + 8
        mask = b""
        if second & 0x80:
            mask, at_next = data[at_next:at_next + 4], at_next + 4
        if at_next + length > len(data):
            break
        payload = data[at_next:at_next + length]
        if mask:
            payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        frames.append((data[at:at_next], payload))
        at = at_next + length
    return frames


def compare(outer, inner):
    """Compares what passed before the hub with what passed behind it. Gives figures and what is wrong."""
    wrong, figures = [], {"connections": 0, "bytes": 0, "frames": 0, "ours": 0, "sha256": {}}
    pairs = []
    for kept in outer.kept:
        head, up = after_head(kept["up"])
        key = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")), None)
        for other in inner.kept:
            if key and key in after_head(other["up"])[0]:
                pairs.append((kept, other))
    if not pairs:
        wrong.append("no connection was seen on both sides")
    for kept, other in pairs:
        figures["connections"] += 1
        for way in ("up", "down"):
            before, behind = after_head(kept[way])[1], after_head(other[way])[1]
            if before is None or behind is None:
                continue
            theirs, all_of_them = (messages(before), messages(behind)) if way == "up" else (
                messages(before), messages(behind))
            wanted, rest = list(theirs), []
            for frame in all_of_them:
                if wanted and frame == wanted[0]:
                    wanted.pop(0)
                else:
                    rest.append(frame)
            figures["frames"] += len(theirs)
            figures["ours"] += len(rest)
            figures["bytes"] += len(before)
            if not INJECT:
                # Bytes, not frames: nothing at all may be different. What the hub had not passed on when it ended is
                # no difference.
                short, long = sorted((bytes(before), bytes(behind)), key=len)
                if not long.startswith(short):
                    wrong.append(f"{way}: bytes differ")
                digest = figures["sha256"].setdefault(way, hashlib.sha256())
                digest.update(short)
            elif len(wanted) > 1:
                wrong.append(f"{way}: {len(wanted)} frames did not pass as they were, the first {wanted[0]!r:.200}")
    figures["sha256"] = {way: digest.hexdigest()[:16] for way, digest in figures["sha256"].items()}
    if INJECT and not figures["ours"]:
        wrong.append("nothing was injected")
    return figures, wrong


async def inject(socket):
    """A console in fifty lines: plays silence into every answered call and records it, again and again."""
    reader, writer = await asyncio.open_unix_connection(socket, limit=16 * 1024 * 1024)

    def say(message):
        writer.write(json.dumps(message).encode() + b"\n")

    say({"hello": {"protocol": 1, "agent": "interop"}})
    welcome = json.loads(await reader.readline())["welcome"]
    ticket, live = welcome["tickets"][0], set()
    acts, done = 0, 0

    def submit(call, method, values):
        nonlocal ticket, acts
        ticket, acts = ticket + 1, acts + 1
        ask = {"invoke": {"method": method, "values": values, "call": call, "id": f"hub-interop-{ticket}"}}
        say({"submit": {"ticket": ticket, "ask": ask, "why": {"reason": "interop"}}})

    async def act():
        while True:
            for call in list(live):
                submit(call, "play_silence", {"duration": 0.2})
                submit(call, "record", {"end_silence_timeout": 0.5})
            await asyncio.sleep(0.4)

    acting = asyncio.ensure_future(act())
    try:
        while line := await reader.readline():
            record = json.loads(line)
            record = record.get("record") if isinstance(record, dict) else None
            if not record:
                continue
            if record["kind"] == "outcome" and record["body"]["outcome"] == "done":
                done += 1
            body = record["body"] if record["kind"] == "event" else {}
            params = body.get("params", {})
            params = params.get("params", {}) if "event_type" not in params else params
            event = params if "event_type" in params else body.get("params", {})
            if event.get("event_type") == "calling.call.state":
                state = event["params"]["call_state"]
                (live.add if state == "answered" else live.discard)(record["call"])
    finally:
        acting.cancel()
        print(f"-- {acts} acts, {done} accepted in all", file=sys.stderr)


async def child(*command):
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE)
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    return process, json.loads(line)


async def main(arguments):
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ca_out, tls, rest = None, False, []
    arguments = iter(arguments)
    for argument in arguments:
        if argument == "--tls":
            tls = True
        elif argument == "--ca-out":
            ca_out, tls = next(arguments), True
        else:
            rest.append(argument)
    folder = tempfile.TemporaryDirectory(prefix="callboard-hub-")
    os.environ.update(
        XDG_STATE_HOME=folder.name, XDG_RUNTIME_DIR=folder.name, XDG_CONFIG_HOME=folder.name,
        SIGNALWIRE_PROJECT_ID="p", SIGNALWIRE_API_TOKEN="t",
    )
    sim, ready = await child(BINARY, "sim", *rest)
    inner = Forwarder(int(ready["url"].rsplit(":", 1)[1]))
    port = await inner.start()
    socket = os.path.join(folder.name, "hub.sock")
    common = ("--journal", "off", "--audit", "off", "--listen", "127.0.0.1:0")
    hub, here = await child(BINARY, "hub", "--upstream", f"ws://127.0.0.1:{port}", "--socket", socket, *common)
    outer = Forwarder(int(here["url"].rsplit(":", 1)[1]))
    port = await outer.start()
    processes, front = [hub, sim], {"listening": f"127.0.0.1:{port}", "url": f"ws://127.0.0.1:{port}", "ca": None}
    if tls:
        first = os.path.join(folder.name, "first.sock")
        guard, there = await child(
            BINARY, "hub", "--upstream", f"ws://127.0.0.1:{port}", "--socket", first, "--ca-out", ca_out, *common
        )
        processes.insert(0, guard)
        front = {"listening": there["listening"], "url": there["url"], "ca": ca_out}
    print(json.dumps(front), flush=True)
    console = asyncio.ensure_future(inject(socket)) if INJECT else None
    await stop.wait()
    if console:
        console.cancel()
        await asyncio.gather(console, return_exceptions=True)
    for process in processes:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)
    figures, wrong = compare(outer, inner)
    line = json.dumps({"wrong": wrong, **figures})
    print(line, file=sys.stderr)
    if REPORT:
        with open(REPORT, "a", encoding="utf-8") as report:
            report.write(line + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] != ["sim"]:
        os.execv(BINARY, [BINARY, *sys.argv[1:]])
    asyncio.run(main(sys.argv[2:]))
