"""Run every case of cases_v2.py through PyPI signalwire (v2) and write the result.

usage: drive_v2.py OUT     (with the interpreter of the environment of the SDK)
"""

import asyncio
import json
import sys

import signalwire
from cases import FROM, INBOUND, TO, Case, entry
from cases_v2 import CASES
from server import BladeServer
from signalwire.relay.calling.call import Call
from signalwire.relay.consumer import Consumer

SDK = f"signalwire {signalwire.__version__}"
STATES = ["created", "ringing", "answered", "ending", "ended"]


async def until(check, what):
    for _ in range(2000):
        if check():
            return
        await asyncio.sleep(0.001)
    raise RuntimeError(f"timed out: {what}")


class Runner(Consumer):
    """A consumer that goes through the case table once it is ready."""

    def setup(self):
        self.entries = []
        self.failure = None
        self.incoming = []
        self.server = BladeServer()
        self.server.whole = True
        asyncio.get_event_loop().run_until_complete(self.server.start())
        self.project = "project-1"
        self.token = "token-1"
        self.contexts = ["office"]
        self.host = f"ws://127.0.0.1:{self.server.port}"

    def on_incoming_call(self, call):
        self.incoming.append(call)

    async def ready(self):
        try:
            frames = self.server.take()
            handshake = Case("client", "connect", {"project": "project-1", "token": "token-1", "contexts": ["office"]})
            self.entries.append(entry(handshake, SDK, "", frames, []))
            self.server.whole = False
            await self.messaging()
            for case in CASES:
                try:
                    await self.run_case(case)
                except Exception as error:
                    raise RuntimeError(f"case {case.name}: {error!r}") from error
        except Exception as error:
            self.failure = error
        await self.client.disconnect()

    # -- the call under test ----------------------------------------------

    async def make_call(self, spec):
        """The call a case runs on; by default inbound and answered."""
        if "new_call" in spec:
            call = self.client.calling.new_call(**spec["new_call"])
            return call
        target = spec.get("state", "answered")
        call_id = await self.server.offer(INBOUND, state="created" if target == "created" else "ringing")
        await until(lambda: self.incoming, "inbound call")
        call = self.incoming.pop()
        for state in STATES[2 : STATES.index(target) + 1]:
            await self.server.state(call_id, state)
        await until(lambda: call.state == target, f"state {target}")
        return call

    async def run_case(self, case):
        self.server.auto = True
        if case.on == "client":
            call, target = None, self.client.calling
        else:
            call = target = await self.make_call(case.call)
            if "new_call" in case.call and case.method not in ("dial", "wait_for"):
                await call.dial()
            if case.call.get("bridged"):
                await call.connect([{"to_number": "+12025550140"}])
        self.server.take()
        blocking = not case.method.endswith("_async")
        self.server.auto = blocking
        outcome = {}
        returned = None
        try:
            if "events" in case.extra:
                outcome = await self.no_command(case, call)
            else:
                returned = await asyncio.wait_for(getattr(target, case.method)(**case.kwargs()), 5)
        except Exception as error:
            if type(error).__name__ != case.raises:
                raise
        else:
            if case.raises:
                raise RuntimeError(f"did not raise {case.raises}")
        for name, args in case.then:
            result = await asyncio.wait_for(getattr(returned, name)(**args), 5)
            if result.successful is not True:
                raise RuntimeError(f"{name} was not successful")
        frames = self.server.take()
        call_ids = [call.id] if call is not None and call.id else []
        self.entries.append(entry(case, SDK, "", frames, call_ids, **outcome))
        await self.clean_up(case, returned, call)

    async def clean_up(self, case, returned, call):
        """Finish what runs and end every call; a stuck operation is a failure."""
        self.server.auto = True
        if returned is not None and case.call.get("state") != "ending":
            component = getattr(returned, "component", None)
            if case.method.startswith("connect_async") and not component.completed:
                await self.server.bridge(call.id, {})
            for control_id in list(self.server.running):
                await self.server.finish(control_id)
            if component is not None:
                await until(lambda: component.completed, f"{case.name} completed")
                # A paused event completes a v2 play as failed; everything else must succeed.
                if not component.successful and component.state != "paused":
                    raise RuntimeError(f"the operation failed: {component.state}")
        self.server.running.clear()
        for call_id in list(self.server.calls):
            await self.server.hang_up(call_id)
        for other in list(self.client.calling.calls):
            if other.id is None:
                self.client.calling.remove_call(other)
        await until(lambda: not self.client.calling.calls, "all calls gone")
        self.server.take()

    # -- methods that send nothing ------------------------------------------

    async def no_command(self, case, call):
        events = list(case.extra["events"])
        mode = case.extra.get("callback")
        if mode is None:
            waiting = asyncio.ensure_future(getattr(call, case.method)(**case.kwargs()))
            await asyncio.sleep(0)
            for state in events:
                await self.server.state(call.id, state, **({"end_reason": "hangup"} if state == "ended" else {}))
            return {"returned": await asyncio.wait_for(waiting, 5)}
        delivered = []

        def first(params):
            delivered.append(params["call_state"])

        def second(params):
            delivered.append(params["call_state"])

        event = case.args["event"]
        call.on(event, first)
        if mode == "twice":
            call.on(event, first)
        elif mode == "off":
            call.on(event, second)
            call.off(event, first)
        elif mode == "off_all":
            call.off(event)
        elif mode == "off_all_of_two":
            call.on(event, second)
            call.off(event)
        for state in events:
            await self.server.state(call.id, state)
        await until(lambda: call.state == events[-1], "last event")
        return {"callbacks": mode, "delivered": list(delivered)}

    async def messaging(self):
        """Not part of Call, but the same client sends it."""
        self.server.take()
        full = {
            "from_number": TO,
            "to_number": FROM,
            "context": "office",
            "body": "Hello",
            "media": ["https://media.example.com/a.png"],
            "tags": ["one"],
        }
        minimal = {k: full[k] for k in ("from_number", "to_number", "context", "body")}
        for variant, args in (("min", minimal), ("full", full)):
            case = Case("messaging.send", variant, args)
            await self.client.messaging.send(**case.kwargs())
            self.entries.append(entry(case, SDK, "", self.server.take(), []))


def complete():
    """Every public method of Call has a case."""
    methods = {name for name in vars(Call) if not name.startswith("_") and callable(getattr(Call, name))}
    missing = methods - {case.method for case in CASES}
    if missing:
        raise RuntimeError(f"methods without a case: {sorted(missing)}")


def main():
    complete()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    runner = Runner()
    try:
        runner.run()
    except RuntimeError as error:
        # disconnect() stops the loop under run_until_complete().
        if "Event loop stopped" not in str(error):
            raise
    if runner.failure is not None:
        raise runner.failure
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(runner.entries, out)


if __name__ == "__main__":
    main()
