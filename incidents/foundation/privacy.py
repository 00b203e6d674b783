"""Keeps personal data out of logs: masks what looks like a contact point, wherever it stands."""

import re
from collections.abc import MutableMapping
from typing import Any

_OPAQUE = re.compile(r"[a-z]{1,6}_[0-9a-z]{26}(-\d+)?")  # ids.new_id; some hold as many digits as a telephone number
_OURS = {"timestamp", "level", "trace_id"}
_CONTACTS = re.compile(r"[^\s<>\"'@]+@[^\s<>\"'@]+\.[^\s<>\"'@]+|\+?\d[\d\s().-]{7,}\d")


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
