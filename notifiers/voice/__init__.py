"""Automated calls to a telephone: a key tells that the right person picked up, and a second that they heard it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome
from notifiers.voice_time import SAID, minutes, seconds
from packs import Strict, read_pack

CHANNEL = Channel(
    label="Telephone",
    address=AddressKind.PHONE,
    form="spoken",
    pieces=("spoken",),
    proof=Outcome.READ,  # somebody pressed the key
    # Nobody sees it on a lock screen, and it must say where a person can make sure that it is real.
    short=False,
    rings=True,
    # No limit for all: one of a provider's would stop the approval of notices that nobody is to hear by telephone.
    limit=None,
    count=lambda texts: minutes(texts["spoken"]),
    measure=lambda texts: f"about {seconds(texts['spoken']):.0f} seconds, said {SAID} times",
    paced_in_parts=False,  # billed by the minute, paced by the call
)


class Prompt(Strict):
    """What is said to whoever picks up and after the notice, and the named reader who reviewed it."""

    greets: str
    asks: str
    reviewed_by: str


class Prompts(Strict):
    """The key for yes and the one for no, and the words that ask for them by language."""

    key: str
    no_key: str
    words: Mapping[str, Prompt]


@cache
def prompts() -> Prompts:
    """The words that ask for a key. Raises BadInput naming file, line and field."""
    return read_pack(Path(__file__).with_name("prompts.yaml"), Prompts)
