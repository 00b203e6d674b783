"""libcurl with many requests under way at once, whatever the protocol; it never repeats what may have been acted on."""

import os
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from time import monotonic
from typing import Any, Generic, TypeVar
from urllib.request import getproxies

import certifi
import pycurl

Key = TypeVar("Key")
Asked = TypeVar("Asked")
Told = TypeVar("Told")

# In one turn no more than so many are begun, and none after so many seconds. What is begun in one burst is answered in
# one, with nothing to do in between; and whoever hands us the calls may pause for the pace or the database.
_BURST, _PATIENCE = 256, 0.005
_TCP_CORK = getattr(socket, "TCP_CORK", -1)


@dataclass(frozen=True)
class Lost:
    """No answer came. `left` is whether any of the body had been handed to the wire: then nobody knows what the server
    did, and the request must not be repeated by a machine. `why` is libcurl's number and word, no address in it."""

    left: bool
    why: str


class Trip(ABC, Generic[Asked, Told]):
    """One request under way: what of the body has left, and what of the answer has come. It is used again and again,
    because to set up libcurl's handle costs more than the request; only what differs from the last one is set."""

    def __init__(self, options: Mapping[int, Any]) -> None:
        self.easy: Any = pycurl.Curl()
        self._set, self._get = self.easy.setopt, self.easy.getinfo
        self._source = BytesIO()
        self._came: list[bytes] = []
        self._lines: list[bytes] = []
        for option, value in options.items():
            self._set(option, value)
        self._set(pycurl.WRITEFUNCTION, self._came.append)
        self._set(pycurl.HEADERFUNCTION, self._lines.append)
        # libcurl silently repeats a POST when a reused connection dies before the answer, even if the server has
        # acted. Given a reader and no way to rewind it, it repeats only what has not left and otherwise fails.
        self._set(pycurl.READFUNCTION, self._source.read)

    @abstractmethod
    def begin(self, asked: Asked) -> None:
        """Make ready to ask."""

    @abstractmethod
    def answer(self, number: int) -> Told | Lost:
        """What came of it; `number` is libcurl's, 0 when it found nothing wrong."""

    def is_stale(self, number: int) -> bool:
        """Whether the server had closed a kept connection before it heard or said a word: then it may be asked anew."""
        unheard = not (self._left or self._lines or self._came)
        return unheard and number in _BROKEN and self._get(pycurl.NUM_CONNECTS) == 0

    def _load(self, body: bytes) -> None:
        self._came.clear()
        self._lines.clear()
        self._source.__init__(body)  # type: ignore[misc]  # fills anew the reader that libcurl knows

    @property
    def _left(self) -> bool:
        return self._source.tell() > 0

    def _lost(self, number: int) -> Lost:
        # libcurl's own message may hold the host or the address we wrote to; its number says enough.
        return Lost(self._left, f"{number} {_WORDS.get(number, 'network error')}")


class Lines(Generic[Asked, Told]):
    """Connections to a provider, kept open between batches; one set for each exchange under way: libcurl's multi
    cannot be shared. They may be `corked` where libcurl never waits for an answer within a turn, as it does for that of
    a mail server to the end of a letter."""

    def __init__(
        self, trip: Callable[[], Trip[Asked, Told]], in_flight: int, connections: int, *, corked: bool = False
    ) -> None:
        self._trip, self._in_flight, self._connections, self._corked = trip, in_flight, connections, corked
        self._idle: list[_Line[Asked, Told]] = []

    def exchange(self, calls: Iterable[tuple[Key, Asked]]) -> Iterator[tuple[Key, Told | Lost]]:
        """Make every call, `in_flight` at a time; gives each answer under its key as it comes, and asks for no more
        calls than it can make at once. Raises nothing for the network's fault."""
        line = self._line()
        try:
            yield from line.exchange(calls)
        finally:
            self._idle.append(line)

    def one(self, call: Asked) -> Told | Lost:
        """One call and its answer."""
        return next(iter(dict(self.exchange([(0, call)])).values()))

    def _line(self) -> "_Line[Asked, Told]":
        try:
            return self._idle.pop()
        except IndexError:  # to look first would be to race other threads
            return _Line(self._trip, self._in_flight, self._connections, Corks() if self._corked else None)


class _Line(Generic[Asked, Told]):
    """One thread's connections. libcurl's own methods are kept by name: to look one up on its objects costs as much as
    the call."""

    def __init__(
        self, trip: Callable[[], Trip[Asked, Told]], in_flight: int, connections: int, corks: "Corks | None"
    ) -> None:
        multi: Any = pycurl.CurlMulti()
        multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._add, self._remove = multi.add_handle, multi.remove_handle
        self._perform, self._select, self._info_read = multi.perform, multi.select, multi.info_read
        self._trip, self._in_flight, self._corks = trip, in_flight, corks
        self._free: list[Trip[Asked, Told]] = []

    def exchange(self, calls: Iterable[tuple[Key, Asked]]) -> Iterator[tuple[Key, Told | Lost]]:
        waiting, more = iter(calls), True
        under_way: dict[pycurl.Curl, tuple[Key, Trip[Asked, Told]]] = {}
        try:
            while more or under_way:
                before = len(under_way)
                more = more and self._begin(waiting, under_way)
                with self._corks if self._corks and len(under_way) > before + 1 else nullcontext():
                    self._perform()
                ended = self._ended()
                for easy, number in ended:
                    if number and under_way[easy][1].is_stale(number):
                        self._remove(easy)
                        self._add(easy)
                        continue
                    key, trip = under_way.pop(easy)
                    answer = trip.answer(number)
                    self._release(trip)
                    yield key, answer
                if not ended and not (more and len(under_way) < self._in_flight):
                    self._select(0.1)
        finally:
            for _, trip in under_way.values():
                self._release(trip)

    def _begin(
        self, waiting: Iterator[tuple[Key, Asked]], under_way: dict[pycurl.Curl, tuple[Key, Trip[Asked, Told]]]
    ) -> bool:
        """Begin as many as there is room for; whether there may be more to begin."""
        room, until = min(_BURST, self._in_flight - len(under_way)), monotonic() + _PATIENCE
        for key, call in islice(waiting, room):
            trip = self._free.pop() if self._free else self._new()
            trip.begin(call)
            under_way[trip.easy] = (key, trip)
            self._add(trip.easy)
            room -= 1
            if monotonic() > until:
                return True
        return room == 0

    def _new(self) -> Trip[Asked, Told]:
        trip = self._trip()
        if self._corks is not None:
            trip.easy.setopt(pycurl.SOCKOPTFUNCTION, self._corks.add)
        return trip

    def _ended(self) -> list[tuple[pycurl.Curl, int]]:
        ended: list[tuple[pycurl.Curl, int]] = []
        left = 1
        while left:
            left, good, bad = self._info_read(self._in_flight)
            ended += [(easy, 0) for easy in good]
            ended += [(easy, number) for easy, number, _ in bad]
        return ended

    def _release(self, trip: Trip[Asked, Told]) -> None:
        self._remove(trip.easy)
        self._free.append(trip)


class Corks:
    """The sockets of a line, stopped for a turn: libcurl writes each request by itself, and the kernel sends all at
    once, which is a fifth less work for whoever sends. Where it cannot (only Linux can) nothing is stopped."""

    def __init__(self) -> None:
        self._made: dict[int, int] = {}  # descriptor -> which socket of the system it was made for

    def add(self, descriptor: int, _purpose: int) -> int:
        """For libcurl, when it has made a socket."""
        self._made[descriptor] = os.fstat(descriptor).st_ino
        return int(pycurl.SOCKOPT_OK)

    def __enter__(self) -> None:
        self._set(1)

    def __exit__(self, *_: object) -> None:
        self._set(0)

    def _set(self, stopped: int) -> None:
        for descriptor, made in tuple(self._made.items()):
            try:
                if os.fstat(descriptor).st_ino == made:
                    _stop(descriptor, stopped)
                    continue
            except OSError:
                pass
            del self._made[descriptor]  # libcurl has closed it, and the number may be another's by now


def _stop(descriptor: int, stopped: int) -> None:
    lent = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
    try:
        lent.setsockopt(socket.IPPROTO_TCP, _TCP_CORK, stopped)
    finally:
        lent.detach()  # it is libcurl's to close


def options_for(timeout: float, ca_file: str) -> dict[int, Any]:
    """What every trip is set up with; worked out once for all of them, for it asks the system for certificates and
    proxies."""
    options = {
        pycurl.NOSIGNAL: 1,
        pycurl.CONNECTTIMEOUT_MS: 10_000,
        pycurl.TIMEOUT_MS: int(timeout * 1000),
        pycurl.UPLOAD_BUFFERSIZE: 16_384,  # libcurl's least: it takes and gives back this much for each request
        # The wheel of libcurl knows no certificates of its own: the setting, the system's, or certifi's.
        pycurl.CAINFO: ca_file or ssl.get_default_verify_paths().cafile or certifi.where(),
    }
    return options if getproxies() else {**options, pycurl.PROXY: ""}  # else libcurl looks for one again and again


_BROKEN = frozenset({pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR, pycurl.E_GOT_NOTHING})
_WORDS: Mapping[int, str] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "the name of the host is not known",
    pycurl.E_COULDNT_CONNECT: "no connection",
    pycurl.E_OPERATION_TIMEDOUT: "no answer in time",
    pycurl.E_USE_SSL_FAILED: "no TLS is offered",
    pycurl.E_LOGIN_DENIED: "the log-in is not accepted",
    pycurl.E_SSL_CONNECT_ERROR: "no TLS connection",
    pycurl.E_PEER_FAILED_VERIFICATION: "the certificate is not trusted",
    pycurl.E_GOT_NOTHING: "the line closed without an answer",
    pycurl.E_RECV_ERROR: "the line broke",
    pycurl.E_SEND_ERROR: "the line broke",
    pycurl.E_SEND_FAIL_REWIND: "the line broke after the request had left",
}
