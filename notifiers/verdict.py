"""What a provider's answer means for one message, in the few kinds that there are: each provider's table maps to these.

What nobody knows is never the end for anybody (docs/decisions/0046-unknown-refusals.md).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from notifiers.outcome import Outcome, Reason, Sent


class Verdict(NamedTuple):
    """One entry of such a table. `permanent`: the same message to the same address will never succeed."""

    outcome: Outcome
    reason: Reason
    permanent: bool = False

    def sent(self, reference: str, raw: Mapping[str, Any], *, wait: float) -> Sent:
        """What became of the message `reference`; `wait` (seconds) counts where it may go again."""
        again = None if self.permanent or self.outcome is Outcome.IN_DOUBT else wait
        return Sent(reference, *self, retry_after=again, raw=raw)


def for_good(reason: Reason) -> Verdict:
    """This provider will never take this message for this address: the person takes the next route."""
    return Verdict(Outcome.REFUSED, reason, permanent=True)


def for_now(reason: Reason) -> Verdict:
    """Not taken, and that may pass: it goes again, a few times."""
    return Verdict(Outcome.REFUSED, reason)


SLOWER = Verdict(Outcome.THROTTLED, Reason.RATE_LIMITED)
ILL = for_now(Reason.PROVIDER_ERROR)  # it failed, and took nothing
UNSURE = Verdict(Outcome.IN_DOUBT, Reason.PROVIDER_ERROR)  # it failed, and may have taken it
LOG_IN = for_now(Reason.CREDENTIALS)  # ours to put right, as is the next: the batch stops, and nobody is refused
OURS = for_now(Reason.OUR_ACCOUNT)
LOG_IN_ENDED = for_now(Reason.LOG_IN_ENDED)
UNKNOWN = for_now(Reason.OTHER)


def by_status(status: int, own: Mapping[int, Verdict] | None = None) -> Verdict:
    """What an HTTP answer says whose code nobody knows: by the provider's `own` page, else by RFC 9110 and 6585. What
    came from a server that failed, and a success that is none, may have been taken; anything else is unknown."""
    if own and status in own:
        return own[status]
    if status == 429:
        return SLOWER
    if status == 401:  # RFC 9110 section 15.5.2; a 403 may be about anything (section 15.5.4)
        return LOG_IN
    return UNKNOWN if 300 <= status < 500 else UNSURE


def by_code(code: int | None, status: int, codes: Mapping[int, Verdict]) -> Verdict:
    """For a provider that answers with a number of its own, often with 200: what `codes` says of it, else what the
    status says; a number that comes with a success and is not among them is unknown."""
    if code is not None and code in codes:
        return codes[code]
    return UNKNOWN if code is not None and status < 300 else by_status(status)


def by_words(said: str, status: int, words: Mapping[tuple[int, str], Verdict], own: Mapping[int, Verdict]) -> Verdict:
    """For a provider that tells cases apart by words beside the status: those of `words` that stand in `said`, in any
    case, else what the status says."""
    plain = said.lower()
    known = (verdict for (code, part), verdict in words.items() if code == status and part in plain)
    return next(known, None) or by_status(status, own)
