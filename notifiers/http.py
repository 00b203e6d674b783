"""The one HTTP client of this room: libcurl, many in flight; never repeats what the server may have acted on."""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import islice
from time import monotonic
from typing import Any, TypeVar
from urllib.request import getproxies

import certifi
import pycurl

Key = TypeVar("Key")

# In one turn no more than so many are begun, and none after so many seconds. What is begun in one burst is answered in
# one, with nothing to do in between; and whoever hands us the calls may pause for the pace or the database.
_BURST, _PATIENCE = 256, 0.005


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


@dataclass(frozen=True)
class Lost:
    """No answer came. `left` is whether any of the body had been handed to the wire: then nobody knows what the server
    did, and the request must not be repeated by a machine. `why` is libcurl's number and word, no address in it."""

    left: bool
    why: str


class Lines:
    """Connections to providers, kept open between batches; one set for each exchange under way, because libcurl's multi
    cannot be shared."""

    def __init__(self, *, in_flight: int = 64, connections: int = 32, timeout: float = 60.0, ca_file: str = "") -> None:
        self._new = partial(_Line, in_flight, connections, timeout, ca_file)
        self._idle: list[_Line] = []

    def exchange(self, calls: Iterable[tuple[Key, Call]]) -> Iterator[tuple[Key, Answer | Lost]]:
        """Make every call, `in_flight` at a time; gives each answer under its key as it comes, and asks for no more
        calls than it can make at once. Raises nothing for the network's fault."""
        line = self._line()
        try:
            yield from line.exchange(calls)
        finally:
            self._idle.append(line)

    def one(self, call: Call) -> Answer | Lost:
        """One call and its answer."""
        return next(iter(dict(self.exchange([(0, call)])).values()))

    def _line(self) -> "_Line":
        try:
            return self._idle.pop()
        except IndexError:  # to look first would be to race other threads
            return self._new()


class _Line:
    """One thread's connections. libcurl's own methods are kept by name: to look one up on its objects costs as much as
    the call."""

    def __init__(self, in_flight: int, connections: int, timeout: float, ca_file: str) -> None:
        multi: Any = pycurl.CurlMulti()
        multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        # libcurl by itself stops at 100 streams a connection; how many there may be is for the server to say.
        multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, in_flight)
        self._add, self._remove = multi.add_handle, multi.remove_handle
        self._perform, self._select, self._info_read = multi.perform, multi.select, multi.info_read
        self._timeout, self._ca_file = timeout, ca_file
        self._free: list[_Trip] = []
        self._in_flight = in_flight

    def exchange(self, calls: Iterable[tuple[Key, Call]]) -> Iterator[tuple[Key, Answer | Lost]]:
        waiting, more = iter(calls), True
        under_way: dict[pycurl.Curl, tuple[Key, _Trip]] = {}
        try:
            while more or under_way:
                more = more and self._begin(waiting, under_way)
                self._perform()
                ended = self._ended()
                for easy, number in ended:
                    key, trip = under_way.pop(easy)
                    answer = trip.lost(number) if number else trip.answer()
                    self._release(trip)
                    yield key, answer
                if not ended and not (more and len(under_way) < self._in_flight):
                    self._select(0.1)
        finally:
            for _, trip in under_way.values():
                self._release(trip)

    def _begin(self, waiting: Iterator[tuple[Key, Call]], under_way: "dict[pycurl.Curl, tuple[Key, _Trip]]") -> bool:
        """Begin as many as there is room for; whether there may be more to begin."""
        room, until = min(_BURST, self._in_flight - len(under_way)), monotonic() + _PATIENCE
        for key, call in islice(waiting, room):
            trip = self._free.pop() if self._free else _Trip(self._timeout, self._ca_file)
            trip.begin(call)
            under_way[trip.easy] = (key, trip)
            self._add(trip.easy)
            room -= 1
            if monotonic() > until:
                return True
        return room == 0

    def _ended(self) -> list[tuple[pycurl.Curl, int]]:
        ended: list[tuple[pycurl.Curl, int]] = []
        left = 1
        while left:
            left, good, bad = self._info_read(self._in_flight)
            ended += [(easy, 0) for easy in good]
            ended += [(easy, number) for easy, number, _ in bad]
        return ended

    def _release(self, trip: "_Trip") -> None:
        self._remove(trip.easy)
        self._free.append(trip)


class _Trip:
    """One request under way: what of the body has left, and what of the answer has come. It is used again and again,
    because to set up libcurl's handle costs more than the request; only what differs from the last one is set."""

    def __init__(self, timeout: float, ca_file: str) -> None:
        self.easy = _easy(timeout, ca_file)
        self._set, self._get = self.easy.setopt, self.easy.getinfo
        self._url = ""
        self._headers: tuple[str, ...] | None = None
        self._length: int | None = None  # of the body; -1 where there is none
        self._source = BytesIO()
        self._came: list[bytes] = []
        self._lines: list[bytes] = []
        self._set(pycurl.WRITEFUNCTION, self._came.append)
        self._set(pycurl.HEADERFUNCTION, self._lines.append)
        # libcurl silently repeats a POST when a reused connection dies before the answer, even if the server has
        # acted. Given a reader and no way to rewind it, it repeats only what has not left and otherwise fails.
        self._set(pycurl.READFUNCTION, self._source.read)

    def begin(self, call: Call) -> None:
        self._came.clear()
        self._lines.clear()
        if call.url != self._url:
            self._url = call.url
            self._set(pycurl.URL, call.url)
        if call.headers is not self._headers:
            self._headers = call.headers
            self._set(pycurl.HTTPHEADER, list(call.headers))
        length = -1 if call.body is None else len(call.body)
        if length != self._length:
            self._set_length(length)
        self._source.__init__(call.body or b"")  # type: ignore[misc]  # fills anew the reader that libcurl knows

    def answer(self) -> Answer:
        return Answer(self._get(pycurl.RESPONSE_CODE), self._lines.copy(), b"".join(self._came))

    def lost(self, number: int) -> Lost:
        # libcurl's own message may hold the host or the address we wrote to; its number says enough.
        return Lost(self._source.tell() > 0, f"{number} {_WORDS.get(number, 'network error')}")

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


def _easy(timeout: float, ca_file: str) -> Any:
    easy = pycurl.Curl()
    options: list[tuple[int, int | str]] = [
        (pycurl.NOSIGNAL, 1),
        (pycurl.CONNECTTIMEOUT_MS, 10_000),
        (pycurl.TIMEOUT_MS, int(timeout * 1000)),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
        (pycurl.PIPEWAIT, 1),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.USERAGENT, "tocsin"),
        (pycurl.UPLOAD_BUFFERSIZE, 16_384),  # libcurl's least: it takes and gives back this much for each request
    ]
    for option, value in options:
        easy.setopt(option, value)
    if not getproxies():  # else libcurl looks for one again and again
        easy.setopt(pycurl.PROXY, "")
    # The wheel of libcurl knows no certificates of its own: the setting, the system's, or certifi's.
    easy.setopt(pycurl.CAINFO, ca_file or ssl.get_default_verify_paths().cafile or certifi.where())
    return easy


_WORDS: Mapping[int, str] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "the name of the host is not known",
    pycurl.E_COULDNT_CONNECT: "no connection",
    pycurl.E_OPERATION_TIMEDOUT: "no answer in time",
    pycurl.E_SSL_CONNECT_ERROR: "no TLS connection",
    pycurl.E_PEER_FAILED_VERIFICATION: "the certificate is not trusted",
    pycurl.E_GOT_NOTHING: "the line closed without an answer",
    pycurl.E_RECV_ERROR: "the line broke",
    pycurl.E_SEND_ERROR: "the line broke",
    pycurl.E_SEND_FAIL_REWIND: "the line broke after the request had left",
}
