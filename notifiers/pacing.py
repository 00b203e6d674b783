"""The arithmetic of pacing: a GCRA (ITU-T I.371) as a pure function of one stored number and the time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifiers.provider import Pace
from packs import BadInput

_COUNTRY = re.compile(r"(\+\d{1,3})\s+(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Bucket:
    """One provider's pace. `tat` is the theoretical arrival time of the next message, in seconds on any one clock;
    it is the single number that has to be stored, so that one row holds a quota across machines."""

    per_second: float
    burst: int
    tat: float = 0.0

    @property
    def gap(self) -> float:
        """Seconds that one message takes up."""
        return 1.0 / self.per_second if self.per_second > 0 else 0.0


@dataclass(frozen=True)
class Grant:
    """How many may go now, when to ask again (seconds from now; 0 when all may go), and the bucket to store."""

    allowed: int
    wait: float
    bucket: Bucket


def take(bucket: Bucket, wanted: int, now: float) -> Grant:
    """Let through as many of `wanted` as pace and burst allow at `now`."""
    if wanted <= 0:
        return Grant(0, 0.0, bucket)
    if bucket.gap == 0.0:
        return Grant(wanted if now >= bucket.tat else 0, max(0.0, bucket.tat - now), bucket)
    start = max(bucket.tat, now)
    room = bucket.burst * bucket.gap - (start - now)
    allowed = max(0, min(wanted, int(room / bucket.gap + 1e-9)))
    after = replace(bucket, tat=start + allowed * bucket.gap)
    wait = 0.0 if allowed == wanted else max(0.0, after.tat - now - (bucket.burst - 1) * bucket.gap)
    return Grant(allowed, wait, after)


def hold_off(bucket: Bucket, retry_after: float, now: float) -> Bucket:
    """The provider said to come back in `retry_after` seconds: nothing goes before, and then one by one."""
    full = bucket.burst * bucket.gap
    return replace(bucket, tat=max(bucket.tat, now + retry_after + max(0.0, full - bucket.gap)))


def give_back(bucket: Bucket, unused: int) -> Bucket:
    """Return permission that was taken and not used."""
    return replace(bucket, tat=bucket.tat - max(0, unused) * bucket.gap)


def read_paces(text: str, *, name: str) -> Mapping[str, Pace]:
    """Paces of single countries by calling code, from "+95 1, +66 10" (units a second). Raises BadInput naming the
    setting `name`."""
    paces = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        found = _COUNTRY.fullmatch(part)
        if found is None or not float(found[2]):
            raise BadInput(f"{name}: '{part}' is no calling code and units a second, such as '+95 1'.")
        paces[found[1]] = Pace(float(found[2]), burst=max(1, int(float(found[2]) * 10)), source="a setting of ours")
    return paces
