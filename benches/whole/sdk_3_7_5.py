"""The official Python SDK under the load: connects, takes every call, and stays until it is ended.

usage: sdk_3_7_5.py HOST:PORT    with SIGNALWIRE_RELAY_CA_FILE set
"""

import asyncio
import logging
import sys

logging.disable(logging.CRITICAL)

from signalwire.relay import RelayClient  # noqa: E402


async def main():
    client = RelayClient(project="bench", token="bench", host=sys.argv[1], contexts=["flood"], max_active_calls=20_000)

    async def on_call(call):
        pass

    client.on_call(on_call)
    await client.connect()
    await asyncio.Event().wait()


asyncio.run(main())
