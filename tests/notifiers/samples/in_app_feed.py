"""The stage of the feed that an app polls: nothing can go wrong, and the app's backend tells what was read."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.backend import OTHER, OTHER_SECRET, SECRET, SECRETS, asking, signed_events
from tests.notifiers.samples import Stage

ADDRESS = "account-of-mya-4711"
AT = 1772802000  # the contract test's own clock


def stage(_folder: Path) -> Stage:
    return Stage(
        environment={"TOCSIN_FEED_SECRETS": SECRETS},
        address=ADDRESS,
        secrets=(SECRET, OTHER_SECRET, ADDRESS),
        stop=lambda: None,
        receipts=lambda reference: [
            signed_events([{"notice": reference, "event": word}], at=AT) for word in ("delivered", "read")
        ],
        forged=(
            WebhookRequest("/", {}, b'{"events": []}'),
            WebhookRequest("/", {"Tocsin-Signature": f"v=1,c={OTHER},t={AT},s=00"}, b'{"events": []}'),
            WebhookRequest("/", {"Tocsin-Signature": asking(ADDRESS, at=AT)}, b""),
            signed_events([], at=AT, secret=OTHER_SECRET),
            signed_events([], at=AT, company="nobody"),
            signed_events([], at=AT - 301),
            signed_events([], at=AT + 61),
        ),
    )
