"""Push notifications to an app on a device."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="Push",
    address=AddressKind.DEVICE_TOKEN,
    form="push",
    pieces=("title", "body"),
    proof=Outcome.ACCEPTED,  # no push provider of this folder tells whether a phone showed it
    short=True,
    limit=1000,  # FCM and APNs carry 4096 bytes in all; a Burmese or Chinese character is three
)
