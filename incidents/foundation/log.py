"""Log lines with opaque ids, counts and words of ours only: one look for an incident's id gives the whole story."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from incidents.foundation.privacy import is_opaque

_WORDS = {"channel", "code", "from", "language", "phase", "provider", "to"}  # of these the text is a word of ours
_logger = structlog.get_logger("tocsin")


def note(what: str, **said: Any) -> None:
    """One line now. `said` holds ids, counts and words of ours."""
    if structlog.is_configured():  # else nobody has said where lines go, and stdout is for answers
        _logger.info(what, **said)


def during(**ids: str) -> AbstractContextManager[None]:
    """Every line of this thread carries these ids until the block ends."""
    return structlog.contextvars.bound_contextvars(**ids)


def note_when_kept(tx: Session, what: str, detail: Mapping[str, Any], **ids: str) -> None:
    """One line once the transaction is committed: what was rolled back did not happen. Of `detail` only ids, numbers
    and words of ours are taken, whatever else stands in it."""
    said = {name: value for name, value in detail.items() if _is_ours(name, value)} | ids
    event.listen(tx, "after_commit", lambda _tx: note(what, **said), once=True)


def _is_ours(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return name in _WORDS or (name != "person" and is_opaque(value))
    return isinstance(value, int | float)
