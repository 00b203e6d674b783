"""Every peer sends what it was told to send, once; whether it is fast is not asked here."""

import pytest

from bench.counting_provider import BUILT, CountingProvider, NotBuilt, build
from bench.peers import Skipped, measure, names

try:
    build()
    WHY_NOT = ""
except NotBuilt as error:
    WHY_NOT = str(error)
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(scope="module")
def provider():
    with CountingProvider() as running:
        yield running


@pytest.mark.parametrize("name", names())
def test_a_peer_sends_each_message_once(provider, name):
    if name.startswith("nodemailer") and not list(BUILT.glob("nodemailer-*/node_modules/nodemailer")):
        pytest.skip("nodemailer is fetched by the benchmark, not by a test.")
    try:
        measured = measure(name, provider, 60)
    except Skipped as why:
        pytest.skip(str(why))
    assert measured["messages"] == 60
    assert min(measured["seconds"], measured["cpu_seconds"], measured["rss"]) > 0
