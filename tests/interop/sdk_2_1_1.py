#!/usr/bin/env python3
"""PyPI signalwire 2.1.1 (Blade), unmodified, against `callboard sim`.

usage: sdk_2_1_1.py BINARY [CHECK ...]     run all checks, or those named
       sdk_2_1_1.py --list                 name them

Starts the simulator, runs the SDK's Consumer on it and uses the call methods
as an application would. What is asserted is what the SDK reports, not what is
on the wire; tests/wire does that. One line per check, then "N passed, M
failed"; the exit code is 1 when a check failed. When all checks run, every
method of Call has to have been used by one of them.

What this SDK needs from a server (notes on single operations stand at their
checks):

- sessionid and authorization.signature in the result of blade.connect, protocol
  in that of the setup, message in the answer to signalwire.receive: it reads
  them without asking whether they are there.
- The inner code as the text "200".
- call_id and call_state in every state event, tag in those of a call it began,
  peer{call_id} in those of the other leg of a connect.
- control_id and state, or detect, fax, result, in every event of an operation.
"""

import asyncio
import contextlib
import inspect
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIO = os.path.join(HERE, "scenario.toml")
START_LIMIT = 20  # seconds until the simulator has to be listening
CHECK_LIMIT = 60  # seconds for one check
STEP = 15  # seconds to wait for one thing

# The cast of scenario.toml.
CONTEXT = "support"
CALLER = "+12025550123"  # calls US, on CONTEXT
US = "+12025550199"
PERSON = "+12025550140"  # answers and keys DIGITS when asked
MACHINE = "+12025550142"  # an answering machine with a beep
BUSY = "+12025550141"
FAX = "+12025550143"  # a fax machine
DIGITS = "2468"
SPOKEN = "order status"
SOUND = "https://files.example.com/beep.mp3"  # of seven seconds
DOCUMENT = "https://files.example.com/offer.pdf"
TAP = {"target_type": "rtp", "target_addr": "203.0.113.20", "target_port": 4000, "codec": "PCMU"}

CHECKS = {}
USED = set()


def check(function):
    CHECKS[function.__name__] = function
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


async def within(awaitable, what):
    try:
        return await asyncio.wait_for(awaitable, STEP)
    except asyncio.TimeoutError:
        raise AssertionError(f"no {what} within {STEP} s") from None


async def until(condition, what):
    end = time.monotonic() + STEP
    while not condition():
        expect(time.monotonic() < end, f"no {what} within {STEP} s")
        await asyncio.sleep(0.02)


class Watched:
    """A call, and which of its methods were used."""

    def __init__(self, call):
        self.call = call

    def __getattr__(self, name):
        value = getattr(self.call, name)
        if inspect.ismethod(value):
            USED.add(name)
        return value


class Events:
    """What the handlers of a call were told, by the name of the event."""

    def __init__(self, call, *names):
        self.told = []
        for name in names:
            call.on(name, lambda params, name=name: self.told.append((name, params)))

    def names(self):
        return [name for name, _ in self.told]


class Session:
    """The client under test, its inbound calls and one answered outbound call."""

    def __init__(self, client, inbound):
        self.client = client
        self.inbound = inbound
        self._call = None

    @property
    def calling(self):
        return self.client.calling

    async def dial(self, number):
        result = await within(self.calling.dial(from_number=US, to_number=number, timeout=20), "dial")
        expect(result.successful, f"the dial ended with {result.event and result.event.name!r}")
        return Watched(result.call)

    async def call(self):
        """An answered outbound call, shared by the checks that do not end it."""
        if self._call is None or not self._call.answered:
            self._call = await self.dial(PERSON)
        return self._call

    async def drop(self):
        call, self._call = self._call, None
        if call is not None and call.answered:
            await within(call.hangup(), "hang-up")


async def finished(action, what):
    """Waits for an action; its result, which has to be a success."""
    await until(lambda: action.completed, f"end of {what}")
    result = action.result
    expect(result.successful, f"{what} ended as {action.state!r}")
    expect(result.event is not None, f"{what} has no event")
    return result


async def stopped(action, what):
    result = await within(action.stop(), "answer to the stop")
    expect(result.successful, f"stop of {what} refused")
    await until(lambda: action.completed, f"end of {what}")


# -- login, inbound, outbound ------------------------------------------------


@check
async def login(session):
    """The three steps are done, the contexts are held."""
    client = session.client
    expect(client.connected and client.session_id, "not connected")
    signature = client.signature
    expect(client.protocol.startswith(f"signalwire_{signature}_"), f"protocol {client.protocol!r}")
    expect(client.contexts == [CONTEXT], f"contexts {client.contexts!r}")


@check
async def inbound(session):
    """A call on the context arrives, is answered, and is hung up by us."""
    call = Watched(await within(session.inbound.get(), "inbound call"))
    expect(call.state in ("created", "ringing"), f"state {call.state!r}")
    expect(call.id and call.node_id and call.tag, "ids are missing")
    expect(call.context == CONTEXT, f"context {call.context!r}")
    expect(call.call_type == "phone", f"type {call.call_type!r}")
    expect((call.from_number, call.to_number) == (CALLER, US), f"{call.from_number!r} to {call.to_number!r}")
    expect(call.active and not call.answered and not call.ended, "neither new nor over")
    result = await within(call.answer(), "answer")
    expect(result.successful and result.event.name == "answered", f"answer gave {result.event!r}")
    expect(call.answered and call.active, f"state {call.state!r} after answer")
    expect(await within(call.wait_for_answered(), "answered"), "wait_for_answered")
    result = await within(call.hangup(), "end")
    expect(result.successful and result.reason == "hangup", f"hang-up gave {result.reason!r}")
    expect(call.ended and not call.active and not call.failed and not call.busy, "not simply over")
    expect(call.prev_state in ("answered", "ending"), f"previous state {call.prev_state!r}")
    expect(await within(call.wait_for_ended(), "ended"), "wait_for_ended")


@check
async def dial(session):
    """new_call and dial(): every state is waited for, both ids are there."""
    call = Watched(session.calling.new_call(from_number=US, to_number=PERSON, timeout=20))
    expect(call.id is None, "an id before the dial")
    events = Events(call, "stateChange", "created", "ringing", "answered", "ending", "ended")
    dialling = asyncio.ensure_future(call.dial())
    await until(lambda: call.state is not None, "first state")
    expect(call.id and call.node_id, "ids are missing")
    expect(await within(call.wait_for_ringing(), "ringing"), "wait_for_ringing")
    # Not meanwhile: a dial that ends takes the event from whoever waits for it too.
    result = await within(dialling, "end of the dial")
    expect(await within(call.wait_for(["answered"]), "answered"), "wait_for")
    expect(result.successful and result.call is call.call, "not the call that was dialled")
    expect(call.device["params"]["to_number"] == PERSON, f"device {call.device!r}")
    ending = asyncio.ensure_future(call.wait_for_ending())
    await asyncio.sleep(0)
    result = await within(call.hangup("decline"), "end")
    expect(result.reason == "decline", f"reason {result.reason!r}")
    expect(await within(ending, "ending"), "wait_for_ending")
    states = [name for name in events.names() if name != "stateChange"]
    expect(states == ["created", "ringing", "answered", "ending", "ended"], f"states {states!r}")
    expect(events.names().count("stateChange") == len(states), "stateChange comes with each state")


@check
async def dial_busy(session):
    """A busy line is a dial without success; the call says why."""
    result = await within(session.calling.dial(from_number=US, to_number=BUSY, timeout=20), "dial")
    expect(not result.successful, "the dial succeeded")
    await until(lambda: result.call.state == "ended", "ended")
    expect(result.call.busy and not result.call.failed, "not busy")


@check
async def handlers(session):
    """on and off: a handler that was taken away hears nothing."""
    call = Watched(session.calling.new_call(from_number=US, to_number=PERSON, timeout=20))
    heard, unheard = [], []
    call.on("answered", heard.append).on("answered", unheard.append).on("ended", unheard.append)
    call.off("answered", unheard.append)
    call.off("ended")
    # A bound method is another object each time it is named; off needs the same one.
    await within(call.dial(), "dial")
    expect(len(heard) == 1 and heard[0]["call_state"] == "answered", f"heard {heard!r}")
    await within(call.hangup(), "end")
    expect(unheard == [] or [p["call_state"] for p in unheard] == ["answered"], f"unheard {unheard!r}")


# -- play ----------------------------------------------------------------------


@check
async def play(session):
    """Blocking plays of every medium come to their end."""
    call = await session.call()
    events = Events(call, "play.stateChange", "play.playing", "play.finished")
    media = [{"type": "silence", "duration": 0.3}, {"type": "tts", "text": "Hi."}]
    for what, playing in (
        ("play", lambda: call.play(media, volume=-3)),
        ("play_silence", lambda: call.play_silence(0.3)),
        ("play_ringtone", lambda: call.play_ringtone("us", duration=0.5, volume=2)),
        ("play_tts", lambda: call.play_tts("Hi.", language="en-US", gender="male")),
        ("play_audio", lambda: call.play_audio(SOUND)),
    ):
        result = await asyncio.wait_for(playing(), CHECK_LIMIT)
        expect(result.successful and result.event.name == "finished", f"{what} gave {result.event!r}")
    expect(events.names().count("play.finished") == 5, f"events {events.names()!r}")
    expect("play.playing" in events.names(), "no play.playing")
    for name in ("play.stateChange", "play.playing", "play.finished"):
        call.off(name)


@check
async def play_async(session):
    """The same without waiting: states, volume, stop."""
    call = await session.call()
    action = await within(call.play_async([{"type": "silence", "duration": 0.4}]), "play")
    expect(action.control_id and action.payload["play"], "no payload")
    await finished(action, "play")
    for what, playing in (
        ("play_silence_async", lambda: call.play_silence_async(60)),
        ("play_ringtone_async", lambda: call.play_ringtone_async("us", duration=60.0)),
        ("play_tts_async", lambda: call.play_tts_async("x" * 2000)),
        ("play_audio_async", lambda: call.play_audio_async(SOUND)),
    ):
        action = await within(playing(), what)
        await until(lambda: action.state == "playing", f"playing of {what}")
        expect((await within(action.volume(4.5), "volume")).successful, "volume refused")
        await stopped(action, what)
        expect(action.result.successful and action.state == "finished", f"{what} ended as {action.state!r}")


@check
async def play_pause(session):
    """pause and resume are accepted. This SDK takes a pause for the end of the play."""
    call = await session.call()
    events = Events(call, "play.paused", "play.playing")
    action = await within(call.play_silence_async(60), "play")
    await until(lambda: action.state == "playing", "playing")
    expect((await within(action.pause(), "pause")).successful, "pause refused")
    await until(lambda: "play.paused" in events.names(), "play.paused")
    expect((await within(action.resume(), "resume")).successful, "resume refused")
    await until(lambda: events.names().count("play.playing") == 2, "playing again")
    expect((await within(action.stop(), "stop")).successful, "stop refused")
    late = await within(action.stop(), "second stop")
    expect(isinstance(late.successful, bool), "a late stop has a result")
    for name in ("play.paused", "play.playing"):
        call.off(name)


# -- record ----------------------------------------------------------------------


@check
async def record(session):
    """A blocking recording ends at the silence, with url, duration and size."""
    call = await session.call()
    speaking = await within(call.record(initial_timeout=1.0, end_silence_timeout=1.0, direction="both"), "record")
    expect(speaking.event is not None, "no event")
    expect(speaking.event.name in ("finished", "no_input"), f"recording ended as {speaking.event.name!r}")
    expect(speaking.url.startswith("http"), f"url {speaking.url!r}")


@check
async def record_async(session):
    """A stopped recording: the url is there from the beginning."""
    call = await session.call()
    events = Events(call, "record.stateChange", "record.recording", "record.finished")
    action = await within(
        call.record_async(beep=True, stereo=True, record_format="wav", direction="both", initial_timeout=0,
                          end_silence_timeout=0, terminators=""),
        "record",
    )
    expect(action.url.startswith("http"), f"url {action.url!r}")
    await until(lambda: action.state == "recording", "recording")
    await asyncio.sleep(0.5)
    await stopped(action, "recording")
    result = action.result
    expect(result.successful and result.url and result.duration > 0 and result.size > 0, "no recording")
    expect(events.names().count("record.finished") == 1, f"events {events.names()!r}")
    for name in ("record.stateChange", "record.recording", "record.finished"):
        call.off(name)


# -- detect ------------------------------------------------------------------------


@check
async def detect_machine(session):
    """An answering machine is recognised, with the beep or without waiting for it."""
    call = await session.dial(MACHINE)
    result = await asyncio.wait_for(call.amd(wait_for_beep=True, timeout=20), CHECK_LIMIT)
    expect(result.successful and result.result == "MACHINE", f"verdict {result.result!r}")
    expect(result.event.name == "READY", f"resolved by {result.event.name!r}")
    await within(call.hangup(), "end")
    call = await session.dial(MACHINE)
    result = await asyncio.wait_for(call.detect("machine", timeout=20, initial_timeout=4), CHECK_LIMIT)
    expect(result.successful and result.detect_type == "machine", f"type {result.detect_type!r}")
    expect(result.result == "MACHINE", f"verdict {result.result!r}")
    await within(call.hangup(), "end")


@check
async def detect_human(session):
    """A person is recognised as one."""
    call = await session.dial(PERSON)
    events = Events(call, "detect.update", "detect.finished")
    result = await asyncio.wait_for(call.detect_answering_machine(timeout=10), CHECK_LIMIT)
    expect(result.successful and result.result == "HUMAN", f"verdict {result.result!r}")
    expect("detect.update" in events.names(), f"events {events.names()!r}")
    await within(call.hangup(), "end")


@check
async def detect_async(session):
    """Without waiting all verdicts are kept, joined with commas."""
    call = await session.dial(MACHINE)
    for what, detecting in (
        ("detect_async", lambda: call.detect_async("machine", timeout=9)),
        ("amd_async", lambda: call.amd_async(timeout=5)),
        ("detect_answering_machine_async", lambda: call.detect_answering_machine_async(timeout=5)),
    ):
        action = await within(detecting(), what)
        await until(lambda: action.completed, f"end of {what}")
        expect(action.result.successful, f"{what} ended as {action.state!r}")
        if what == "detect_async":
            expect(action.result.result == "MACHINE,READY", f"verdicts {action.result.result!r}")
    await within(call.hangup(), "end")


@check
async def detect_digit(session):
    """Digits that are pressed, and a detector that is stopped."""
    call = await session.call()
    waiting = asyncio.ensure_future(call.detect_digit(digits="1234567890", timeout=2))
    result = await asyncio.wait_for(waiting, CHECK_LIMIT)
    expect(not result.successful and result.result == "finished", f"nobody presses: {result.result!r}")
    action = await within(call.detect_digit_async(timeout=60), "detect")
    await stopped(action, "detector")
    expect(action.state == "finished", f"state {action.state!r}")


@check
async def detect_fax(session):
    """The tone of a fax."""
    call = await session.dial(FAX)
    result = await asyncio.wait_for(call.detect_fax(tone="CED", timeout=15), CHECK_LIMIT)
    expect(result.successful and result.result == "CED", f"verdict {result.result!r}")
    action = await within(call.detect_fax_async(timeout=60), "detect")
    await stopped(action, "detector")
    await within(call.hangup(), "end")


# -- prompt --------------------------------------------------------------------------


@check
async def prompt(session):
    """Blocking prompts of every medium bring the keyed digits."""
    call = await session.call()
    asked = {"prompt_type": "digits", "digits_max": len(DIGITS), "digits_timeout": 3.0, "initial_timeout": 10.0}
    for what, prompting in (
        ("prompt", lambda: call.prompt(media_list=[{"type": "silence", "duration": 0.5}], volume=0, **asked)),
        ("prompt_tts", lambda: call.prompt_tts(text="Hi.", language="en-US", gender="female", **asked)),
        ("prompt_ringtone", lambda: call.prompt_ringtone(name="us", duration=0.5, **asked)),
        ("prompt_audio", lambda: call.prompt_audio(url=SOUND, **asked)),
    ):
        result = await asyncio.wait_for(prompting(), CHECK_LIMIT)
        expect(result.successful and result.prompt_type == "digit", f"{what} gave {result.event!r}")
        expect(result.result == DIGITS, f"{what} brought {result.result!r}")
        expect(result.terminator is not None, "no terminator")


@check
async def prompt_speech(session):
    """What is said, with a confidence."""
    call = await session.call()
    result = await asyncio.wait_for(
        call.prompt_tts(prompt_type="speech", text="Yes?", end_silence_timeout=1.0, speech_hints=["order"]), CHECK_LIMIT
    )
    expect(result.successful and result.prompt_type == "speech", f"gave {result.event!r}")
    expect(result.result == SPOKEN and result.confidence, f"brought {result.result!r}")


@check
async def prompt_async(session):
    """The same without waiting: volume, and a stop that leaves no doubt."""
    call = await session.call()
    events = Events(call, "prompt")
    asked = {"prompt_type": "digits", "digits_max": 30, "initial_timeout": 60.0}
    action = await within(
        call.prompt_async(media_list=[{"type": "silence", "duration": 0.5}], prompt_type="digits",
                          digits_max=len(DIGITS), initial_timeout=10.0),
        "prompt",
    )
    result = await finished(action, "prompt")
    expect(result.result == DIGITS and action.state == "successful", f"brought {result.result!r}")
    expect(events.names() == ["prompt"], f"events {events.names()!r}")
    call.off("prompt")
    for what, prompting in (
        ("prompt_tts_async", lambda: call.prompt_tts_async(text="x" * 2000, **asked)),
        ("prompt_ringtone_async", lambda: call.prompt_ringtone_async(name="us", duration=60.0, **asked)),
        ("prompt_audio_async", lambda: call.prompt_audio_async(url=SOUND, **asked)),
    ):
        action = await within(prompting(), what)
        expect((await within(action.volume(2.0), "volume")).successful, "volume refused")
        expect((await within(action.stop(), "stop")).successful, f"stop of {what} refused")


# -- digits, tap, fax ------------------------------------------------------------------


@check
async def send_digits(session):
    """Digits are sent."""
    call = await session.call()
    events = Events(call, "sendDigits.finished", "sendDigits.stateChange")
    result = await within(call.send_digits("1w2#"), "send_digits")
    expect(result.successful and result.event.name == "finished", f"gave {result.event!r}")
    action = await within(call.send_digits_async("99"), "send_digits")
    await finished(action, "send_digits")
    expect(events.names().count("sendDigits.finished") == 2, f"events {events.names()!r}")
    for name in ("sendDigits.finished", "sendDigits.stateChange"):
        call.off(name)


@check
async def tap(session):
    """A tap runs until it is stopped, a blocking one until the call ends."""
    call = await session.dial(PERSON)
    events = Events(call, "tap.tapping", "tap.finished", "tap.stateChange")
    action = await within(call.tap_async(audio_direction="both", target_ptime=20, **TAP), "tap")
    expect(action.source_device.get("type") == "rtp", f"source {action.source_device!r}")
    await until(lambda: action.state == "tapping", "tapping")
    await stopped(action, "tap")
    result = action.result
    expect(result.successful and result.tap["params"]["direction"] == "both", f"tap {result.tap!r}")
    expect(result.destination_device["params"]["addr"] == TAP["target_addr"], f"to {result.destination_device!r}")
    waiting = asyncio.ensure_future(call.tap(audio_direction="listen", **TAP))
    await until(lambda: events.names().count("tap.tapping") == 2, "second tapping")
    await within(call.hangup(), "end")
    result = await within(waiting, "end of the tap")
    expect(isinstance(result.successful, bool), "no result")
    expect(result.source_device.get("type") == "rtp", f"source {result.source_device!r}")


@check
async def fax(session):
    """Two pages there, two pages back."""
    call = await session.dial(FAX)
    events = Events(call, "fax.page", "fax.finished", "fax.stateChange")
    result = await asyncio.wait_for(call.fax_send(DOCUMENT, identity=US, header="offer"), CHECK_LIMIT)
    expect(result.successful and result.direction == "send" and result.pages, f"gave {result.event!r}")
    expect("fax.page" in events.names() and "fax.finished" in events.names(), f"events {events.names()!r}")
    result = await asyncio.wait_for(call.fax_receive(), CHECK_LIMIT)
    expect(result.successful and result.direction == "receive", f"gave {result.event!r}")
    expect(result.document.startswith("http"), f"document {result.document!r}")
    for what, faxing in (
        ("fax_send_async", lambda: call.fax_send_async(DOCUMENT)),
        ("fax_receive_async", lambda: call.fax_receive_async()),
    ):
        action = await within(faxing(), what)
        expect((await within(action.stop(), "stop")).successful, f"stop of {what} refused")
        await until(lambda: action.completed, f"end of {what}")
    await within(call.hangup(), "end")


# -- connect -----------------------------------------------------------------------------


@check
async def connect(session):
    """Bridged, taken apart, and bridged again without waiting."""
    call = await session.dial(PERSON)
    events = Events(call, "connect.connecting", "connect.connected", "connect.disconnected", "connect.stateChange")
    devices = [{"to_number": BUSY}, [{"to_number": PERSON, "timeout": 20}]]
    ringback = [{"type": "ringtone", "name": "us"}]
    result = await asyncio.wait_for(call.connect(devices, ringback), CHECK_LIMIT)
    expect(result.successful and result.event.name == "connected", f"gave {result.event!r}")
    peer = Watched(result.call)
    expect(peer.call is not None and peer.id != call.id, "no peer")
    expect(peer.to_number == PERSON, f"peer to {peer.to_number!r}")
    result = await within(call.disconnect(), "disconnect")
    expect(result.successful and result.event.name == "disconnected", f"gave {result.event!r}")
    expect(call.answered, "the call went with the bridge")
    await within(peer.hangup(), "end of the peer")
    action = await within(call.connect_async([{"to_number": PERSON}]), "connect")
    result = await finished(action, "connect")
    expect(result.call is not None and action.state == "connected", f"state {action.state!r}")
    expect(events.names().count("connect.connected") == 2, f"events {events.names()!r}")
    await within(call.hangup(), "end")


@check
async def connect_failed(session):
    """Nobody answers: a result without success, and the call goes on."""
    call = await session.call()
    result = await asyncio.wait_for(call.connect([{"to_number": BUSY}]), CHECK_LIMIT)
    expect(not result.successful and result.event.name == "failed", f"gave {result.event!r}")
    expect(call.answered, f"state {call.state!r}")


# -- the end of things ---------------------------------------------------------------------


@check
async def ended_meanwhile(session):
    """What still runs when the call ends is over, and nothing more is sent on it."""
    call = await session.dial(PERSON)
    waiting = asyncio.ensure_future(call.play_silence(60))
    await asyncio.sleep(0.5)
    await within(call.hangup(), "end")
    result = await within(waiting, "end of the play")
    expect(isinstance(result.successful, bool), "no result")
    late = await within(call.play_silence(1), "refusal")
    expect(not late.successful, "a play on a call that is over")


@check
async def refused(session):
    """A command that is refused is a result without success, not an exception."""
    call = await session.call()
    result = await within(call.send_digits("not digits"), "refusal")
    expect(not result.successful and result.event is None, f"gave {result.event!r}")


@check
async def reconnect(session):
    """The socket is lost: after five seconds the consumer is there again, contexts and all."""
    await session.drop()
    client = session.client
    before = client.protocol
    while not session.inbound.empty():
        session.inbound.get_nowait()
    await client.connection.close()
    await until(lambda: client.protocol != before and client.contexts == [CONTEXT], "second login")
    call = await session.dial(PERSON)
    result = await within(call.hangup(), "end")
    expect(result.successful, "no hang-up after the second login")


# -- running -------------------------------------------------------------------------------------------


class Simulator:
    """`callboard sim` as a child process."""

    def __init__(self, binary, folder):
        self.log = open(os.path.join(folder, "sim.log"), "w+b")
        command = [binary, "sim", "--listen", "127.0.0.1:0", "--scenario", SCENARIO, "--seed", "7"]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log
            )
        except OSError as error:
            raise SystemExit(f"cannot start the simulator: {error}") from None

    def ready(self):
        watchdog = threading.Timer(START_LIMIT, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        try:
            return json.loads(line)
        except ValueError:
            self.stop()
            raise SystemExit(f"the simulator did not say where it listens\n{self.tail()}") from None

    def stop(self):
        if self.process.poll() is not None:
            print(f"-- the simulator had ended before, with {self.process.returncode}", flush=True)
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

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


def unused():
    """Methods of Call that no check has used."""
    from signalwire.relay.calling.call import Call

    public = {name for name, _ in inspect.getmembers(Call, inspect.isfunction) if not name.startswith("_")}
    return sorted(public - USED)


async def run_checks(session, names):
    passed = failed = 0
    for name in names:
        start = time.monotonic()
        try:
            await asyncio.wait_for(CHECKS[name](session), 2 * CHECK_LIMIT)
        except Exception as error:
            failed += 1
            print(f"FAIL {name}: {describe(error)}", flush=True)
            with contextlib.suppress(Exception):
                await session.drop()
        else:
            passed += 1
            print(f"ok   {name} ({time.monotonic() - start:.1f} s)", flush=True)
    if list(names) == list(CHECKS) and unused():
        failed += 1
        print(f"FAIL repertoire: no check uses {', '.join(unused())}", flush=True)
    return passed, failed


def run(binary, names):
    logging.basicConfig(level="CRITICAL")
    os.environ["LOG_LEVEL"] = "CRITICAL"
    from signalwire.relay.consumer import Consumer

    outcome = []

    class Application(Consumer):
        def setup(self):
            self.project = self.token = "interop"
            self.contexts = [CONTEXT]
            self.inbound = asyncio.Queue()
            self.checking = None

        async def on_incoming_call(self, call):
            await self.inbound.put(call)

        async def ready(self):
            # It is ready once more after a reconnect.
            if self.checking is None:
                self.checking = asyncio.ensure_future(self.check())

        async def check(self):
            session = Session(self.client, self.inbound)
            outcome.append(await run_checks(session, names))
            with contextlib.suppress(Exception):
                await session.drop()
            self.client._reconnect = False
            await self.client.connection.close()

    with tempfile.TemporaryDirectory(prefix="callboard-interop-") as folder:
        simulator = Simulator(binary, folder)
        ready = simulator.ready()
        try:
            Application(host=ready["url"]).run()
        finally:
            simulator.stop()
        passed, failed = outcome[0] if outcome else (0, 1)
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
    return run(os.path.abspath(arguments[0]), arguments[1:] or list(CHECKS))


if __name__ == "__main__":
    sys.exit(main())
