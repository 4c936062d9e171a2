"""Capture servers for both Relay dialects.

Not a simulator: every command is answered with code "200", and just enough
events follow for the blocking form of the method to return. Every frame the
client sends is kept.

Standard library and aiohttp only; aiohttp is a dependency of both SDKs. The
server runs in the event loop of the SDK under test, so there is no threading
and the order of captured frames is the order in which they were sent.
"""

import asyncio
import json

from aiohttp import WSMsgType, web

PROTOCOL = "signalwire_5c0ffee5_4444"
NODE = "node-1"
PEER_DEVICE = {
    "type": "phone",
    "params": {"from_number": "+12025550199", "to_number": "+12025550140"},
}
FAX_URL = "https://files.example.com/fax/received.pdf"
STREAMING = {"stream": "streaming", "transcribe": "transcribing"}


def record_url(control_id):
    return f"https://files.example.com/rec/{control_id}.mp3"


class CaptureServer:
    """Shared part: sockets, the frame journal, operations and their events."""

    def __init__(self, ssl_context=None):
        self.ssl_context = ssl_context
        self.ws = None
        self.frames = []  # frames of the current case, as sent
        self.replies = []  # responses and acks sent by the client
        self.auto = True  # finish every operation at once
        self.calls = {}  # call id -> what the server knows of it
        self.running = {}  # control id -> (method, params)
        self.counter = 0
        self.port = None
        self._runner = None

    # -- life cycle -----------------------------------------------------

    async def start(self):
        app = web.Application()
        app.router.add_get("/", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.ssl_context)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self):
        await self._runner.cleanup()

    async def _handle(self, request):
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        self.ws = ws
        async for message in ws:
            if message.type == WSMsgType.TEXT:
                await self.on_frame(json.loads(message.data))
        return ws

    async def send(self, frame):
        await self.ws.send_str(json.dumps(frame))

    def take(self):
        frames, self.frames = self.frames, []
        return frames

    # -- what the two dialects implement ----------------------------------

    async def on_frame(self, frame):
        raise NotImplementedError

    async def event(self, event_type, body):
        raise NotImplementedError

    # -- calls ------------------------------------------------------------

    def new_call(self, device, direction, tag="", context=""):
        self.counter += 1
        call_id = f"sim-call-{self.counter}"
        self.calls[call_id] = {
            "call_id": call_id,
            "node_id": NODE,
            "device": device,
            "direction": direction,
            "tag": tag,
            "context": context,
        }
        return call_id

    async def offer(self, device, state="ringing", context="office"):
        """Offer an inbound call; returns its id."""
        call_id = self.new_call(device, "inbound", context=context)
        body = dict(self.calls[call_id], call_state=state, segment_id="segment-1")
        await self.event("calling.call.receive", body)
        return call_id

    async def state(self, call_id, state, **extra):
        call = self.calls[call_id]
        body = {k: call[k] for k in ("call_id", "node_id", "direction", "device")}
        if call["tag"]:
            body["tag"] = call["tag"]
        body.update(call_state=state, segment_id="segment-1", **extra)
        if state == "ended":
            del self.calls[call_id]
        await self.event("calling.call.state", body)

    # -- commands -----------------------------------------------------------

    def result(self, method, params):
        """The calling response: code, message and the ids of the operation."""
        result = {"code": "200", "message": "OK"}
        for key in ("call_id", "control_id"):
            if key in params:
                result[key] = params[key]
        if method == "calling.record":
            result["url"] = record_url(params["control_id"])
        if method == "calling.tap":
            result["source_device"] = {
                "type": "rtp",
                "params": {"addr": "198.51.100.7", "port": 31000, "codec": "PCMU", "ptime": 20, "rate": 8000},
            }
        if method == "calling.join_conference":
            result["conference_id"] = "conference-1"
        if method == "messaging.send":
            result["message_id"] = "message-1"
        return result

    async def after(self, method, params, result):
        """Everything that follows the response of a command."""
        base = method[len("calling."):]
        operation, _, sub = base.rpartition(".") if base.count(".") else (base, "", "")
        call_id = params.get("call_id")
        control_id = params.get("control_id")
        if base == "answer":
            await self.state(call_id, "answered")
        elif base == "end":
            await self.hang_up(call_id, params.get("reason", "hangup"))
        elif base == "begin":
            await self.ring(result["call_id"])
        elif base == "dial":
            await self.dial(params)
        elif base == "connect":
            await self.connect_event(call_id, "connecting")
            if self.auto:
                await self.bridge(call_id, params)
        elif base == "disconnect":
            await self.connect_event(call_id, "disconnected", peer=self.peer(call_id))
        elif sub == "stop":
            if control_id in self.running:
                await self.finish(control_id)
        elif sub == "pause" and operation in ("play", "record"):
            await self.operation_event(operation, params, state="paused")
        elif sub == "resume" and operation in ("play", "record"):
            state = "playing" if operation == "play" else "recording"
            await self.operation_event(operation, params, state=state)
        elif not sub and control_id:
            self.running[control_id] = (base, params)
            await self.progress(base, params)
            if self.auto:
                await self.finish(control_id)

    async def ring(self, call_id):
        for state in ("created", "ringing", "answered"):
            await self.state(call_id, state, created_by="dial")

    async def dial(self, params):
        tag = params["tag"]
        device = params["devices"][0][0]
        call_id = self.new_call(device, "outbound", tag=tag)
        await self.state(call_id, "created", created_by="dial")
        await self.event("calling.call.dial", {"node_id": NODE, "tag": tag, "dial_state": "dialing"})
        await self.state(call_id, "answered", created_by="dial")
        winner = {"call_id": call_id, "node_id": NODE, "tag": tag, "device": device, "dial_winner": True}
        await self.event(
            "calling.call.dial",
            {"node_id": NODE, "tag": tag, "dial_state": "answered", "call": winner},
        )

    async def hang_up(self, call_id, reason="hangup"):
        await self.state(call_id, "ending")
        await self.state(call_id, "ended", end_reason=reason)

    async def connect_event(self, call_id, state, **extra):
        body = {"call_id": call_id, "node_id": NODE, "tag": "bridge-1", "connect_state": state}
        await self.event("calling.call.connect", dict(body, **extra))

    def peer(self, call_id):
        peer_id = self.calls[call_id].get("peer_id")
        if peer_id is None:
            return None
        return {"call_id": peer_id, "node_id": NODE, "tag": "bridge-1", "device": PEER_DEVICE}

    async def bridge(self, call_id, params):
        peer_id = self.new_call(PEER_DEVICE, "outbound", tag="bridge-1")
        self.calls[call_id]["peer_id"] = peer_id
        link = {"call_id": call_id, "node_id": NODE}
        await self.state(peer_id, "created", created_by="connect", peer=link)
        await self.state(peer_id, "answered", created_by="connect", peer=link)
        await self.connect_event(call_id, "connected", peer=self.peer(call_id))

    async def operation_event(self, operation, params, kind=None, **body):
        ids = {k: params[k] for k in ("call_id", "node_id", "control_id")}
        await self.event(f"calling.call.{kind or operation}", dict(ids, **body))

    async def progress(self, operation, params):
        """The event that says that an operation is running."""
        if operation in ("play", "play_and_collect"):
            await self.operation_event("play", params, state="playing")
        elif operation == "record":
            await self.operation_event(
                operation, params, state="recording", url=record_url(params["control_id"]), record=params["record"]
            )
        elif operation == "tap":
            await self.operation_event(operation, params, state="tapping", tap=params["tap"], device=params["device"])
        elif operation in ("send_fax", "receive_fax"):
            way = "send" if operation == "send_fax" else "receive"
            fax = {"type": "page", "params": {"direction": way, "number": 1}}
            await self.operation_event(operation, params, kind="fax", fax=fax)
        elif operation in STREAMING:
            await self.operation_event(operation, params, state=STREAMING[operation])

    async def finish(self, control_id):
        """The events that complete an operation."""
        operation, params = self.running.pop(control_id)
        if operation in ("play", "send_digits", "stream", "transcribe", "pay"):
            await self.operation_event(operation, params, state="finished")
        elif operation == "record":
            await self.operation_event(
                operation,
                params,
                state="finished",
                url=record_url(control_id),
                duration=17.2,
                size=275200,
                record=params["record"],
            )
        elif operation == "tap":
            await self.operation_event(operation, params, state="finished", tap=params["tap"], device=params["device"])
        elif operation == "detect":
            kind = params["detect"]["type"]
            verdict = {
                "machine": [{"event": "MACHINE"}, {"event": "READY", "beep": True}],
                "digit": [{"event": "1"}],
                "fax": [{"event": "CED"}],
            }[kind]
            for event in [*verdict, {"event": "finished"}]:
                await self.operation_event(operation, params, detect={"type": kind, "params": event})
        elif operation in ("play_and_collect", "collect"):
            wanted = params["collect"] if operation == "play_and_collect" else params
            if "digits" in wanted:
                result = {"type": "digit", "params": {"digits": "2468", "terminator": "#"}}
            else:
                result = {"type": "speech", "params": {"text": "order status", "confidence": 87.5}}
            if operation == "play_and_collect":
                await self.operation_event("play", params, state="finished")
            await self.operation_event("collect", params, result=result, final=True)
        elif operation in ("send_fax", "receive_fax"):
            fax = {
                "type": "finished",
                "params": {
                    "direction": "send" if operation == "send_fax" else "receive",
                    "identity": "+12025550199",
                    "remote_identity": "+12025550123",
                    "document": params.get("document", FAX_URL),
                    "success": True,
                    "result": "0",
                    "result_text": "OK",
                    "pages": "2",
                },
            }
            await self.operation_event(operation, params, kind="fax", fax=fax)


class BladeServer(CaptureServer):
    """The legacy dialect: blade.connect, setup, subscription, execute."""

    whole = False  # keep the Blade envelope (handshake cases)

    async def reply(self, frame, result):
        await self.send({"jsonrpc": "2.0", "id": frame["id"], "result": result})

    def wrap(self, inner):
        return {"requester_nodeid": "client-1", "responder_nodeid": "server-1", "result": inner}

    async def on_frame(self, frame):
        method = frame.get("method")
        if method is None:
            self.replies.append(frame)
            return
        params = frame["params"]
        if self.whole:
            self.frames.append({"method": method, "params": params})
        if method == "blade.connect":
            await self.reply(
                frame,
                {
                    "session_restored": False,
                    "sessionid": "session-1",
                    "nodeid": "client-1",
                    "master_nodeid": "master-1",
                    "authorization": {
                        "project": "project-1",
                        "expires_at": None,
                        "scopes": ["calling", "messaging", "tasking"],
                        "signature": "5c0ffee5",
                    },
                    "routes": [],
                    "protocols": [],
                    "subscriptions": [],
                    "authorities": [],
                    "authorizations": [],
                    "accesses": [],
                    "protocols_uncertified": ["signalwire"],
                },
            )
        elif method == "blade.subscription":
            await self.reply(
                frame,
                {
                    "command": "add",
                    "protocol": params["protocol"],
                    "subscribe_channels": params["channels"],
                    "failed_channels": [],
                },
            )
        elif method == "blade.ping":
            await self.reply(frame, {})
        elif method == "blade.execute":
            await self.execute(frame, params["method"], params["params"], params["protocol"])
        else:
            raise RuntimeError(f"unexpected Blade method {method}")

    async def execute(self, frame, method, params, protocol):
        if method == "setup":
            await self.reply(frame, self.wrap({"protocol": PROTOCOL}))
            return
        # The envelope is stripped from the captured frame, so prove it here.
        if protocol != PROTOCOL:
            raise RuntimeError(f"{method} was sent on protocol {protocol!r}")
        if not self.whole:
            self.frames.append({"method": method, "params": params})
        result = self.result(method, params)
        if method == "calling.begin":
            result["call_id"] = self.new_call(params["device"], "outbound", tag=params["tag"])
            result["node_id"] = NODE
        await self.reply(frame, self.wrap(result))
        if method.startswith("calling."):
            await self.after(method, params, result)

    async def event(self, event_type, body):
        inner = {
            "event_type": event_type,
            "event_channel": PROTOCOL,
            "timestamp": 1767227000.25,
            "project_id": "project-1",
            "space_id": "space-1",
            "params": body,
        }
        await self.send(
            {
                "jsonrpc": "2.0",
                "id": "event-1",
                "method": "blade.broadcast",
                "params": {
                    "broadcaster_nodeid": "server-1",
                    "protocol": PROTOCOL,
                    "channel": "notifications",
                    "event": "queuing.relay.events",
                    "params": inner,
                },
            }
        )


class RelayServer(CaptureServer):
    """The current dialect: signalwire.connect, plain commands, acked events."""

    def __init__(self, ssl_context=None):
        super().__init__(ssl_context)
        self.events = 0
        self.unacked = set()

    async def on_frame(self, frame):
        method = frame.get("method")
        if method is None:
            self.replies.append(frame)
            self.unacked.discard(frame["id"])
            return
        params = frame["params"]
        self.frames.append({"method": method, "params": params})
        if method == "signalwire.connect":
            result = {
                "identity": "identity-1",
                "protocol": PROTOCOL,
                "sessionid": "session-1",
                "session_restored": "protocol" in params,
                "authorization": {
                    "project_id": "project-1",
                    "scopes": ["calling", "messaging", "tasking"],
                    "signature": "5c0ffee5",
                },
            }
        elif method == "signalwire.ping":
            result = {}
        else:
            result = self.result(method, params)
        await self.send({"jsonrpc": "2.0", "id": frame["id"], "result": result})
        if method.startswith("calling."):
            await self.after(method, params, result)

    async def event(self, event_type, body):
        self.events += 1
        event_id = f"event-{self.events}"
        self.unacked.add(event_id)
        await self.send(
            {
                "jsonrpc": "2.0",
                "id": event_id,
                "method": "signalwire.event",
                "params": {
                    "event_type": event_type,
                    "event_channel": PROTOCOL,
                    "timestamp": 1767227000.25,
                    "project_id": "project-1",
                    "space_id": "space-1",
                    "params": body,
                },
            }
        )


async def settle(rounds=20):
    """Let everything that is already on the loop run."""
    for _ in range(rounds):
        await asyncio.sleep(0)
