"""The web server as it is run: a body that is too long for its door is refused and not taken, in memory or on disk."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import spare_port
from web.serving import FORM, NOTHING, largest

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
HUGE = 1 << 30
WEBHOOK, FEED, API = "/receipts/in_app/feed", "/public/moqi/in-app", "/api/v1/incidents"
EVIDENCE = "/api/v1/incidents/INC-1/evidence"


@dataclass
class Server:
    """`app.py web` in a process of its own."""

    pid: int
    port: int

    @property
    def most_memory(self) -> int:
        """Bytes that it ever held at once."""
        (line,) = [one for one in Path(f"/proc/{self.pid}/status").read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    def forget(self) -> int:
        """Begin to measure the most memory anew; what is held now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.most_memory

    def on_disk(self) -> int:
        """Bytes in temporary files that it has open."""
        sizes = []
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(OSError):
                if str(link.readlink()).endswith("(deleted)"):
                    sizes.append(link.stat().st_size)
        return sum(sizes)


@dataclass
class Told:
    """What became of a request: the first lines heard, how much of its body left us, and the most that lay on disk."""

    status: int
    said: str
    left: int
    on_disk: int


_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


def send(server: Server, head: str, pieces: Iterator[bytes], *, waits: bool = False) -> Told:
    """Send `head` and the body until the server hangs up or has answered; `waits` for a go-ahead first."""
    left, on_disk, heard = 0, 0, b""
    with socket.create_connection(("127.0.0.1", server.port), 60) as line:
        line.settimeout(60)
        line.sendall(f"{head}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        with suppress(OSError):
            asked_for = line.recv(65536) if waits else _GO_ON
            heard = asked_for.removeprefix(_GO_ON)
            for number, piece in enumerate(pieces if asked_for == _GO_ON else ()):
                line.sendall(piece)
                left += len(piece)
                if number % 16 == 0:
                    on_disk = max(on_disk, server.on_disk())
            while piece := line.recv(65536):
                heard += piece
    words = heard.decode() or "HTTP/1.1 0 "
    return Told(int(words.split()[1]), words, left, on_disk)


def plain(size: int) -> Iterator[bytes]:
    return (b"x" * MIB for _ in range(size // MIB))


def chunked(size: int) -> Iterator[bytes]:
    yield from (b"%x\r\n%s\r\n" % (MIB, b"x" * MIB) for _ in range(size // MIB))
    yield b"0\r\n\r\n"


def ways(path: str, size: int, method: str = "POST") -> list[tuple[str, Iterator[bytes], bool]]:
    """The same body with its length told, in chunks, and held back until it is asked for."""
    head = f"{method} {path} HTTP/1.1\r\nContent-Type: application/json"
    return [
        (f"{head}\r\nContent-Length: {size}", plain(size), False),
        (f"{head}\r\nTransfer-Encoding: chunked", chunked(size), False),
        (f"{head}\r\nContent-Length: {size}\r\nExpect: 100-continue", plain(size), True),
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home, port = tmp_path_factory.mktemp("served"), spare_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    settings = clean | {"TOCSIN_HOME": str(home), "TMPDIR": str(home)}
    line = [sys.executable, str(ROOT / "app.py")]
    subprocess.run([*line, "upgrade"], env=settings, check=True, capture_output=True)
    with subprocess.Popen(
        [*line, "web", "--port", str(port)], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        end = time.monotonic() + 120
        while not answers(port):
            assert running.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
        yield Server(running.pid, port)
        running.terminate()


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.mark.parametrize(("path", "method"), [(WEBHOOK, "POST"), (FEED, "GET"), (API, "POST"), (EVIDENCE, "GET")])
@pytest.mark.parametrize("way", [0, 1, 2])
def test_a_gigabyte_is_refused_and_not_taken(server, path, method, way):
    head, pieces, waits = ways(path, HUGE, method)[way]
    before = server.forget()
    told = send(server, head, pieces, waits=waits)
    most = largest(method, path)
    assert told.status in ({413} if waits else {413, 0})  # whoever still sends may find the line closed before it hears
    if told.status:
        document = json.loads(told.said.partition("\r\n\r\n")[2])
        assert (document["code"], "application/problem+json" in told.said) == ("too_large", True)
    assert told.left <= (0 if waits else most + 16 * MIB)  # what the sockets of both sides hold
    assert told.on_disk <= most + MIB
    assert server.most_memory - before < 64 * MIB


def test_what_a_door_takes_reaches_it(server):
    for path, size, status in ((WEBHOOK, 4 * MIB, 404), (API, 16 * MIB, 401), (EVIDENCE, FORM + MIB, 401)):
        for head, pieces, waits in ways(path, size):
            assert send(server, head, pieces, waits=waits).status == status, (head, size)


def test_one_byte_decides(server):
    for size, status in ((NOTHING, 403), (NOTHING + 1, 413)):
        head = f"GET {FEED} HTTP/1.1\r\nContent-Length: {size}"
        assert send(server, head, iter([b"x" * size])).status == status


def test_each_door_has_its_own_measure():
    assert largest("POST", "/console/incidents/INC-1/evidence") == largest("POST", EVIDENCE) > HUGE
    assert largest("POST", "/console/incidents/INC-1/evidence/itm_1/withdraw") == FORM
    assert largest("POST", "/public/moqi/en/report") == largest("PUT", EVIDENCE) == largest("DELETE", "/x") == NOTHING
