"""What a push vendor's own code, which comes with 200, means for the one device of a request."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Sent, redacted


class Verdict(NamedTuple):
    """Outcome, reason, whether it holds for good, and the seconds to wait where it does not."""

    outcome: Outcome
    reason: Reason
    permanent: bool = False
    wait: float = 0.0

    def on(self, message: Message, tree: Mapping[str, Any]) -> Sent:
        """This verdict on `message`; of the vendor's answer `tree` all is kept but the address."""
        raw = redacted(dict(tree), message.to.value)
        return Sent(
            message.reference, self.outcome, self.reason, self.permanent, retry_after=self.wait or None, raw=raw
        )


DOUBT = Verdict(Outcome.IN_DOUBT, Reason.PROVIDER_ERROR)
LOG_IN = Verdict(Outcome.REFUSED, Reason.CREDENTIALS, wait=60.0)
NOT_OURS = Verdict(Outcome.REFUSED, Reason.NOT_PERMITTED, wait=60.0)  # of the app, its rights or its classes
BUSY = Verdict(Outcome.REFUSED, Reason.PROVIDER_ERROR, wait=10.0)
OTHER = Verdict(Outcome.REFUSED, Reason.OTHER, wait=60.0)  # it may be of the app: nobody is given up for it
TOO_FAST = Verdict(Outcome.THROTTLED, Reason.RATE_LIMITED, wait=1.0)
TOO_MANY = Verdict(Outcome.THROTTLED, Reason.RATE_LIMITED, wait=3600.0)  # of the day
TOO_LONG = Verdict(Outcome.REFUSED, Reason.TOO_LONG, permanent=True)
UNREACHABLE = Verdict(Outcome.REFUSED, Reason.UNREACHABLE, wait=60.0)
NO_SUCH_DEVICE = Verdict(Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
_STATUSES = {429: TOO_FAST, 503: BUSY}


def verdict(codes: Mapping[int, Verdict], status: int, code: object) -> Verdict:
    """By the vendor's `code` where it is known, else by the HTTP status: what is not the vendor's own words, nobody can
    know; and a code of theirs that is unknown gives nobody up."""
    if isinstance(code, int) and code in codes:
        return codes[code]
    if status in _STATUSES:
        return _STATUSES[status]
    return DOUBT if status >= 500 or (status < 300 and not isinstance(code, int)) else OTHER
