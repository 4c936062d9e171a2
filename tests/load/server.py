"""A small Relay service that shares no line with callboard: a load for `callboard events`, and faults on the wire.

usage: server.py BINARY [load [CALLS EVENTS] | faults [CASE ...]]

BINARY is a built callboard (a release build, for figures). The load sends CALLS x EVENTS events as fast as it can and
wants each of them acknowledged once and reported once. The faults are what a server or the way to it can do below the
protocol. Exits with 1 when something is not as it has to be.
"""

import asyncio
import base64
import hashlib
import json
import os
import resource
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT, TOKEN = "0f5a2c1e-1111-4222-8333-944445555666", "PT-canary-load"


class Client:
    """A running `callboard events --json`."""

    def __init__(self, binary, host, *options):
        self.home = tempfile.TemporaryDirectory()
        env = {
            "PATH": os.environ["PATH"],
            "HOME": self.home.name,
            "XDG_CONFIG_HOME": self.home.name,
            "SIGNALWIRE_PROJECT_ID": PROJECT,
            "SIGNALWIRE_API_TOKEN": TOKEN,
        }
        self.out = tempfile.TemporaryFile()
        command = [binary, "--host", host, "events", "--json", *options]
        self.process = subprocess.Popen(command, env=env, stdout=self.out, stderr=subprocess.STDOUT)

    async def finished(self, within=120):
        end = time.monotonic() + within
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
                raise AssertionError("the client does not end")
            await asyncio.sleep(0.02)
        self.out.seek(0)
        text = self.out.read().decode()
        assert TOKEN not in text and PROJECT not in text, "a secret came out"
        return [json.loads(line) for line in text.splitlines()]


def event(ident, kind, body):
    params = {"event_type": f"calling.call.{kind}", "timestamp": time.time(), "project_id": PROJECT, "params": body}
    return json.dumps({"jsonrpc": "2.0", "id": ident, "method": "signalwire.event", "params": params})


def answer(ident, result):
    return json.dumps({"jsonrpc": "2.0", "id": ident, "result": result})


# ---- load -----------------------------------------------------------------------------------------------------------


async def load(binary, calls=1_000, events=100):
    from websockets.asyncio.server import serve

    total = calls * events
    acks = bytearray(total)
    times = {}

    def frames():
        for n in range(events):
            for call in range(calls):
                body = {"call_id": f"call-{call}", "node_id": "node-1"}
                if n == 0:
                    kind, more = "receive", {"call_state": "ringing", "context": "load", "direction": "inbound"}
                elif n == 1:
                    kind, more = "state", {"call_state": "answered"}
                elif n == events - 1:
                    kind, more = "state", {"call_state": "ended", "end_reason": "hangup"}
                else:
                    kind, more = "play", {"control_id": f"control-{n // 4}", "state": ("playing", "paused")[n % 2]}
                yield event(f"e{n * calls + call}", kind, {**body, **more})

    # Made beforehand: what is measured is the client, as far as this server lets it.
    texts = list(frames())

    async def attend(socket):
        login = json.loads(await socket.recv())
        assert login["method"] == "signalwire.connect" and login["params"]["event_acks"]
        await socket.send(answer(login["id"], {"protocol": "signalwire_load_1"}))

        async def speak():
            times["begin"] = time.monotonic()
            for text in texts:
                await socket.send(text)

        speaking = asyncio.create_task(speak())
        async for message in socket:
            frame = json.loads(message)
            if "method" in frame:
                await socket.send(answer(frame["id"], {}))
            elif frame["id"][0] == "e":
                acks[int(frame["id"][1:])] += 1
                times["end"] = time.monotonic()
        await speaking

    async with serve(attend, "127.0.0.1", 0, compression=None, max_size=None, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        client = Client(binary, f"ws://127.0.0.1:{port}", "--count", str(total))
        lines = await client.finished()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    reported = {line["id"] for line in lines if line["kind"] == "event" and "id" in line}
    summary = lines[-1]
    seconds = times["end"] - times["begin"]
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{total} events over {calls} calls in {seconds:.2f} s: {total / seconds:,.0f} events/s, this server included")
    print(f"client: {cpu:.2f} s of processor time, {total / cpu:,.0f} events per second of it, {usage.ru_maxrss // 1024} MiB")
    assert summary["events"] == total and summary["duplicates"] == summary["faults"] == summary["gaps"] == 0, summary
    assert sum(1 for line in lines if line["kind"] == "event") == total
    assert not reported or len(reported) == total
    missing, twice = acks.count(0), total - acks.count(0) - acks.count(1)
    assert missing == 0 and twice == 0, f"{missing} not acknowledged, {twice} more than once"


# ---- faults: sockets by hand ----------------------------------------------------------------------------------------


class Raw:
    """One connection, frame by frame."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def upgrade(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert TOKEN.encode() not in head and PROJECT.encode() not in head
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        key = next(value for name, value in fields.items() if name.lower() == "sec-websocket-key")
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        accept = base64.b64encode(digest).decode()
        self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )

    def write(self, data):
        self.writer.write(data)

    @staticmethod
    def frame(data, opcode=1, final=True):
        data = data.encode() if isinstance(data, str) else data
        head = bytes([(0x80 if final else 0) | opcode])
        if len(data) < 126:
            return head + bytes([len(data)]) + data
        if len(data) < 65536:
            return head + b"\x7e" + struct.pack(">H", len(data)) + data
        return head + b"\x7f" + struct.pack(">Q", len(data)) + data

    async def receive(self):
        """Opcode and payload of the next frame."""
        first, second = await self.reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
        assert second & 0x80, "a client masks"
        mask = await self.reader.readexactly(4)
        data = await self.reader.readexactly(length)
        return first & 0x0F, bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))

    async def text(self):
        while True:
            opcode, data = await self.receive()
            if opcode == 1:
                return json.loads(data)

    async def log_in(self):
        await self.upgrade()
        login = await self.text()
        assert login["params"]["authentication"] == {"project": PROJECT, "token": TOKEN}
        self.write(self.frame(answer(login["id"], {"protocol": "signalwire_fault_1"})))

    async def acked(self, ident):
        while (await self.text()).get("id") != ident:
            pass


async def run(binary, attend, *options, seconds=None, tls=None, host="127.0.0.1"):
    """Serves every connection with `attend` until the client ends; gives its lines and how often it came."""
    came, failures = 0, []

    async def serve(reader, writer):
        nonlocal came
        came += 1
        try:
            await attend(Raw(reader, writer), came)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # Gone, or the case is over.
            pass
        except Exception as failure:  # noqa: BLE001 - whatever it is, the case has failed
            failures.append(failure)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    client = Client(binary, f"{'wss' if tls else 'ws'}://{host}:{port}", *options, *(["--for", str(seconds)] if seconds else []))
    lines = await client.finished()
    server.close()
    if failures:
        raise failures[0]
    return lines, came


def events_of(lines):
    return [line for line in lines if line["kind"] == "event"]


def whys(lines):
    return [line.get("why", "") for line in lines if line["kind"] == "link"]


BODY = {"call_id": "c", "node_id": "n", "call_state": "ringing"}


async def fragmented(binary):
    async def attend(raw, _):
        await raw.log_in()
        text = event("e1", "state", BODY).encode()
        parts = [text[:1], b"", text[1:40], text[40:]]
        for n, part in enumerate(parts):
            raw.write(Raw.frame(part, opcode=1 if n == 0 else 0, final=n == len(parts) - 1))
            raw.write(Raw.frame(b"between", opcode=9))
        await raw.acked("e1")
        await asyncio.sleep(5)

    lines, came = await run(binary, attend, "--count", "1")
    assert len(events_of(lines)) == 1 and came == 1


async def one_byte_at_a_time(binary):
    async def attend(raw, _):
        raw.writer.transport.set_write_buffer_limits(0)
        await raw.log_in()
        for n in range(5):
            for byte in Raw.frame(event(f"e{n}", "state", BODY)):
                raw.write(bytes([byte]))
                await raw.writer.drain()
            await raw.acked(f"e{n}")
        await asyncio.sleep(5)

    lines, came = await run(binary, attend, "--count", "5")
    assert len(events_of(lines)) == 5 and came == 1


async def ping_flood(binary):
    pongs = answered = 0

    async def attend(raw, _):
        nonlocal pongs, answered
        await raw.log_in()
        for n in range(20_000):
            raw.write(Raw.frame(str(n), opcode=9))
            ping = {"jsonrpc": "2.0", "id": f"p{n}", "method": "signalwire.ping", "params": {}}
            raw.write(Raw.frame(json.dumps(ping)))
            if n % 500 == 0:
                await raw.writer.drain()
        raw.write(Raw.frame(event("e1", "state", BODY)))
        while True:
            opcode, data = await raw.receive()
            pongs += opcode == 10
            if opcode == 1:
                ident = json.loads(data).get("id")
                if ident == "e1":
                    break
                answered += ident == f"p{answered}"
        await asyncio.sleep(5)

    lines, came = await run(binary, attend, "--count", "1")
    assert came == 1 and answered == 20_000 and pongs >= 1, (came, answered, pongs)


async def close_codes(binary):
    codes = [1000, 1001, 1011, 4000]

    async def attend(raw, number):
        await raw.log_in()
        if number <= len(codes):
            raw.write(Raw.frame(struct.pack(">H", codes[number - 1]) + b"bye", opcode=8))
            await raw.receive()
            return
        raw.write(Raw.frame(event("e1", "state", BODY)))
        await raw.acked("e1")
        await asyncio.sleep(5)

    lines, came = await run(binary, attend, "--count", "1")
    assert came == len(codes) + 1
    for code in codes:
        assert any(str(code) in why for why in whys(lines)), (code, whys(lines))
    assert lines[-1]["gaps"] == len(codes)


async def refused_upgrades(binary):
    for status in ["302 Found", "401 Unauthorized", "403 Forbidden", "404 Not Found", "502 Bad Gateway"]:

        async def attend(raw, _, status=status):
            head = await raw.reader.readuntil(b"\r\n\r\n")
            assert TOKEN.encode() not in head
            raw.write(f"HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n".encode())
            await raw.writer.drain()
            rest = await raw.reader.read()
            assert rest == b"", rest

        lines, came = await run(binary, attend, seconds=2)
        assert 2 <= came <= 6, (status, came)
        assert any(status[:3] in why for why in whys(lines)), whys(lines)


async def never_upgrades(binary):
    async def attend(raw, _):
        await raw.reader.read()

    lines, came = await run(binary, attend, seconds=12)
    assert came == 2, came
    assert any("within 10 s" in why for why in whys(lines)), whys(lines)


async def endless_header(binary):
    async def attend(raw, _):
        await raw.reader.readuntil(b"\r\n\r\n")
        raw.write(b"HTTP/1.1 101 Switching Protocols\r\n")
        for n in range(20_000):
            raw.write(b"X-%d: %s\r\n" % (n, b"x" * 1_000))
            await raw.writer.drain()

    lines, came = await run(binary, attend, seconds=3)
    assert came >= 1 and lines[-1]["kind"] == "summary"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 400 * 1024


def certificates(folder):
    """An authority, and certificates by it or by nobody."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=load ca",
            "-addext", "keyUsage=critical,keyCertSign")
    for name, host, days in [("good", "IP:127.0.0.1", 30), ("elsewhere", "DNS:relay.example.com", 30), ("expired", "IP:127.0.0.1", -1)]:
        Path(folder, f"{name}.ext").write_text(f"subjectAltName={host}\nbasicConstraints=CA:FALSE\n")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        dates = ["-days", str(days)]
        if days < 0:
            # A certificate of long ago; `x509` itself knows no such dates.
            Path(folder, "index.txt").write_text("")
            Path(folder, "serial").write_text("77\n")
            Path(folder, "ca.cnf").write_text(
                "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=p\n[p]\ncommonName=supplied\n")
            openssl("ca", "-batch", "-config", "ca.cnf", "-md", "sha256", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr",
                    "-out", f"{name}.pem", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z",
                    "-extfile", f"{name}.ext", "-notext")
            continue
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", *dates, "-extfile", f"{name}.ext")
    openssl("req", "-x509", *key, "-keyout", "self.key", "-out", "self.pem", "-days", "30", "-subj", "/CN=self",
            "-addext", "subjectAltName=IP:127.0.0.1")


async def certificates_are_checked(binary):
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        for name, trusted, welcome in [
            ("good", "ca.pem", True), ("good", None, False), ("expired", "ca.pem", False),
            ("elsewhere", "ca.pem", False), ("self", None, False),
        ]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(Path(folder, f"{name}.pem"), Path(folder, f"{name}.key"))
            heard = bytearray()

            async def attend(raw, _, heard=heard):
                heard.extend(await raw.reader.read(1_000_000))

            options = ["--ca-file", str(Path(folder, trusted))] if trusted else []
            lines, _ = await run(binary, attend, *options, seconds=2, tls=context)
            assert bool(heard) == welcome, (name, trusted, bytes(heard))
            assert TOKEN.encode() not in heard
            if not welcome:
                assert any("certificate" in why.lower() for why in whys(lines)), whys(lines)


CASES = [
    fragmented, one_byte_at_a_time, ping_flood, close_codes, refused_upgrades, never_upgrades, endless_header,
    certificates_are_checked,
]


async def faults(binary, names):
    bad = 0
    for case in CASES:
        if names and case.__name__ not in names:
            continue
        begin = time.monotonic()
        try:
            await case(binary)
            word = "ok"
        except AssertionError as failure:
            bad += 1
            word = f"FAILED {failure}"
        print(f"{case.__name__.replace('_', ' '):28} {word} ({time.monotonic() - begin:.1f} s)", flush=True)
    return bad


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if not words or words[0] == "load":
        asyncio.run(load(binary, *(int(word) for word in words[1:])))
    if not words or words[0] == "faults":
        sys.exit(asyncio.run(faults(binary, words[1:])) > 0)


main()
