"""The announcement: substitute notice to everybody, on a page of ours."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="Announcement",
    address=AddressKind.PUBLIC,
    form="page",
    pieces=("subject", "plain"),
    optional=("html",),
    proof=Outcome.DELIVERED,
    one_by_one=False,
)
