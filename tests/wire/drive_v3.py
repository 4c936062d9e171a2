"""Run every case of cases_v3.py through PyPI signalwire-sdk and write the result.

usage: drive_v3.py OUT     (with the interpreter of the environment of the SDK)

The SDK speaks wss only and takes a private root from SIGNALWIRE_RELAY_CA_FILE;
root and server certificate are made here and live in a temporary directory.
"""

import asyncio
import datetime
import importlib.metadata
import ipaddress
import json
import os
import ssl
import sys
import tempfile

from cases import INBOUND, Case, entry
from cases_v3 import CASES
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from server import RelayServer
from signalwire.relay import RelayClient
from signalwire.relay.call import Call

SDK = f"signalwire-sdk {importlib.metadata.version('signalwire-sdk')}"
PREFIX = "v3:"


def certificates(folder):
    """A throw-away root in folder/ca.pem and a server context for 127.0.0.1."""

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def builder(subject, key):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("capture root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    ca_key = ec.generate_private_key(ec.SECP256R1())
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"),
        False,
    )
    ca = (
        builder("capture root", ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    cert = (
        builder("127.0.0.1", key)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    with open(os.path.join(folder, "ca.pem"), "wb") as out:
        out.write(ca.public_bytes(pem))
    chain = os.path.join(folder, "server.pem")
    with open(os.path.join(chain), "wb") as out:
        out.write(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + cert.public_bytes(pem)
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return os.path.join(folder, "ca.pem"), context


async def until(check, what):
    for _ in range(5000):
        if check():
            return
        await asyncio.sleep(0.001)
    raise RuntimeError(f"timed out: {what}")


class Runner:
    def __init__(self, server):
        self.server = server
        self.entries = []
        self.incoming = []
        self.client = None

    def keep(self, case, frames, call_ids=(), **outcome):
        self.entries.append(entry(case, SDK, PREFIX, frames, list(call_ids), **outcome))

    def new_client(self, **args):
        client = RelayClient(host=f"127.0.0.1:{self.server.port}", **args)
        client.on_call(self.on_call)
        return client

    async def on_call(self, call):
        self.incoming.append(call)

    async def acked(self):
        await until(lambda: not self.server.unacked, "every event acknowledged")

    async def run(self):
        await self.logins()
        for case in CASES:
            try:
                await self.run_case(case)
            except Exception as error:
                raise RuntimeError(f"case {case.name}: {error!r}") from error
        await self.client.disconnect()

    # -- login and the frames the client sends by itself --------------------------

    async def logins(self):
        basic = {"project": "project-1", "token": "token-1"}
        for variant, args in (
            ("connect_min", basic),
            ("connect_jwt", {"jwt_token": "jwt-1"}),
            ("connect_jwt_and_project", {"jwt_token": "jwt-1", **basic}),
            ("connect_contexts", {**basic, "contexts": ["office", "support"]}),
        ):
            client = self.new_client(**args)
            await client.connect()
            self.keep(Case("client", variant, args), self.server.take())
            await client.disconnect()

        # The same client object logging in again: resume.
        client = self.client = self.new_client(**basic, contexts=["office"])
        await client.connect()
        await self.server.event("signalwire.authorization.state", {"authorization_state": "c3RhdGU=:dGFn"})
        await self.acked()
        await client.disconnect()
        self.server.take()
        await client.connect()
        self.keep(Case("client", "connect_resume", {**basic, "contexts": ["office"]}), self.server.take())

        # Responses to the server: an event ack, a pong, the answer to a disconnect notice.
        await self.server.event("calling.call.unheard_of", {"call_id": "no-such-call"})
        await self.acked()
        self.reply("event_ack", "signalwire.event")
        for variant, method, params in (
            ("pong", "signalwire.ping", {"timestamp": 1767227000.25}),
            ("disconnect_notice", "signalwire.disconnect", {"restart": False}),
        ):
            self.server.replies.clear()
            await self.server.send({"jsonrpc": "2.0", "id": "server-1", "method": method, "params": params})
            await until(lambda: self.server.replies, variant)
            self.reply(variant, method)

    def reply(self, variant, method):
        frame = self.server.replies[-1]
        frame = {"in_reply_to": method, **{k: v for k, v in frame.items() if k not in ("jsonrpc", "id")}}
        self.keep(Case("client", variant), [frame])

    # -- the call under test ----------------------------------------------------------

    async def make_call(self, spec):
        target = spec.get("state", "answered")
        await self.server.offer(INBOUND)
        await until(lambda: self.incoming, "inbound call")
        call = self.incoming.pop()
        if target != "ringing":
            await self.server.state(call.call_id, "answered")
        if target in ("ending", "ended"):
            await self.server.state(call.call_id, "ending")
        if target == "ended":
            await self.server.state(call.call_id, "ended", end_reason="hangup")
        await until(lambda: call.state == target, f"state {target}")
        if spec.get("bridged"):
            await call.connect([[INBOUND]])
        return call

    async def run_case(self, case):
        self.server.auto = True
        call = None
        target = self.client
        if case.on == "call":
            call = target = await self.make_call(case.call)
        await self.acked()
        self.server.take()
        self.server.auto = not case.then
        if case.method == "hangup" and case.call.get("state") == "ended":
            self.server.calls[call.call_id] = {"call_id": call.call_id, "node_id": call.node_id, "tag": "",
                                               "direction": "inbound", "device": INBOUND}
        returned = await asyncio.wait_for(getattr(target, case.method)(**case.kwargs()), 5)
        for name, args in case.then:
            answer = await asyncio.wait_for(getattr(returned, name)(**args), 5)
            if answer.get("code") != "200":
                raise RuntimeError(f"{name} was answered with {answer}")
        frames = self.server.take()
        self.keep(case, frames, [call.call_id] if call is not None else [])
        # Finish what runs, see that the SDK noticed, and end the call.
        for control_id in list(self.server.running):
            await self.server.finish(control_id)
        if hasattr(returned, "is_done"):
            # The fax actions look for a top-level state, which the event does
            # not have, and "ai" has no documented event: they never resolve.
            if case.method not in ("send_fax", "receive_fax", "ai", "send_message"):
                await until(lambda: returned.is_done, "the action is done")
        for call_id in list(self.server.calls):
            await self.server.hang_up(call_id)
        await self.acked()
        self.server.take()


def complete():
    """Every public method of Call that sends something has a case."""
    methods = {name for name in vars(Call) if not name.startswith("_") and callable(getattr(Call, name))}
    silent = {"on", "wait_for", "wait_for_answered", "wait_for_ended", "wait_for_ending", "wait_for_ringing"}
    missing = methods - silent - {case.method for case in CASES}
    if missing:
        raise RuntimeError(f"methods without a case: {sorted(missing)}")


async def drive(out):
    complete()
    with tempfile.TemporaryDirectory(prefix="wire-capture-") as folder:
        ca_file, context = certificates(folder)
        os.environ["SIGNALWIRE_RELAY_CA_FILE"] = ca_file
        server = RelayServer(context)
        await server.start()
        runner = Runner(server)
        await runner.run()
        await server.stop()
    with open(out, "w", encoding="utf-8") as file:
        json.dump(runner.entries, file)


if __name__ == "__main__":
    asyncio.run(drive(sys.argv[1]))
