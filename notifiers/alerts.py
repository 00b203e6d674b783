"""Alerts to colleagues by chat, pager and mail, through Apprise; it is no channel and never tells the public."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from packs import BadInput

SECONDS = 10  # in all; whoever hangs is given up, and tried again later


@dataclass(frozen=True)
class Alerts:
    """Two sets of Apprise addresses: the usual one, and one that stands apart from the company's own mail and log-in.
    Addresses are secrets and show themselves nowhere."""

    usual: tuple[str, ...] = field(repr=False)
    apart: tuple[str, ...] = field(repr=False, default=())

    @classmethod
    def read(cls, usual: str, apart: str) -> "Alerts | None":
        """From two settings, addresses apart by spaces or line breaks; None where both are empty. Raises BadInput
        naming the place of an address that nothing can be sent to."""
        made = cls(tuple(usual.split()), tuple(apart.split()))
        if not made.usual and not made.apart:
            return None
        for name, addresses in (("TOCSIN_ALERTS", made.usual), ("TOCSIN_ALERTS_OUT_OF_BAND", made.apart)):
            _opened(addresses, name)
        return made

    def targets(self, *, out_of_band: bool) -> tuple[str, ...]:
        """The names of the set's targets, by their place in the setting: an address is a secret."""
        return tuple(self._named(out_of_band))

    def tell(self, messages: Mapping[str, tuple[str, str]]) -> dict[str, bool]:
        """Target -> whether it took its message (title, text), all at once. Never raises."""
        known = self._named(False) | self._named(True)
        there = [(target, known[target], *message) for target, message in messages.items() if target in known]
        with ThreadPoolExecutor(max(1, len(there)), thread_name_prefix="alerts") as pool:
            took = list(pool.map(_told, there))
        return dict.fromkeys(messages, False) | dict(zip((target for target, *_ in there), took, strict=True))

    def _named(self, out_of_band: bool) -> dict[str, str]:
        name, addresses = ("out of band", self.apart) if out_of_band else ("usual", self.usual)
        return {f"{name} {place}": address for place, address in enumerate(addresses, start=1)}


def _told(one: tuple[str, str, str, str]) -> bool:
    _, address, title, text = one
    try:
        return bool(_opened([address], "").notify(body=text, title=title, timeout=SECONDS))
    except Exception:  # noqa: BLE001 - a plugin of theirs may raise anything, with an address in its text
        return False


def _opened(addresses: Sequence[str], name: str) -> Any:
    # Loading it takes a third of a second, which no command without alerts need wait for.
    import apprise  # noqa: PLC0415

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines name hosts and paths
    asset = apprise.AppriseAsset(app_id="Tocsin", app_desc="Tocsin", app_url="", service_timeout=SECONDS)
    opened = apprise.Apprise(asset=asset)
    for place, address in enumerate(addresses, start=1):
        if not opened.add(address):
            raise BadInput(f"{name}: entry {place} is no address that an alert can be sent to.")
    return opened
