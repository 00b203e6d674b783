"""Requests for the crowded door: taken together by one thread, each answered on its line, which stays open."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.serving import open_server


class Slow:
    """A door that counts who came at once, and lets nobody go before `go_on`; a body `bad` is answered by a fault."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.go_on = threading.Event()

    def takes(self, method, path):
        return method == "POST" and path.startswith("/crowded/")

    def answers(self, environs):
        self.groups.append(len(environs))
        if any(environ["PATH_INFO"] == "/crowded/worst" for environ in environs):
            raise ValueError("the door itself broke")
        self.go_on.wait(10)
        bodies = [environ["wsgi.input"].read() for environ in environs]
        return [
            ValueError("no") if body == b"bad" else ("204 No Content", [("X-Was", body.decode())], b"")
            for body in bodies
        ]


@pytest.fixture
def door():
    return Slow()


@pytest.fixture
def port(door):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "4")])
        return [b"page"]

    server = open_server(app, crowded=door, threads=3, host="127.0.0.1", port=0)
    running = threading.Thread(target=server.run)
    running.start()
    yield server.effective_port
    door.go_on.set()
    server._map.clear()
    running.join(10)
    server.task_dispatcher.shutdown(timeout=1)


def told(line, body=b"x", path="/crowded/a"):
    line.request("POST", path, body)
    answer = line.getresponse()
    return answer.status, answer.getheader("X-Was"), answer.read()


def lines(port, count):
    return [http.client.HTTPConnection("127.0.0.1", port, timeout=20) for _ in range(count)]


def test_those_who_came_meanwhile_are_answered_together_each_with_its_own(door, port):
    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(told, lines(port, 1)[0], b"first")
        while not door.groups:
            time.sleep(0.01)
        rest = [pool.submit(told, line, b"%d" % number) for number, line in enumerate(lines(port, 20))]
        page = lines(port, 1)[0]
        page.request("POST", "/elsewhere")
        assert page.getresponse().read() == b"page"  # the crowd keeps nobody from a page
        time.sleep(0.5)
        door.go_on.set()
        assert first.result() == (204, "first", b"")
        assert [one.result() for one in rest] == [(204, str(number), b"") for number in range(20)]
    assert door.groups == [1, 20]


def test_a_line_stays_open_after_an_answer_without_a_body_unless_it_is_asked_to_close(door, port):
    door.go_on.set()
    (line,) = lines(port, 1)
    assert told(line)[0] == 204
    kept = line.sock
    assert kept is not None
    assert told(line)[0] == 204
    assert line.sock is kept
    line.request("POST", "/crowded/a", b"x", {"Connection": "close"})
    answer = line.getresponse()
    assert (answer.getheader("Connection"), line.sock) == ("close", None)


def test_a_fault_is_told_to_the_one_whose_it_is_and_the_next_are_served(door, port):
    door.go_on.set()
    good, bad, worst, after = lines(port, 4)
    assert told(good)[0] == 204
    assert told(bad, b"bad")[0] == 500
    assert told(worst, path="/crowded/worst")[0] == 500
    assert told(after)[0] == 204


def test_one_who_comes_alone_is_not_made_to_wait(door, port, monkeypatch):
    monkeypatch.setattr("web.crowd.time.sleep", None)
    door.go_on.set()
    (line,) = lines(port, 1)
    assert [told(line)[0] for _ in range(20)] == [204] * 20
