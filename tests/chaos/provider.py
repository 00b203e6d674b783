"""FCM, Twilio and SendGrid behind one port: counts what each person was handed, and misbehaves by seed."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback.fcm import account
from tests.loopback.sendgrid import PUBLIC
from tests.loopback.twilio import NUMBER, SID, TOKEN

SMS, MAIL, PUSH = "sms/twilio", "email/sendgrid", "push/fcm"


@dataclass(frozen=True)
class Faults:
    """Of how many requests in a hundred what goes wrong; the rest goes well."""

    throttled: int = 0  # 429
    failed: int = 0  # 500, of which half had taken the message
    reset: int = 0  # no answer; two of three had taken the message
    slow: int = 0  # an answer after up to a second


BY_NAME: Mapping[str, Faults] = {
    "well": Faults(),
    "429": Faults(throttled=8),
    "500": Faults(failed=8),
    "reset after accepting": Faults(reset=5),
    "slow": Faults(slow=10),
    "all of them": Faults(throttled=2, failed=2, reset=2, slow=3),
}


@dataclass(frozen=True)
class Taken:
    """One message that a provider took."""

    provider: str
    reference: str
    address: str
    sid: str
    callback: str = ""


class CountingProvider:
    """Runs until `stop`. `counted` says how often each delivery was taken."""

    def __init__(self, folder: Path) -> None:
        self.counted: Counter[str] = Counter()
        self.taken: list[Taken] = []
        self._asked: Counter[str] = Counter()
        self._faults, self._seed = Faults(), 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Door)
        self._server.behind = self
        self._account = folder / "service-account.json"
        self._account.write_text(json.dumps(account(self.address)))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> dict[str, dict[str, str]]:
        """provider -> its settings, which point it here. The paces are far above what a test asks for."""
        return {
            SMS: {
                "TOCSIN_TWILIO_ACCOUNT_SID": SID,
                "TOCSIN_TWILIO_AUTH_TOKEN": TOKEN,
                "TOCSIN_TWILIO_FROM_NUMBER": NUMBER,
                "TOCSIN_TWILIO_BASE_URL": self.address,
                "TOCSIN_TWILIO_PER_SECOND": "100000",
            },
            MAIL: {
                "TOCSIN_SENDGRID_API_KEY": "SG.secret",
                "TOCSIN_SENDGRID_FROM_EMAIL": "notices@house.example",
                "TOCSIN_SENDGRID_WEBHOOK_KEY": PUBLIC,
                "TOCSIN_SENDGRID_BASE_URL": self.address,
            },
            PUSH: {"TOCSIN_FCM_SERVICE_ACCOUNT": str(self._account), "TOCSIN_FCM_BASE_URL": self.address},
        }

    def begin(self, faults: Faults, seed: int) -> None:
        """Forget everything and misbehave in this way from now on."""
        with self._lock:
            self.counted, self.taken, self._asked = Counter(), [], Counter()
            self._faults, self._seed = faults, seed

    def fate(self, provider: str, reference: str) -> tuple[str, float]:
        """What happens to this request, the same for the same seed, reference and attempt; and a number for how."""
        with self._lock:
            self._asked[reference] += 1
            chance = random.Random(f"{self._seed}/{reference}/{self._asked[reference]}")
        place, how = chance.uniform(0, 100), chance.random()
        for word in ("throttled", "failed", "reset", "slow"):
            place -= getattr(self._faults, word)
            if place < 0:
                return word, how
        return "well", how

    def take(self, provider: str, people: list[tuple[str, str]], callback: str = "") -> str:
        """Count these references with their addresses; the provider's own id of the request."""
        with self._lock:
            sid = f"SM{len(self.taken):032x}"
            for reference, address in people:
                self.counted[reference] += 1
                self.taken.append(Taken(provider, reference, address, sid, callback))
            return sid

    def known(self, *, sid: str = "", to: str = "") -> list[dict[str, Any]]:
        """What Twilio would say of one message, or of those to one number."""
        with self._lock:
            found = [one for one in self.taken if one.provider == SMS and (one.sid == sid or one.address == to)]
        return [{"sid": one.sid, "status": "sent", "to": one.address, "body": one.callback} for one in found]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    behind: CountingProvider

    def handle_error(self, *_: Any) -> None:
        """A worker that was killed leaves broken connections; nothing to be said of them."""


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        to = parse_qs(path.query).get("To", [""])[0]
        if to:
            return self._say(200, {"messages": self.server.behind.known(to=to)})
        found = self.server.behind.known(sid=path.path.rpartition("/")[2].removesuffix(".json"))
        return self._say(200, found[0]) if found else self._say(404, {"code": 20404})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            return self._say(200, {"access_token": "ya29.secret", "expires_in": 3599, "token_type": "Bearer"})
        provider, people, callback = _read(self.path, body)
        word, how = self.server.behind.fate(provider, people[0][0])
        if word == "slow":
            time.sleep(how)
        kept = word in {"slow", "well"} or (word == "reset" and how < 2 / 3)
        kept = kept or (word == "failed" and how < 1 / 2)
        sid = self.server.behind.take(provider, people, callback) if kept else ""
        if word == "reset":
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return None
        if word in {"throttled", "failed"}:
            return self._say(429 if word == "throttled" else 500, {"error": {}}, **{"Retry-After": "1"})
        return self._accept(provider, sid)

    def _accept(self, provider: str, sid: str) -> None:
        if provider == MAIL:
            return self._say(202, None, **{"X-Message-Id": sid})
        if provider == SMS:
            return self._say(201, {"sid": sid, "status": "queued", "error_code": None})
        return self._say(200, {"name": f"projects/house/messages/{sid}"})

    def _say(self, status: int, tree: Any, **headers: str) -> None:
        body = b"" if tree is None else json.dumps(tree).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _read(path: str, body: bytes) -> tuple[str, list[tuple[str, str]], str]:
    """Provider, (reference, address) of each person, and what the status callback needs."""
    if path.endswith("/Messages.json"):
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        callback = form["StatusCallback"]
        return SMS, [(parse_qs(urlsplit(callback).query)["reference"][0], form["To"])], form["Body"]
    tree = json.loads(body)
    if path.endswith("/mail/send"):
        people = [(one["custom_args"]["reference"], one["to"][0]["email"]) for one in tree["personalizations"]]
        return MAIL, people, ""
    return PUSH, [(tree["message"]["data"]["reference"], tree["message"]["token"])], ""
