"""E-mail to one mailbox."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="E-mail",
    address=AddressKind.EMAIL,
    form="email",
    pieces=("subject", "plain"),
    optional=("html",),
    proof=Outcome.DELIVERED,
)
