#!/usr/bin/env python3
"""PyPI signalwire-sdk 3.7.5, unmodified, against `callboard sim`.

usage: sdk_3_7_5.py BINARY [CHECK ...]     run all checks, or those named
       sdk_3_7_5.py --list                 name them

Starts the simulator over TLS, logs in with the SDK's RelayClient and uses the
call methods as an application would. What is asserted is what the SDK reports,
not what is on the wire; tests/wire does that. One line per check, then
"N passed, M failed"; the exit code is 1 when a check failed.

What this SDK needs from a server (notes on single operations stand at their
checks):

- TLS with a certificate for the IP address 127.0.0.1, signed by a root in
  SIGNALWIRE_RELAY_CA_FILE. It speaks no ws:// and takes no URL, only host:port.
- A frame id on every signalwire.event, or it does not acknowledge it.
- After calling.dial, a calling.call.dial event with the tag, dial_state
  "answered" and call{call_id,node_id}. State events of the legs with the tag
  and their call_id are wanted before it: otherwise the Call is made with state
  "answered" from the dial event alone.
- A final event of its own for every operation, before the "ended" event of
  the call: the SDK forgets a call that ended and then drops its events.
- call_id at the top level of every call event but calling.call.dial.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIO = os.path.join(HERE, "scenario.toml")
START_LIMIT = 20  # seconds until the simulator has to be listening
CHECK_LIMIT = 40  # seconds for one check
STEP = 15  # seconds to wait for one event

# The cast of scenario.toml.
CONTEXT = "support"
CALLER = "+12025550123"  # calls US, on CONTEXT
US = "+12025550199"
PERSON = "+12025550140"  # answers and keys DIGITS when asked
MACHINE = "+12025550142"  # an answering machine with a beep
BUSY = "+12025550141"
FAX = "+12025550143"  # a fax machine
DIGITS = "2468"
TAP_ADDRESS = ("203.0.113.20", 4000)
DOCUMENT = "https://files.example.com/offer.pdf"

CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def phone(to, **more):
    return {"type": "phone", "params": {"from_number": US, "to_number": to, "timeout": 20, **more}}


def silence(seconds):
    return [{"type": "silence", "params": {"duration": seconds}}]


class Events:
    """Every event of a call, kept from the moment the SDK hands over the call.

    call.wait_for() only sees events that arrive after it was called, so an
    event that is on its heels of a response is missed. This is not.
    """

    TYPES = ("state", "play", "record", "detect", "collect", "send_digits", "tap", "fax", "connect")

    def __init__(self, call):
        self.kept = []
        self.news = asyncio.Condition()
        for kind in self.TYPES:
            call.on(f"calling.call.{kind}", self.keep)

    async def keep(self, event):
        async with self.news:
            self.kept.append(event)
            self.news.notify_all()

    def of(self, kind, control_id=None):
        return [
            event.params
            for event in self.kept
            if event.event_type == f"calling.call.{kind}"
            and (control_id is None or event.params.get("control_id") == control_id)
        ]

    async def until(self, what, predicate):
        """Wait until predicate() is true; what names it in the failure."""

        async def wait():
            async with self.news:
                await self.news.wait_for(predicate)

        try:
            await asyncio.wait_for(wait(), STEP)
        except asyncio.TimeoutError:
            seen = [(event.event_type, event.params.get("state")) for event in self.kept]
            raise AssertionError(f"no {what} within {STEP} s; events so far: {seen}") from None

    async def state_of(self, kind, control_id, state, times=1):
        await self.until(
            f"{kind} {state} (x{times})",
            lambda: [e.get("state") for e in self.of(kind, control_id)].count(state) >= times,
        )


class Session:
    """The client under test, its inbound calls and one answered outbound call."""

    def __init__(self, client):
        self.client = client
        self.inbound = asyncio.Queue()
        self._call = None
        client.on_call(self.on_call)

    async def on_call(self, call):
        await self.inbound.put((call, Events(call)))

    async def dial(self, number):
        call = await self.client.dial([[phone(number)]], dial_timeout=STEP)
        events = Events(call)
        await call.wait_for_answered(timeout=STEP)
        return call, events

    async def call(self):
        """An answered outbound call, shared by the checks that do not end it."""
        if self._call is None or self._call[0].state != "answered":
            self._call = await self.dial(PERSON)
        return self._call

    async def drop(self):
        """Hang up the shared call; the next check that wants one gets a fresh one."""
        call, self._call = self._call, None
        if call is not None and call[0].state == "answered":
            await asyncio.wait_for(call[0].hangup(), STEP)


# -- login, inbound, outbound ------------------------------------------------


@check
async def login(session):
    """signalwire.connect returned the protocol string."""
    expect(session.client.relay_protocol, "no protocol string after login")


@check
async def inbound(session):
    """A call on the context arrives, is answered, and is hung up by us.

    call.context is not compared: the SDK puts the protocol string there.
    """
    call, events = await asyncio.wait_for(session.inbound.get(), STEP)
    expect(call.direction == "inbound", f"direction {call.direction!r}")
    expect(call.state in ("created", "ringing"), f"state {call.state!r}")
    expect(call.call_id and call.node_id, "ids are missing")
    params = call.device.get("params", {})
    expect(call.device.get("type") == "phone", f"device {call.device!r}")
    expect(params.get("from_number") == CALLER, f"from {params.get('from_number')!r}")
    expect(params.get("to_number") == US, f"to {params.get('to_number')!r}")
    response = await call.answer()
    expect(response.get("code") == "200", f"answer returned {response!r}")
    await call.wait_for_answered(timeout=STEP)
    expect(call.state == "answered", f"state {call.state!r} after answer")
    await call.hangup()
    ended = await call.wait_for_ended(timeout=STEP)
    expect(ended.end_reason == "hangup", f"end reason {ended.end_reason!r}")
    states = [e["call_state"] for e in events.of("state")]
    expect(states[-1:] == ["ended"], f"states {states!r}")


@check
async def contexts(session):
    """signalwire.receive and signalwire.unreceive are accepted."""
    await session.client.receive(["sales"])
    await session.client.unreceive(["sales"])


@check
async def dial(session):
    """dial() returns the answered call with both ids and the device."""
    call, _ = await session.dial(PERSON)
    expect(call.call_id and call.node_id, "ids are missing")
    expect(call.direction == "outbound", f"direction {call.direction!r}")
    expect(call.device["params"]["to_number"] == PERSON, f"device {call.device!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def dial_parallel(session):
    """Two devices at once: one winner, the busy one does not matter."""
    call = await session.client.dial([[phone(BUSY), phone(PERSON)]], tag="parallel-1", dial_timeout=STEP)
    await call.wait_for_answered(timeout=STEP)
    expect(call.tag == "parallel-1", f"tag {call.tag!r}")
    expect(call.device["params"]["to_number"] == PERSON, f"winner {call.device!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def dial_serial(session):
    """The second device is tried when the first is busy."""
    call = await session.client.dial([[phone(BUSY)], [phone(PERSON)]], dial_timeout=STEP)
    expect(call.device["params"]["to_number"] == PERSON, f"winner {call.device!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def dial_failed(session):
    """A dial nobody answers raises RelayError (from dial_state "failed"), not a timeout."""
    from signalwire.relay.client import RelayError

    try:
        await session.client.dial([[phone(BUSY)]], dial_timeout=STEP)
    except RelayError as error:
        expect("failed" in str(error).lower(), f"raised {error}")
    else:
        raise AssertionError("the dial succeeded")


# -- play ----------------------------------------------------------------------


@check
async def play(session):
    """A short play runs to its end; wait() returns the finished event."""
    call, events = await session.call()
    done = []
    action = await call.play(silence(0.5), volume=-3.0, on_completed=done.append)
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished", f"state {event.state!r}")
    expect(action.is_done and action.completed, "the action is not done")
    expect(len(done) == 1, f"on_completed ran {len(done)} times")
    states = [e["state"] for e in events.of("play", action.control_id)]
    expect(states == ["playing", "finished"], f"states {states!r}")


@check
async def play_tts(session):
    """Text to speech through the typed helper."""
    call, _ = await session.call()
    action = await call.play_tts("Hi.", language="en-US", gender="male")
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished", f"state {event.state!r}")


@check
async def play_controls(session):
    """pause, resume, volume and stop; a paused play is not over."""
    call, events = await session.call()
    action = await call.play(silence(60))
    key = action.control_id
    await events.state_of("play", key, "playing")
    expect((await action.pause()).get("code") == "200", "pause refused")
    await events.state_of("play", key, "paused")
    expect(not action.is_done, "done while paused")
    expect((await action.resume()).get("code") == "200", "resume refused")
    await events.state_of("play", key, "playing", times=2)
    expect((await action.volume(4.5)).get("code") == "200", "volume refused")
    expect((await action.stop()).get("code") == "200", "stop refused")
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished", f"state {event.state!r}")


@check
async def play_two_at_once(session):
    """Two plays on one call do not mix up their control ids."""
    call, events = await session.call()
    first = await call.play(silence(60))
    second = await call.play(silence(60))
    await events.state_of("play", first.control_id, "playing")
    await events.state_of("play", second.control_id, "playing")
    await second.stop()
    await second.wait(timeout=STEP)
    expect(not first.is_done, "stopping one play ended the other")
    await first.stop()
    await first.wait(timeout=STEP)


# -- record ----------------------------------------------------------------------


@check
async def record(session):
    """A stopped recording has url, duration and size."""
    call, events = await session.call()
    action = await call.record({"direction": "both", "initial_timeout": 0, "end_silence_timeout": 0, "terminators": ""})
    await events.state_of("record", action.control_id, "recording")
    await asyncio.sleep(0.5)
    await action.stop()
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished", f"state {event.state!r}")
    expect(event.url.startswith("http"), f"url {event.url!r}")
    expect(event.duration > 0, f"duration {event.duration!r}")
    expect(event.size > 0, f"size {event.size!r}")


@check
async def record_controls(session):
    """pause with both behaviours, resume, stop."""
    call, events = await session.call()
    action = await call.record({"stereo": True, "direction": "both", "initial_timeout": 0, "end_silence_timeout": 0})
    key = action.control_id
    await events.state_of("record", key, "recording")
    for times, behavior in enumerate(("skip", "silence"), 1):
        expect((await action.pause(behavior)).get("code") == "200", "pause refused")
        await events.state_of("record", key, "paused", times)
        expect(not action.is_done, "done while paused")
        expect((await action.resume()).get("code") == "200", "resume refused")
        await events.state_of("record", key, "recording", times + 1)
    await action.stop()
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished" and event.url and event.size > 0, f"final event {event!r}")


# -- detect ------------------------------------------------------------------------


@check
async def detect_machine(session):
    """An answering machine is recognised; the beep and the end follow.

    The action resolves on the first event with a detect object, so the beep
    is only visible in the raw events.
    """
    call, events = await session.dial(MACHINE)
    action = await call.detect_answering_machine(timeout=15.0)
    event = await action.wait(timeout=STEP)
    verdict = event.detect["params"]["event"]
    expect(event.detect["type"] == "machine", f"type {event.detect!r}")
    expect(verdict == "MACHINE", f"verdict {verdict!r}")

    def words():
        return [e["detect"]["params"]["event"] for e in events.of("detect", action.control_id)]

    await events.until("READY", lambda: "READY" in words())
    await events.until("detect finished", lambda: words()[-1:] == ["finished"])
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def detect_human(session):
    """A person is recognised as one."""
    call, _ = await session.dial(PERSON)
    action = await call.detect_answering_machine()
    event = await action.wait(timeout=STEP)
    expect(event.detect["params"]["event"] == "HUMAN", f"verdict {event.detect!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def detect_stop(session):
    """A stopped detector reports finished."""
    call, events = await session.call()
    action = await call.detect_fax(tone="CED", timeout=60.0)
    expect((await action.stop()).get("code") == "200", "stop refused")
    await events.until(
        "detect finished",
        lambda: [e["detect"]["params"]["event"] for e in events.of("detect", action.control_id)][-1:] == ["finished"],
    )


# -- input ---------------------------------------------------------------------------


@check
async def play_and_collect(session):
    """The keyed digits arrive; the play events do not end the action."""
    call, events = await session.call()
    action = await call.play_and_collect(
        silence(0.5), {"initial_timeout": 10.0, "digits": {"max": len(DIGITS), "digit_timeout": 3.0}}, volume=0.0
    )
    event = await action.wait(timeout=STEP)
    expect(event.event_type == "calling.call.collect", f"resolved by {event.event_type}")
    expect(event.result.get("type") == "digit", f"result {event.result!r}")
    expect(event.result["params"]["digits"] == DIGITS, f"digits {event.result!r}")
    expect(events.of("play", action.control_id), "no play events under the control id of the prompt")


@check
async def prompt_stop(session):
    """volume and stop of a running prompt are accepted.

    Which event follows the stop is documented nowhere; none is required.
    """
    call, events = await session.call()
    action = await call.prompt_tts("x" * 2000, {"initial_timeout": 60.0, "digits": {"max": 30}})
    await events.state_of("play", action.control_id, "playing")
    expect((await action.volume(2.0)).get("code") == "200", "volume refused")
    expect((await action.stop()).get("code") == "200", "stop refused")


@check
async def collect(session):
    """Digits without a prompt."""
    call, _ = await session.call()
    action = await call.collect(digits={"max": len(DIGITS), "digit_timeout": 3.0}, initial_timeout=10.0)
    event = await action.wait(timeout=STEP)
    expect(event.result.get("type") == "digit", f"result {event.result!r}")
    expect(event.result["params"]["digits"] == DIGITS, f"digits {event.result!r}")


@check
async def collect_controls(session):
    """start_input_timers and stop are accepted."""
    call, _ = await session.call()
    action = await call.collect(speech={"language": "en-US"}, initial_timeout=60.0, start_input_timers=False)
    expect((await action.start_input_timers()).get("code") == "200", "start_input_timers refused")
    expect((await action.stop()).get("code") == "200", "stop refused")


@check
async def send_digits(session):
    """The response says accepted, the event says finished.

    send_digits() returns the response, not an action.
    """
    call, events = await session.call()
    response = await call.send_digits("1w2#", control_id="digits-1")
    expect(response.get("code") == "200", f"response {response!r}")
    await events.state_of("send_digits", "digits-1", "finished")


@check
async def send_digits_refused(session):
    """One invalid character refuses the whole request; the SDK raises the code."""
    from signalwire.relay.client import RelayError

    call, _ = await session.call()
    try:
        await call.send_digits("12x")
    except RelayError as error:
        expect(error.code == 400, f"code {error.code!r}")
    else:
        raise AssertionError("accepted")


# -- tap and fax ------------------------------------------------------------------------


@check
async def tap(session):
    """A tap runs until it is stopped; the event names tap and device."""
    call, events = await session.call()
    address, port = TAP_ADDRESS
    action = await call.tap(
        {"type": "audio", "params": {"direction": "both"}},
        {"type": "rtp", "params": {"addr": address, "port": port, "codec": "PCMU", "ptime": 20}},
    )
    await events.state_of("tap", action.control_id, "tapping")
    expect((await action.stop()).get("code") == "200", "stop refused")
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished", f"state {event.state!r}")
    expect(event.tap.get("type") == "audio", f"tap {event.tap!r}")
    expect(event.device.get("type") == "rtp", f"device {event.device!r}")
    expect(event.device["params"]["addr"] == address, f"device {event.device!r}")


async def fax_finished(events, control_id, direction):
    """FaxAction looks for a top-level `state`, which the fax event does not
    have (the type is in fax.type), so action.wait() never returns. The raw
    events are observed instead."""

    def types():
        return [e["fax"]["type"] for e in events.of("fax", control_id)]

    await events.until("fax finished", lambda: "finished" in types())
    params = events.of("fax", control_id)[types().index("finished")]["fax"]["params"]
    expect(params.get("direction") == direction, f"direction {params!r}")
    expect(params.get("success") is True, f"success {params!r}")
    expect(int(params.get("pages", 0)) >= 1, f"pages {params!r}")
    expect("page" in types(), f"no page event: {types()!r}")
    return params


@check
async def send_fax(session):
    """Pages go out, then finished with success."""
    call, events = await session.dial(FAX)
    action = await call.send_fax(DOCUMENT, identity=US, header_info="Example Ltd")
    params = await fax_finished(events, action.control_id, "send")
    expect(params.get("document") == DOCUMENT, f"document {params!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def receive_fax(session):
    """Pages come in, then finished with the address of the document."""
    call, events = await session.dial(FAX)
    action = await call.receive_fax()
    params = await fax_finished(events, action.control_id, "receive")
    expect(str(params.get("document", "")).startswith("http"), f"document {params!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def fax_stop(session):
    """Stopping a fax is accepted."""
    call, _ = await session.dial(FAX)
    action = await call.receive_fax()
    expect((await action.stop()).get("code") == "200", "stop refused")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


# -- connect ---------------------------------------------------------------------------------


@check
async def connect(session):
    """Bridge to a person, see the peer, unbridge; both legs live on.

    The SDK makes no Call for the peer leg, so the peer is read from the
    connect event.
    """
    call, events = await session.dial(PERSON)

    def states():
        return [e["connect_state"] for e in events.of("connect")]

    response = await call.connect(
        [[phone(PERSON)]], ringback=[{"type": "ringtone", "params": {"name": "us"}}], tag="bridge-1"
    )
    expect(response.get("code") == "200", f"response {response!r}")
    await events.until("connected", lambda: "connected" in states())
    expect(states()[0] == "connecting", f"states {states()!r}")
    peer = events.of("connect")[states().index("connected")].get("peer", {})
    expect(peer.get("call_id") not in (None, "", call.call_id), f"peer {peer!r}")
    expect(peer.get("node_id"), f"peer {peer!r}")
    expect(peer.get("device", {}).get("params", {}).get("to_number") == PERSON, f"peer {peer!r}")
    await call.disconnect()
    await events.until("disconnected", lambda: states()[-1:] == ["disconnected"])
    expect(call.state == "answered", f"state {call.state!r} after disconnect")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


@check
async def connect_failed(session):
    """Nobody answers: connect_state failed, and the call goes on."""
    call, events = await session.dial(PERSON)
    await call.connect([[phone(BUSY)]])
    await events.until("connect failed", lambda: "failed" in [e["connect_state"] for e in events.of("connect")])
    expect(call.state == "answered", f"state {call.state!r}")
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)


# -- the end ------------------------------------------------------------------------------------


@check
async def hangup(session):
    """The reason sent is the reason reported, and every running action is over.

    The SDK resolves actions by their own final event only; a server that just
    ends the call leaves wait() hanging.
    """
    call, events = await session.dial(PERSON)
    action = await call.play(silence(60))
    recording = await call.record({"initial_timeout": 0, "end_silence_timeout": 0})
    await events.state_of("play", action.control_id, "playing")
    await events.state_of("record", recording.control_id, "recording")
    await call.hangup("busy")
    ended = await call.wait_for_ended(timeout=STEP)
    expect(ended.end_reason == "busy", f"end reason {ended.end_reason!r}")
    event = await action.wait(timeout=STEP)
    expect(event.state == "finished", f"play {event!r}")
    event = await recording.wait(timeout=STEP)
    expect(event.state == "finished" and event.url, f"record {event!r}")


@check
async def command_after_end(session):
    """A plain command on a gone call is answered 404 or 410, which the SDK turns into {}.

    Unlike actions, plain commands are sent even when the call has ended.
    """
    call, _ = await session.dial(PERSON)
    await call.hangup()
    await call.wait_for_ended(timeout=STEP)
    expect(await call.hangup() == {}, "a command on an ended call was accepted")
    action = await call.play(silence(1))
    expect(action.is_done, "an action on an ended call is pending")


@check
async def resume(session):
    """Logging in again with the same client object: same protocol, calls still report."""
    client = session.client
    call, events = await session.dial(PERSON)
    protocol = client.relay_protocol
    await client.disconnect()
    await client.connect()
    expect(client.relay_protocol == protocol, f"protocol changed: {client.relay_protocol!r}")
    await call.hangup()
    ended = await call.wait_for_ended(timeout=STEP)
    expect(ended.end_reason == "hangup", f"end reason {ended.end_reason!r}")
    expect(events.of("state")[-1]["call_state"] == "ended", "no ended event after the resume")


# -- running -------------------------------------------------------------------------------------------


class Simulator:
    """`callboard sim` as a child process, for the length of a with block."""

    def __init__(self, binary, folder):
        self.command = [
            binary, "sim", "--listen", "127.0.0.1:0", "--tls", "--ca-out", os.path.join(folder, "ca.pem"),
            "--scenario", SCENARIO, "--seed", "7",
        ]
        self.log = open(os.path.join(folder, "sim.log"), "w+b")
        self.process = None
        self.drain = None

    async def __aenter__(self):
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=self.log
            )
        except OSError as error:
            raise SystemExit(f"cannot start the simulator: {error}") from None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), START_LIMIT)
            ready = json.loads(line)
        except (asyncio.TimeoutError, ValueError) as error:
            await self.__aexit__()
            raise SystemExit(f"the simulator did not say where it listens: {error!r}\n{self.tail()}") from None
        self.drain = asyncio.ensure_future(self.process.stdout.read())
        return ready

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 5)
            except asyncio.TimeoutError:
                self.process.kill()
                await self.process.wait()

    def tail(self):
        self.log.flush()
        self.log.seek(0)
        return "\n".join(self.log.read().decode("utf-8", "replace").splitlines()[-40:])


def describe(error):
    """The failed expectation, or what was raised and by which line of the check."""
    if isinstance(error, AssertionError):
        return str(error)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == __file__]
    return f"{type(error).__name__} {error} (line {lines[-1] if lines else '?'})"


async def run(binary, names):
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="callboard-interop-") as folder:
        simulator = Simulator(binary, folder)
        async with simulator as ready:
            # The SDK reads the file name at connect time.
            os.environ["SIGNALWIRE_RELAY_CA_FILE"] = ready["ca"]
            os.environ.setdefault("SIGNALWIRE_LOG_MODE", "stderr")
            os.environ.setdefault("SIGNALWIRE_LOG_LEVEL", "error")
            from signalwire.relay import RelayClient

            client = RelayClient(project="interop", token="interop", host=ready["listening"], contexts=[CONTEXT])
            session = Session(client)
            await asyncio.wait_for(client.connect(), START_LIMIT)
            for name in names:
                start = time.monotonic()
                try:
                    await asyncio.wait_for(CHECKS[name](session), CHECK_LIMIT)
                except Exception as error:
                    failed += 1
                    print(f"FAIL {name}: {describe(error)}", flush=True)
                    with contextlib.suppress(Exception):
                        await session.drop()
                else:
                    passed += 1
                    print(f"ok   {name} ({time.monotonic() - start:.1f} s)", flush=True)
            with contextlib.suppress(Exception):
                await session.drop()
            await client.disconnect()
        if failed:
            print(f"-- end of the simulator's log\n{simulator.tail()}")
        simulator.log.close()
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def main():
    arguments = sys.argv[1:]
    if arguments == ["--list"]:
        for name, function in CHECKS.items():
            print(f"{name:<20} {function.__doc__.splitlines()[0]}")
        return 0
    if not arguments:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    unknown = [name for name in arguments[1:] if name not in CHECKS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; see --list", file=sys.stderr)
        return 2
    return asyncio.run(run(os.path.abspath(arguments[0]), arguments[1:] or list(CHECKS)))


if __name__ == "__main__":
    sys.exit(main())
