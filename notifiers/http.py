"""The one HTTP client of this room, HTTP/2 where the server speaks it."""

from dataclasses import dataclass, field
from functools import partial

import pycurl

from notifiers import libcurl
from notifiers.libcurl import Lost, Trip
from notifiers.outside import only_outside

__all__ = ["Answer", "Call", "Lines", "Lost"]


@dataclass(slots=True)
class Call:
    """One request. Headers carry credentials and the body personal data, so neither is ever shown."""

    url: str = field(repr=False)
    body: bytes | None = field(default=None, repr=False)  # None: GET
    headers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class Answer:
    """What the server answered; the lines of its header as they came."""

    status: int
    lines: list[bytes] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """The last value of the header `name` (any case), or an empty string."""
        start = f"{name}:".encode().lower()
        values = [line[len(start) :] for line in self.lines if line[: len(start)].lower() == start]
        return values[-1].strip().decode("latin-1") if values else ""


class Lines(libcurl.Lines[Call, Answer]):
    """Connections to web APIs. One of HTTP/2 carries a hundred requests at once, fewer where its server says so: more
    in flight than that on all connections would wait inside libcurl, which looks at each of them at every turn.
    `outside` is for addresses that somebody else wrote: no connection goes to a machine inside."""

    def __init__(
        self,
        *,
        in_flight: int = 64,
        connections: int = 32,
        timeout: float = 60.0,
        ca_file: str = "",
        outside: bool = False,
    ) -> None:
        options = libcurl.options_for(timeout, ca_file) | _OPTIONS | (only_outside() if outside else {})
        super().__init__(partial(_Request, options), in_flight, connections, corked=True)


_OPTIONS = {
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_2TLS,
    pycurl.PIPEWAIT: 1,
    pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
    pycurl.USERAGENT: "tocsin",
}


class _Request(Trip[Call, Answer]):
    _url = ""
    _headers: tuple[str, ...] | None = None
    _length: int | None = None  # of the body; -1 where there is none

    def begin(self, asked: Call) -> None:
        if asked.url != self._url:
            self._url = asked.url
            self._set(pycurl.URL, asked.url)
        if asked.headers is not self._headers:
            self._headers = asked.headers
            self._set(pycurl.HTTPHEADER, list(asked.headers))
        length = -1 if asked.body is None else len(asked.body)
        if length != self._length:
            self._set_length(length)
        self._load(asked.body or b"")

    def answer(self, number: int) -> Answer | Lost:
        if number:
            return self._lost(number)
        return Answer(self._get(pycurl.RESPONSE_CODE), self._lines.copy(), b"".join(self._came))

    def _set_length(self, length: int) -> None:
        if length < 0:
            self._set(pycurl.HTTPGET, 1)
        else:
            self._set(pycurl.POST, 1)
            self._set(pycurl.POSTFIELDSIZE_LARGE, length)
        # At this speed, HTTP/2's first window, libcurl sends no frame of its own to open each request's window further,
        # which would cost a record of TLS and a write a message. What is asked for may be longer than an answer.
        self._set(pycurl.MAX_RECV_SPEED_LARGE, 0 if length < 0 else 65_536)
        self._length = length
