"""Short messages to a telephone number."""

from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome
from notifiers.segments import Segments, segments


def _parts(cut: Segments) -> str:
    return f"{cut.count} {'part' if cut.count == 1 else 'parts'}, {cut.encoding}"


CHANNEL = Channel(
    label="SMS",
    address=AddressKind.PHONE,
    form="short",
    pieces=("short",),
    proof=Outcome.DELIVERED,
    short=True,
    limit=1600,  # Twilio's `Body`: "up to 1,600 characters"
    count=lambda texts: segments(texts["short"]).count,
    measure=lambda texts: _parts(segments(texts["short"])),
)
