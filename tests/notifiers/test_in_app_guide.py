"""The guide to the feed: its example is run as it stands there, and what it prints is what the feed takes."""

import hashlib
import hmac
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifiers import registry
from notifiers.in_app.feed import ABOUT, Feed
from notifiers.outcome import Outcome
from notifiers.provider import Setup, WebhookRequest

GUIDE = (Path(__file__).parents[2] / "docs" / "in-app.md").read_text()
SCRIPT, PRINTED = re.findall(r"```(?:sh)?\n(.*?)```", GUIDE, re.DOTALL)
GIVEN = dict(re.findall(r"^([A-Za-z]+)=([\w-]+)", SCRIPT, re.MULTILINE))
ASKS, TELLS = (line.removeprefix("Tocsin-Signature: ") for line in PRINTED.splitlines())


@pytest.fixture
def body(tmp_path) -> bytes:
    ran = subprocess.run(["bash", "-eu"], input=SCRIPT, text=True, capture_output=True, check=True, cwd=tmp_path)
    assert ran.stdout == PRINTED
    return Path(tmp_path / "body.json").read_bytes()


@pytest.fixture
def feed() -> Feed:
    made = registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRETS": f"{GIVEN['COMPANY']}={GIVEN['SECRET']}"})
    assert isinstance(made, Feed)
    made._setup = Setup(made._setup.values, "", lambda: datetime.fromtimestamp(int(GIVEN["t"]), UTC))
    return made


def test_the_bytes_of_the_example_are_the_ones_that_the_guide_describes(body):
    company, account, secret = (GIVEN[name] for name in ("COMPANY", "ACCOUNT", "SECRET"))
    name = hashlib.sha256(f"{company}:{account}".encode()).hexdigest()
    for use, said, carried, header in (
        ("feed", f"v=1,c={company},t={GIVEN['t']},a={name}", b"", ASKS),
        ("receipts", f"v=1,c={company},t={GIVEN['t']}", body, TELLS),
    ):
        signed = use.encode() + b"\x0a" + said.encode() + b"\x0a" + carried
        assert header == f"{said},s={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
    assert f"the {len(body)} bytes of `body.json`" in GUIDE


def test_the_feed_takes_what_the_example_prints(feed, body):
    asked = feed.asked(GIVEN["COMPANY"], WebhookRequest("/", {"Tocsin-Signature": ASKS}, b""))
    assert asked == feed.name_of(GIVEN["COMPANY"], GIVEN["ACCOUNT"])
    (told,) = feed.receipts(WebhookRequest("/", {"Tocsin-Signature": TELLS}, body))
    assert (told.outcome, told.at) == (Outcome.READ, datetime(2026, 3, 6, 12, 59, 30, tzinfo=UTC))


def test_the_guide_says_what_the_settings_are():
    for field in ABOUT.fields:
        if field.default:
            assert re.search(rf"`TOCSIN_FEED_{field.name.upper()}`", GUIDE), field.name
            assert field.default in GUIDE
