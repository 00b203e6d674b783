"""A relay on loopback that says what a test tells it to, word for word, and keeps every line it was sent."""

import contextlib
import socket
import threading
from collections.abc import Mapping

OFFERED = "250-relay\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 AUTH PLAIN"
_WORDS = {
    "greeting": "220 relay",
    "EHLO": OFFERED,
    "HELO": "250 relay",
    "AUTH": "235 2.7.0 welcome",
    "NOOP": "250 ok",
} | {
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 queued as Q1",
}


class ScriptedRelay:
    """`said` changes the answers: to the greeting, a command's first word, or the final dot; None drops the line."""

    def __init__(self, said: Mapping[str, str | None]) -> None:
        self._words = {**_WORDS, **said}
        self.heard: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_SMTP_HOST": "127.0.0.1",
            "TOCSIN_SMTP_PORT": str(self._listener.getsockname()[1]),
            "TOCSIN_SMTP_SECURITY": "none",
            "TOCSIN_SMTP_FROM_EMAIL": "notices@house.example",
            "TOCSIN_SMTP_CONNECTIONS": "1",
        }

    def _serve(self) -> None:
        while True:
            line, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        # What is no text is the greeting of a TLS that this relay does not speak: the line is dropped.
        with contextlib.suppress(ConnectionError, UnicodeDecodeError), line, line.makefile("rb") as stream:
            asked, writing = "greeting", False
            while asked:
                answer = "" if writing and asked != "." else self._words.get(asked, "250 ok")
                if answer is None:
                    return
                if answer:
                    line.sendall(f"{answer}\r\n".encode())
                    writing = answer.startswith("354")
                heard = stream.readline().decode().removesuffix("\r\n")
                self.heard.append(heard)
                asked = heard if writing else heard.split(" ")[0].upper()
                asked = asked or (" " if writing else "")
