"""Keeps personal data out of logs: masks what looks like a contact point; and how few people a count may describe."""

import re
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

_OPAQUE = re.compile(r"[a-z]{1,6}_[0-9a-z]{26}(-\d+)?")  # ids.new_id; some hold as many digits as a telephone number
_OURS = {"timestamp", "level", "trace_id"}
_CONTACTS = re.compile(r"[^\s<>\"'@]+@[^\s<>\"'@]+\.[^\s<>\"'@]+|\+?\d[\d\s().-]{7,}\d")
# Fewer people than this are not described by what they have in common: whoever knows one would learn the rest. Ten is
# the threshold of research data services (UK LLC, guidebook.ukllc.ac.uk, statistical disclosure control).
FEWEST_ALIKE = 10


def described(counts: Mapping[tuple[Any, ...], int], keep: Sequence[int]) -> tuple[dict[tuple[Any, ...], int], int]:
    """`counts` of people by their traits, with no fewer than FEWEST_ALIKE in any, and how many are left undescribed.

    Who are too few are counted together by their first traits, the others None: as many as the next number of `keep`
    says, and so on. Nobody is in two counts, so that no difference of any describes fewer.
    """
    found: dict[tuple[Any, ...], int] = {}
    left = Counter(counts)
    for many in keep:
        together: Counter[tuple[Any, ...]] = Counter()
        for traits, people in left.items():
            together[traits[:many] + (None,) * (len(traits) - many)] += people
        found |= {traits: people for traits, people in together.items() if people >= FEWEST_ALIKE}
        left = Counter({traits: people for traits, people in together.items() if people < FEWEST_ALIKE})
    return found, left.total()


def masked(text: str) -> str:
    """`text` with whatever looks like an e-mail address or a telephone number blotted out."""
    return _CONTACTS.sub("[masked]", text)


def is_opaque(text: str) -> bool:
    """Whether this is an id of ours and nothing else."""
    return _OPAQUE.fullmatch(text) is not None


def mask_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog step: masks every text value but the time. The net below the rule, not the rule."""
    for key, value in event.items():
        if isinstance(value, str) and key not in _OURS and not is_opaque(value):
            event[key] = masked(value)
    return event
