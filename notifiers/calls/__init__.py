"""The call list: people of the house telephone people, one by one, and write down what became of each call."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="Call list",
    address=AddressKind.PHONE,
    form="spoken",
    pieces=("spoken",),
    proof=Outcome.READ,
    rings=True,
    by_people=True,
    after="voice",
)
