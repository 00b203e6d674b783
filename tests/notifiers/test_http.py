"""The one HTTP client: many in flight, and never a silent second POST."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable

import pytest

from notifiers import libcurl
from notifiers.answers import lost, retry_after
from notifiers.http import Answer, Call, Lines, Lost
from notifiers.libcurl import Corks
from notifiers.outcome import Outcome


class Raw:
    """A server that answers each request on a connection as `answers` says; None drops the line after reading it."""

    def __init__(self, answers: Callable[[int], bytes | None]) -> None:
        self._answers = answers
        self.bodies: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def _serve(self) -> None:
        while True:
            line, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(ConnectionError), line, line.makefile("rb") as stream:
            while True:
                length = 0
                while (header := stream.readline()) not in {b"\r\n", b""}:
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                if header == b"":
                    return
                self.bodies.append(stream.read(length))
                answer = self._answers(len(self.bodies))
                if answer is None:
                    return
                line.sendall(answer)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\nok"


def test_every_call_is_answered_under_its_own_key_and_connections_are_kept():
    server = Raw(lambda _number: OK)
    lines = Lines(in_flight=8)
    answers = dict(lines.exchange((n, Call(server.url, f"body {n}".encode())) for n in range(100)))
    assert sorted(answers) == list(range(100))
    assert all(isinstance(a, Answer) and (a.status, a.body) == (200, b"ok") for a in answers.values())
    assert sorted(server.bodies) == sorted(f"body {n}".encode() for n in range(100))


def test_whoever_hands_in_calls_may_pause_without_keeping_those_under_way_waiting():
    server = Raw(lambda _number: OK)

    def calls():
        for number in range(20):
            yield number, Call(server.url, b"x")
            time.sleep(0.01)
        assert len(server.bodies) > 10

    assert len(dict(Lines(in_flight=64).exchange(calls()))) == 20


def test_a_request_taken_on_a_reused_connection_and_never_answered_is_not_sent_again():
    server = Raw(lambda number: OK if number == 1 else None)
    lines = Lines(in_flight=1)
    assert isinstance(lines.one(Call(server.url, b"first")), Answer)
    answer = lines.one(Call(server.url, b"second"))
    assert server.bodies == [b"first", b"second"]
    assert isinstance(answer, Lost)
    assert answer.left
    assert lost("dlv_1", answer).outcome is Outcome.IN_DOUBT


def test_a_request_that_could_not_leave_may_be_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answer = Lines().one(Call(f"http://127.0.0.1:{port}/", b"body"))
    assert isinstance(answer, Lost)
    assert not answer.left
    assert lost("dlv_1", answer).outcome is Outcome.REFUSED
    assert str(port) not in answer.why


@pytest.fixture
def talk():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as ours,
        listener.accept()[0] as theirs,
    ):
        yield ours, theirs


linux = pytest.mark.skipif(not hasattr(socket, "TCP_CORK"), reason="only Linux holds back what is written")


def is_held_back(one):
    return one.getsockopt(socket.IPPROTO_TCP, socket.TCP_CORK) == 1


@pytest.fixture
def corks(talk):
    """They know both ends of a connection."""
    known = Corks()
    for one in talk:
        known.add(one.fileno(), 0)
    return known


@linux
def test_what_is_written_in_one_turn_leaves_together_at_its_end(talk, corks):
    ours, theirs = talk
    with corks:
        assert is_held_back(ours)
        for byte in (b"a", b"b"):
            ours.sendall(byte)
    assert not is_held_back(ours)
    theirs.settimeout(5)
    assert theirs.recv(2, socket.MSG_WAITALL) == b"ab"


@linux
def test_a_number_that_became_anothers_is_forgotten_and_not_touched(talk, corks):
    ours, theirs = talk
    with socket.create_server(("127.0.0.1", 0)) as another:
        os.dup2(another.fileno(), theirs.fileno())
        with corks:
            assert (is_held_back(another), is_held_back(ours)) == (False, True)
        assert set(corks._made) == {ours.fileno()}
        os.fstat(theirs.fileno())  # still open


@linux
def test_a_number_that_was_closed_is_forgotten(talk, corks):
    ours, theirs = talk
    theirs.close()
    with corks:
        assert is_held_back(ours)
    assert set(corks._made) == {ours.fileno()}


@linux
def test_a_burst_is_held_back_until_all_of_it_is_written(monkeypatch):
    held = []

    class Watched(Corks):
        def _set(self, stopped):
            super()._set(stopped)
            held.append((stopped, len(self._made)))

    monkeypatch.setattr(libcurl, "Corks", Watched)
    server = Raw(lambda _number: OK)
    lines = Lines(in_flight=8)
    for _ in range(2):
        assert len(dict(lines.exchange((n, Call(server.url, b"x")) for n in range(8)))) == 8
    assert [stopped for stopped, _ in held[:2]] == [1, 0]
    assert max(known for _, known in held) > 1


def test_silence_is_in_doubt():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answer = Lines(timeout=0.3).one(Call(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"body"))
    assert isinstance(answer, Lost)
    assert answer.left


def test_a_broken_batch_leaves_the_line_fit_for_the_next():
    server = Raw(lambda _number: OK)
    lines = Lines(in_flight=4)
    under_way = lines.exchange((n, Call(server.url, b"x")) for n in range(50))
    next(under_way)
    del under_way
    assert len(dict(lines.exchange((n, Call(server.url, b"y")) for n in range(10)))) == 10


def test_two_exchanges_may_be_under_way_at_once():
    server = Raw(lambda _number: OK)
    lines = Lines(in_flight=4)
    outer = lines.exchange((n, Call(server.url, b"x")) for n in range(20))
    next(outer)
    assert len(dict(lines.exchange((n, Call(server.url, b"y")) for n in range(20)))) == 20
    assert len(list(outer)) == 19


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("Fri, 06 Mar 2026 13:40:30 GMT", 30),
        ("Fri, 06 Mar 2026 13:00:00 GMT", 0),
        ("soon", 5),
        ("", 5),
        ("²", 5),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    answer = Answer(429, [f"Retry-After: {header}\r\n".encode()], b"")
    assert retry_after(answer, now=1772804400, default=5.0) == seconds


def test_a_header_is_found_whatever_its_case_and_the_last_one_counts():
    answer = Answer(202, [b"HTTP/1.1 202\r\n", b"x-message-id: a\r\n", b"X-Message-Id: b \r\n", b"\r\n"], b"")
    assert (answer.header("X-Message-ID"), answer.header("retry-after")) == ("b", "")


def test_neither_url_nor_headers_nor_body_show_in_a_repr():
    assert "secret" not in repr(Call("http://secret", b"secret", ("Authorization: secret",)))
