"""twilio-python, 64 threads: what most people do when one message after another is too slow."""

from concurrent.futures import ThreadPoolExecutor

from twilio.rest import Client

from bench.peers.measured import measured, told
from bench.peers.wording import SHORT, number

THREADS = 64


def send(base: str, n: int) -> int:
    """How many were accepted."""
    client = Client("AC1", "secret")
    client.api.base_url = base

    def one(n: int) -> bool:
        return client.messages.create(to=number(n), from_="+15550100", body=SHORT).status == "queued"

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(one, range(n)))


if __name__ == "__main__":
    said = told(__doc__)
    measured(said.n, lambda: send(said.base, said.n))
