"""Alerts to colleagues by chat, pager and mail, through Apprise; it is no channel and never tells the public."""

import logging
from collections.abc import Sequence
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

    def tell(self, title: str, text: str, *, out_of_band: bool) -> tuple[int, int]:
        """How many took it, and how many did not, of the set; (0, 0) where the set is empty. Never raises."""
        addresses = self.apart if out_of_band else self.usual
        if not addresses:
            return 0, 0
        try:
            done = _opened(addresses, "").notify(body=text, title=title, timeout=SECONDS)
        except Exception:  # noqa: BLE001 - a plugin of theirs may raise anything, with an address in its text
            return 0, len(addresses)
        return done.success_count, len(addresses) - done.success_count


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
