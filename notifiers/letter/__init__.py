"""Letters on paper: handed to whoever prints and posts them, and told of by whoever tracks or returns them."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="Letter",
    address=AddressKind.POSTAL,
    form="letter",
    pieces=("subject", "plain"),
    # Handed over it is accepted; only a tracked letter can be said to be delivered.
    proof=Outcome.DELIVERED,
)
