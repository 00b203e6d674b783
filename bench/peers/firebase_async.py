"""firebase-admin, send_each_async with 500 messages a call: httpx over HTTP/2."""

import asyncio

from firebase_admin import messaging

from bench.peers.firebase import calls, messages, open_app
from bench.peers.measured import measured, told


async def send(n: int) -> int:
    """How many were accepted."""
    return sum([(await messaging.send_each_async(messages(each))).success_count for each in calls(n)])


if __name__ == "__main__":
    said = told(__doc__)
    open_app(said.base)
    measured(said.n, lambda: asyncio.run(send(said.n)))
