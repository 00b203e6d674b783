"""twilio-python, its asynchronous client with 64 requests under way: the fastest that the SDK can."""

import asyncio
from collections.abc import Iterator

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from bench.peers.measured import measured, told
from bench.peers.wording import SHORT, number

IN_FLIGHT = 64


async def send(base: str, n: int) -> int:
    """How many were accepted."""
    async with AsyncTwilioHttpClient() as http:
        client = Client("AC1", "secret", http_client=http)
        client.api.base_url = base
        waiting = iter(range(n))
        return sum(await asyncio.gather(*(_sender(client, waiting) for _ in range(IN_FLIGHT))))


async def _sender(client: Client, waiting: Iterator[int]) -> int:
    accepted = 0
    for n in waiting:
        message = await client.messages.create_async(to=number(n), from_="+15550100", body=SHORT)
        accepted += message.status == "queued"
    return accepted


if __name__ == "__main__":
    said = told(__doc__)
    measured(said.n, lambda: asyncio.run(send(said.base, said.n)))
