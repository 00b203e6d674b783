"""What providers' HTTP answers have in common: no answer, Retry-After, JSON that may not be JSON."""

from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from notifiers.http import Answer, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Sent, redacted
from notifiers.provider import Setup


def lost(reference: str, answer: Lost) -> Sent:
    """No answer: in doubt when the request may have arrived, a passing fault when it cannot have."""
    raw = {"network": answer.why}
    if answer.left:
        return Sent(reference, Outcome.IN_DOUBT, Reason.NO_ANSWER, raw=raw)
    return Sent(reference, Outcome.REFUSED, Reason.PROVIDER_ERROR, retry_after=30.0, raw=raw)


def unsent(message: Message, reason: Reason) -> Sent:
    """Refused for good here: the provider was asked nothing."""
    return Sent(message.reference, Outcome.REFUSED, reason, permanent=True, raw={"refused": "here, nothing was sent"})


def answered(answer: Answer | Lost, has: str = "", *, no_such: int | None = None) -> dict[str, Any] | None:
    """What a question brought: the object in a 200, which has to hold `has`; nothing where a 404 has `no_such`, the
    provider's own code by which it says that it has no such message; None where nobody answered. Any other 404, as to
    a question for a list, which is always there, is about our address or account and says nothing of the message."""
    if isinstance(answer, Lost) or answer.status not in {200, 404}:
        return None
    tree = read_json(answer.body)
    if answer.status == 200:
        return tree if "unreadable" not in tree and (not has or has in tree) else None
    return {} if no_such is not None and code_in(tree, "code") == no_such else None


def retry_after(answer: Answer, *, now: float, default: float) -> float:
    """Seconds to wait, from Retry-After (RFC 9110 section 10.2.3: seconds or a date), else `default`."""
    value = answer.header("retry-after")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        from_date = _seconds_until(value, now)
    except (TypeError, ValueError):
        return default
    return max(0.0, from_date)


def _seconds_until(value: str, now: float) -> float:
    return parsedate_to_datetime(value).timestamp() - now


def read_json(body: bytes) -> dict[str, Any]:
    """The object in `body`; what is no JSON object is said to be unreadable and counted, not kept."""
    try:
        tree = orjson.loads(body)
    except ValueError:
        return {"unreadable": True, "bytes": len(body)}
    return tree if isinstance(tree, dict) else {"unreadable": True, "bytes": len(body)}


def kept(setup: Setup, tree: Any, messages: Iterable[Message], *more: str) -> Any:
    """What is kept of a refusal. Whatever the other side says again of our request, there is no secret of ours in it,
    no address, no word of the notice, and nothing of `more` (a token that was fetched, a number of ours)."""
    hidden = {*setup.secrets, *more}
    for message in messages:
        value = message.to.value
        hidden |= {value, value.lower(), value.lstrip("+")}
        hidden |= {text for text in message.texts.values() if len(text) >= _WORDS}
    return redacted(tree, *sorted(hidden, key=len, reverse=True))


_WORDS = 4  # characters: shorter pieces of a notice would blot out half of what a provider says, and tell nothing


def code_in(tree: dict[str, Any], name: str) -> int | None:
    """The number of its own by which a provider answers, from the field `name`; None where there is none."""
    code = tree.get(name)
    return code if isinstance(code, int) else None


def proof(body: bytes, *names: str) -> dict[str, Any]:
    """Of an acceptance, what proves it: the rest says the request again, address and words among it."""
    tree = read_json(body)
    return tree if "unreadable" in tree else {name: tree[name] for name in names if name in tree}
