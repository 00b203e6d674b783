"""An access token that is fetched with an app's id and secret, kept until it is about to end, and shared by threads."""

import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from notifiers.answers import read_json
from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Reason, Sent
from notifiers.verdict import for_now

_SPARE = 300.0  # seconds: a token with less left is not begun with


class NoToken(Exception):
    """No token was given. The text holds no secret."""

    def __init__(self, reason: Reason, raw: dict[str, Any]) -> None:
        super().__init__(reason.value)
        self.reason, self.raw = reason, raw

    def refused(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """The outcome of each of these, none of which can be asked without a token."""
        return (for_now(self.reason).sent(message.reference, self.raw, wait=60.0) for message in messages)


def _as_oauth(tree: dict[str, Any]) -> tuple[object, object]:
    return tree.get("access_token"), tree.get("expires_in")


class AccessToken:
    """`call` makes the request for a token, anew each time, since some sign the moment; `read` finds token and seconds
    in the answer, by default as RFC 6749 section 5.1 names them (`access_token`, `expires_in`); `passing` are the
    numbers by which the provider says that it is busy, beside any below nought."""

    def __init__(
        self,
        lines: Lines,
        call: Callable[[], Call],
        now: Callable[[], datetime],
        read: Callable[[dict[str, Any]], tuple[object, object]] = _as_oauth,
        passing: Collection[int] = (),
    ) -> None:
        self._lines, self._call, self._now, self._read, self._passing = lines, call, now, read, passing
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def value(self) -> str:
        """The token, fetched where there is none with time left. Raises NoToken: PROVIDER_ERROR when nobody answered
        properly, CREDENTIALS when the provider knows neither id nor secret."""
        with self._lock:
            if not self._token or self._now().timestamp() > self._until:
                self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """The provider says that this token has ended: the next one is fetched, unless another thread has done so."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _fetch(self) -> None:
        ((_, answer),) = self._lines.exchange(iter([(None, self._call())]))
        if isinstance(answer, Lost):
            raise NoToken(Reason.PROVIDER_ERROR, {"network": answer.why})
        tree = read_json(answer.body)
        token, seconds = self._read(tree)
        if answer.status != 200 or not isinstance(token, str) or not token:
            raise NoToken(*_why(answer, tree, self._passing))
        lasts = float(seconds) if isinstance(seconds, int | float) else 0.0
        # One with no more than the spare time left is still good for what is sent now.
        self._token, self._until = token, self._now().timestamp() + lasts - _SPARE


def _why(answer: Answer, tree: dict[str, Any], passing: Collection[int]) -> tuple[Reason, dict[str, Any]]:
    names = ("error", "sub_error", "errcode", "code", "result", "unreadable", "bytes")
    told: dict[str, Any] = {"status": answer.status}
    told |= {name: tree[name] for name in names if _is_code(tree.get(name))}
    # Vendors that answer 200 with a code of their own mean "not now" by one below nought: busy, too much at once.
    codes = [code for name in ("errcode", "code") if isinstance(code := told.get(name), int)]
    busy = any(code < 0 or code in passing for code in codes)
    failed = answer.status >= 500 or answer.status == 429 or "unreadable" in tree or busy
    return (Reason.PROVIDER_ERROR if failed else Reason.CREDENTIALS), told


def _is_code(value: object) -> bool:
    """Whether this is a number or one of RFC 6749's words: anything longer may say our secret again."""
    return isinstance(value, int) or (isinstance(value, str) and _CODE.fullmatch(value) is not None)


_CODE = re.compile(r"[a-z_]{1,40}")
