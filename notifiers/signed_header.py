"""The Tocsin-Signature header: which company speaks, when and for what use; one of that company's secrets checks it.

`v=1,c=<company>,t=<seconds since 1970>[,<more>],s=<hexadecimal>`. What is signed is the use, the header up to `,s=` and
the body, a line break between them, so a part that a later version adds is covered without anything here being changed.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from notifiers.provider import Forged
from packs import BadInput

HEADER = "Tocsin-Signature"
SHORTEST, MOST = 32, 2  # characters of a secret; secrets of one company that hold at once
_COMPANY = re.compile(r"[a-z0-9_-]{1,64}")
_TIME = re.compile(r"[0-9]{1,12}")


class Signatures:
    """Checks headers by the secrets of each company; times are in seconds."""

    def __init__(self, secrets: Mapping[str, Sequence[bytes]], *, skew: int) -> None:
        self._secrets, self._skew = secrets, skew

    def check(self, use: str, header: str, body: bytes, *, now: Callable[[], datetime], window: int) -> dict[str, str]:
        """The parts of the header. Raises Forged unless one of its company's secrets signed it for this use and this
        body, at most `window` before now and at most the allowed skew after it."""
        said, _, signature = header.rpartition(",s=")
        parts = _parts(said)
        text = f"{use}\n{said}\n".encode() + body
        known = self._secrets.get(parts["c"], ())
        if not any(hmac.compare_digest(_hmac(secret, text), signature.encode()) for secret in known):
            raise Forged("the signature does not fit")
        age = now().timestamp() - int(parts["t"])
        if not -self._skew <= age <= window:
            raise Forged("it was signed too long ago, or by a clock that is ahead")
        return parts


def read_secrets(text: str, *, name: str) -> dict[str, tuple[bytes, ...]]:
    """`company=secret` apart by spaces -> the secrets of each company. Raises BadInput naming the setting `name` (and
    never a secret) for what cannot be read, a secret that is short or two companies share, and more than two of one."""
    found: dict[str, tuple[bytes, ...]] = {}
    whose: dict[bytes, str] = {}
    for place, word in enumerate(text.split(), start=1):
        company, _, secret = word.partition("=")
        if not _COMPANY.fullmatch(company) or len(secret) < SHORTEST:
            raise BadInput(f"{name}: entry {place} must be company=secret, the secret {SHORTEST} characters or more.")
        if whose.setdefault(secret.encode(), company) != company:
            raise BadInput(f"{name}: {whose[secret.encode()]} and {company} have the same secret.")
        found[company] = (*found.get(company, ()), secret.encode())
        if len(found[company]) > MOST:
            raise BadInput(f"{name}: {company} has more than {MOST} secrets.")
    return found


def _parts(said: str) -> dict[str, str]:
    """The parts before the signature. Raises Forged where one is there twice or missing, or the version is unknown."""
    pairs = [part.partition("=")[::2] for part in said.split(",")]
    parts = dict(pairs)
    if not said.isascii() or len(parts) != len(pairs) or pairs[0] != ("v", "1"):
        raise Forged("a header that is none")
    if not _COMPANY.fullmatch(parts.get("c", "")) or not _TIME.fullmatch(parts.get("t", "")):
        raise Forged("a header without company or time")
    return parts


def _hmac(secret: bytes, text: bytes) -> bytes:
    return hmac.new(secret, text, hashlib.sha256).hexdigest().encode()
