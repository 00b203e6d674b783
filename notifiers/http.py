"""The one HTTP client of this room: libcurl, many in flight; never repeats what the server may have acted on."""

import ssl
import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any, TypeVar

import certifi
import pycurl

Key = TypeVar("Key", bound=Hashable)

_VERSION_2_OVER_TLS = pycurl.CURL_HTTP_VERSION_2TLS


@dataclass(frozen=True)
class Call:
    """One request. Headers carry credentials and the body personal data, so neither is ever shown."""

    url: str = field(repr=False)
    body: bytes | None = field(default=None, repr=False)  # None: GET
    headers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Answer:
    """What the server answered. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Lost:
    """No answer came. `left` is whether any of the body had been handed to the wire: then nobody knows what the server
    did, and the request must not be repeated by a machine. `why` is libcurl's number and word, no address in it."""

    left: bool
    why: str


class Lines:
    """Connections to providers, kept open between batches; one set a thread, for libcurl's multi is not shared."""

    def __init__(self, *, in_flight: int = 64, connections: int = 32, timeout: float = 60.0, ca_file: str = "") -> None:
        self._in_flight, self._connections = in_flight, connections
        self._timeout, self._ca_file = timeout, ca_file
        self._mine = threading.local()

    def exchange(self, calls: Iterable[tuple[Key, Call]]) -> Iterator[tuple[Key, Answer | Lost]]:
        """Make every call, `in_flight` at a time; gives each answer under its key as it comes. Raises nothing for the
        network's fault."""
        if not hasattr(self._mine, "line"):
            self._mine.line = _Line(self._in_flight, self._connections, self._timeout, self._ca_file)
        line: _Line = self._mine.line
        return line.exchange(calls)

    def one(self, call: Call) -> Answer | Lost:
        """One call and its answer."""
        return next(iter(dict(self.exchange([(0, call)])).values()))


class _Line:
    def __init__(self, in_flight: int, connections: int, timeout: float, ca_file: str) -> None:
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._new = partial(_easy, timeout, ca_file)
        self._free: list[Any] = []
        self._in_flight = in_flight

    def exchange(self, calls: Iterable[tuple[Key, Call]]) -> Iterator[tuple[Key, Answer | Lost]]:
        waiting = iter(calls)
        open_: dict[pycurl.Curl, tuple[Key, _Trip]] = {}
        try:
            while True:
                for key, call in islice(waiting, self._in_flight - len(open_)):
                    easy = self._free.pop() if self._free else self._new()
                    open_[easy] = (key, _Trip(easy, call))
                    self._multi.add_handle(easy)
                if not open_:
                    return
                self._turn()
                for easy, number, why in self._ended():
                    key, trip = open_.pop(easy)
                    self._release(easy)
                    yield key, trip.answer(easy) if number == 0 else Lost(trip.left, f"{number} {why}")
        finally:
            for easy in open_:
                self._release(easy)

    def _turn(self) -> None:
        self._multi.perform()
        self._multi.select(1.0)
        self._multi.perform()

    def _ended(self) -> list[tuple[pycurl.Curl, int, str]]:
        ended: list[tuple[pycurl.Curl, int, str]] = []
        while True:
            left, good, bad = self._multi.info_read()
            ended += [(easy, 0, "") for easy in good]
            # libcurl's own message may hold the host or the address we wrote to; its number says enough.
            ended += [(easy, number, _WORDS.get(number, "network error")) for easy, number, _ in bad]
            if not left:
                return ended

    def _release(self, easy: pycurl.Curl) -> None:
        self._multi.remove_handle(easy)
        self._free.append(easy)


class _Trip:
    """One request under way: what of the body has left, and what of the answer has come."""

    def __init__(self, easy: pycurl.Curl, call: Call) -> None:
        self._source = BytesIO(call.body or b"")
        self._came = BytesIO()
        self._headers: dict[str, str] = {}
        easy.setopt(pycurl.URL, call.url)
        easy.setopt(pycurl.HTTPHEADER, [*call.headers, "Expect:"])
        easy.setopt(pycurl.WRITEFUNCTION, self._came.write)
        easy.setopt(pycurl.HEADERFUNCTION, self._header)
        if call.body is None:
            easy.setopt(pycurl.HTTPGET, 1)
            return
        easy.setopt(pycurl.POST, 1)
        easy.setopt(pycurl.POSTFIELDSIZE_LARGE, len(call.body))
        # libcurl silently repeats a POST when a reused connection dies before the answer, even if the server has
        # acted. Given a reader and no way to rewind it, it repeats only what has not left and otherwise fails.
        easy.setopt(pycurl.READFUNCTION, self._source.read)

    @property
    def left(self) -> bool:
        return self._source.tell() > 0

    def answer(self, easy: pycurl.Curl) -> Answer:
        return Answer(easy.getinfo(pycurl.RESPONSE_CODE), self._headers, self._came.getvalue())

    def _header(self, line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self._headers[name.strip().lower()] = value.strip()


def _easy(timeout: float, ca_file: str) -> Any:
    easy = pycurl.Curl()
    options: list[tuple[int, int | str]] = [
        (pycurl.NOSIGNAL, 1),
        (pycurl.CONNECTTIMEOUT_MS, 10_000),
        (pycurl.TIMEOUT_MS, int(timeout * 1000)),
        (pycurl.HTTP_VERSION, _VERSION_2_OVER_TLS),
        (pycurl.PIPEWAIT, 1),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.USERAGENT, "tocsin"),
    ]
    for option, value in options:
        easy.setopt(option, value)
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
