"""Notices within the company's own app, to one account."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="In-app notice",
    address=AddressKind.ACCOUNT,
    form="page",
    pieces=("subject", "plain"),
    optional=("html",),
    proof=Outcome.READ,
)
