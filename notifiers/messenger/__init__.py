"""Short messages to a person's account in a messenger."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="Messenger",
    address=AddressKind.MESSENGER_ID,
    form="short",
    pieces=("short",),
    proof=Outcome.READ,  # WhatsApp says so of those who let it
    short=True,  # a locked screen shows it
    limit=1000,  # WhatsApp carries 1024 characters in a template's body, Messenger 2000, Telegram 4096, LINE 5000
)
