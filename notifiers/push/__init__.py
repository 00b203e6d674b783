"""Push notifications to an app on a device."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome

CHANNEL = Channel(
    label="Push",
    address=AddressKind.DEVICE_TOKEN,
    form="push",
    pieces=("title", "body"),
    proof=Outcome.ACCEPTED,  # what each of this folder brings at least; some learn what reached the device
    short=True,
    limit=1000,  # FCM and APNs carry 4096 bytes in all; a Burmese or Chinese character is three
)
