"""A browser's push subscription as its site keeps it: where its push service is, and the keys to write for it alone."""

import base64
import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from notifiers.outside import is_outside

_PRINTED = re.compile(r"[!-~]{1,2048}")


@dataclass(frozen=True)
class Subscription:
    """All of it is an address: nothing is ever shown. `origin` is the endpoint's scheme, host and port."""

    endpoint: str = field(repr=False)
    origin: str = field(repr=False)
    host: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)


def read_subscription(written: str, *, inside: bool) -> Subscription | None:
    """The subscription in this JSON, as PushSubscription.toJSON() writes it (W3C Push API); None for what is none, and
    for an endpoint without TLS or on a machine inside, unless `inside` allows that."""
    try:
        tree = json.loads(written)
        endpoint = str(tree["endpoint"])
        p256dh, auth = _bytes(tree["keys"]["p256dh"]), _bytes(tree["keys"]["auth"])
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
        place = urlsplit(endpoint)
        origin = f"{place.scheme}://{_authority(place)}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if len(auth) != 16 or not _PRINTED.fullmatch(endpoint) or not (inside or _lies_outside(place)):
        return None
    return Subscription(endpoint, origin, _authority(place), p256dh, auth)


def _bytes(text: Any) -> bytes:
    plain = str(text).rstrip("=").replace("+", "-").replace("/", "_")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)


def _authority(place: SplitResult) -> str:
    """Host and port as an origin has them (RFC 6454 section 6.2). Raises ValueError where there is no such host."""
    host = (place.hostname or "").lower()
    if not host or place.username is not None or place.password is not None:
        raise ValueError("no host, or a log-in before it")
    host = f"[{host}]" if ":" in host else host
    return host if place.port in {None, 443} else f"{host}:{place.port}"


def _lies_outside(place: SplitResult) -> bool:
    """What can be said before a name is looked up; the connection itself is looked at again."""
    host = place.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return place.scheme == "https" and "." in host.rstrip(".")
    return place.scheme == "https" and is_outside(host)
