"""The ceiling: pycurl alone over HTTP/2 and TLS, one message a request rendered and sent, nothing recorded."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import dup
from typing import Any

import pycurl

from bench.peers.measured import measured, told
from bench.peers.wording import BODY, PROJECT, TITLE, token

IN_FLIGHT = 1_500
CONNECTIONS = 20  # libcurl and most servers put at most 100 streams on one; what finds no place costs dearly
TURN = 256  # new requests between two looks at the network; fewer cost more looks, many more make bursts


class Slot:
    """One reused easy handle. Its bound methods are kept, for an attribute of a pycurl object takes microseconds."""

    __slots__ = ("body", "came", "easy", "getinfo", "heads", "setopt")

    def __init__(self, url: str, ca: str, corked: Callable[[int, int], int]) -> None:
        self.easy = pycurl.Curl()
        self.setopt, self.getinfo = self.easy.setopt, self.easy.getinfo
        self.body, self.came, self.heads = b"", list[bytes](), list[bytes]()
        headers = [f"Authorization: Bearer {'x' * 140}", "Content-Type: application/json; charset=UTF-8"]
        options: dict[int, Any] = {
            pycurl.URL: url,
            pycurl.CAINFO: ca,
            pycurl.HTTPHEADER: headers,
            pycurl.POST: 1,
            pycurl.NOSIGNAL: 1,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_2TLS,
            pycurl.PIPEWAIT: 1,
            pycurl.PROXY: "",
            pycurl.UPLOAD_BUFFERSIZE: 16_384,  # each request under way holds one
            # libcurl's own first window: otherwise it sends a WINDOW_UPDATE, a TLS record and a system call, for each.
            pycurl.MAX_RECV_SPEED_LARGE: 65_536,
            pycurl.SOCKOPTFUNCTION: corked,
            pycurl.READFUNCTION: self.read,
            pycurl.WRITEFUNCTION: self.came.append,
            pycurl.HEADERFUNCTION: self.heads.append,
        }
        for option, value in options.items():
            self.setopt(option, value)

    def read(self, _room: int) -> bytes:
        """The body, whole, and then nothing."""
        body, self.body = self.body, b""
        return body

    def load(self, body: bytes) -> None:
        """Prepare for the next message."""
        self.body = body
        self.came.clear()
        self.heads.clear()
        self.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))


class Client:
    """One multi handle, its slots and its sockets."""

    def __init__(self, url: str, ca: str) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
        self._sockets: list[socket.socket] = []
        slots = [Slot(url, ca, self._remember) for _ in range(IN_FLIGHT)]
        self._slots = {slot.easy: slot for slot in slots}
        self._free = slots

    def send(self, bodies: Iterator[bytes]) -> int:
        """How many were answered with 200 and a name."""
        accepted, added = 0, 1
        while added or len(self._free) < IN_FLIGHT:
            added = self._add(bodies)
            with self._corked():
                self._multi.perform()
            ended, good = self._ended()
            accepted += good
            if not added and not ended:
                self._multi.select(0.1)
        return accepted

    def _add(self, bodies: Iterator[bytes]) -> int:
        added = 0
        for _, body in zip(range(min(TURN, len(self._free))), bodies, strict=False):
            slot = self._free.pop()
            slot.load(body)
            self._multi.add_handle(slot.easy)
            added += 1
        return added

    def _ended(self) -> tuple[int, int]:
        ended, accepted, left = 0, 0, 1
        while left:
            left, good, bad = self._multi.info_read(1_000)
            for easy in good:
                slot = self._slots[easy]
                named = slot.getinfo(pycurl.RESPONSE_CODE) == 200 and b'"name"' in b"".join(slot.came)
                accepted += named and len(slot.heads) > 0
            for easy in [*good, *(each[0] for each in bad)]:
                self._multi.remove_handle(easy)
                self._free.append(self._slots[easy])
                ended += 1
        return ended, accepted

    def _remember(self, descriptor: int, _purpose: int) -> int:
        self._sockets.append(socket.socket(fileno=dup(descriptor)))
        return 0

    @contextmanager
    def _corked(self) -> Iterator[None]:
        """libcurl writes each request by itself; the kernel sends what one turn wrote together."""
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        yield
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def bodies(n: int) -> Iterator[bytes]:
    """FCM's requests, as fast as they can be rendered."""
    whole = (
        f'{{"message":{{"notification":{{"title":"{TITLE}","body":"{BODY}"}},"android":{{"priority":"high"}},'
        '"token":"%s","data":{"reference":"%d"}}}'
    )
    return ((whole % (token(i), i)).encode() for i in range(n))


if __name__ == "__main__":
    said = told(__doc__)
    client = Client(f"{said.base}/v1/projects/{PROJECT}/messages:send", said.ca)
    measured(said.n, lambda: client.send(bodies(said.n)))
