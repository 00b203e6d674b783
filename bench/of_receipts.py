"""Receipts through the signed webhook, answered after the commit: batched as SendGrid does, and one a request."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bench.receiving import CALLBACK, SECRET
from bench.sending import databases
from bench.timing import Figure
from notifiers.http import Answer, Call, Lines

_KEY = ec.generate_private_key(ec.SECP256R1())
_FORM = serialization.PublicFormat.SubjectPublicKeyInfo
_PUBLIC = base64.b64encode(_KEY.public_key().public_bytes(serialization.Encoding.DER, _FORM)).decode()
_IN_FLIGHT = 64


def run(*, full: bool) -> list[Figure]:
    """Each message's one receipt; `full` ten times as many."""
    if "postgresql" not in databases():
        print("receipts: skipped, for there is no PostgreSQL here.")
        return []
    scale = 10 if full else 1
    return [
        _measured("email", 20_000 * scale, _batched, "6,000 a second"),
        _measured("sms", 5_000 * scale, _one_by_one, "2,500 a second"),
    ]


def _measured(channel: str, events: int, calls: Callable[[list[str], str], Iterator[Call]], bar: str) -> Figure:
    line = [sys.executable, "-m", "bench.receiving", "--n", str(events), "--channel", channel, "--webhook-key", _PUBLIC]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True) as door:  # noqa: S603 - our own line
        os.sched_setaffinity(door.pid, {0})
        said: dict[str, Any] = json.loads(door.stdout.readline()) if door.stdout else {}
        references = Path(said["references"]).read_text().split()
        waiting = list(enumerate(calls(references, f"http://127.0.0.1:{said['port']}")))
        began = time.perf_counter()
        lines = Lines(in_flight=_IN_FLIGHT, connections=_IN_FLIGHT)
        answers = [answer for _, answer in lines.exchange(waiting)]
        wall = time.perf_counter() - began
        used = json.loads(door.communicate("")[0])
    if not all(isinstance(answer, Answer) and answer.status == 204 for answer in answers):
        raise ValueError("a receipt was not taken")
    name = f"receipts, {channel}: {events / wall:,.0f} a second, {len(answers):,} requests"
    return Figure(name, used["cpu_seconds"], wall, "database CPU", used["database_cpu_seconds"], 0.0, None, bar)


def _batched(references: list[str], base: str) -> Iterator[Call]:
    same = {"event": "delivered", "email": "a@b.example", "timestamp": 1772000000}
    for first in range(0, len(references), 1000):
        events = [same | {"reference": one, "sg_event_id": one} for one in references[first : first + 1000]]
        body, stamp = json.dumps(events).encode(), str(int(time.time()))
        signature = base64.b64encode(_KEY.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        headers = (
            f"X-Twilio-Email-Event-Webhook-Signature: {signature}",
            f"X-Twilio-Email-Event-Webhook-Timestamp: {stamp}",
            "Content-Type: application/json",
        )
        yield Call(f"{base}/receipts/email/sendgrid", body, headers)


def _one_by_one(references: list[str], base: str) -> Iterator[Call]:
    validator = RequestValidator(SECRET)
    for number, one in enumerate(references):
        form = {"MessageSid": f"SM{number:032x}", "MessageStatus": "delivered", "To": "+959000000"}
        signature = validator.compute_signature(f"{CALLBACK}?reference={quote(one)}", form)
        headers = (f"X-Twilio-Signature: {signature}", "Content-Type: application/x-www-form-urlencoded")
        yield Call(f"{base}/receipts/sms/twilio?reference={quote(one)}", urlencode(form).encode(), headers)
