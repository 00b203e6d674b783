"""`python -m bench.peers`: every peer once against the counting provider, to see what each reaches here."""

import argparse

from bench.counting_provider import CountingProvider
from bench.peers import Skipped, measure, names

_MESSAGES = {"client_alone": 100_000, "sendgrid_bulk": 80_000, "twilio_async": 8_000, "nodemailer_pool": 4_000}


def main() -> None:
    """Prints one line a peer: messages a second, CPU microseconds a message, memory."""
    parser = argparse.ArgumentParser(prog="bench.peers", description=__doc__)
    parser.add_argument("names", nargs="*", default=names())
    parser.add_argument("--delay-ms", type=int, default=0)
    said = parser.parse_args()
    with CountingProvider(cpu=1, delay_ms=said.delay_ms) as provider:
        for name in said.names:
            try:
                each = measure(name, provider, _MESSAGES.get(name, 2_000), cpu=0)
            except Skipped as why:
                print(f"{name:<18} {why}")
                continue
            rate, cpu = each["messages"] / each["seconds"], each["cpu_seconds"] / each["messages"] * 1e6
            print(f"{name:<18} {rate:>10,.0f} /s {cpu:>9,.1f} us CPU each {each['rss']:>6.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
