"""The call list: people of the house telephone people, one by one, and write down what became of each call."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome
from notifiers.voice_time import seconds

CHANNEL = Channel(
    label="Call list",
    address=AddressKind.PHONE,
    form="spoken",
    pieces=("spoken",),
    proof=Outcome.READ,
    measure=lambda texts: f"about {seconds(texts['spoken']):.0f} seconds, read aloud",
    rings=True,
    by_people=True,
    after="voice",
)
