"""Posts letters at one relay (RFC 5321) by libcurl: many connections, and for each letter the relay's last word."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pycurl

from notifiers import libcurl
from notifiers.libcurl import Lost, Trip


@dataclass(slots=True)
class Letter:
    """One letter in its envelope. `sender` and `to` are paths in angle brackets with their parameters (RFC 3461)."""

    sender: str = field(repr=False)
    to: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Reply:
    """The relay's last word about a letter: the basic code and the text after it, which may hold the address."""

    code: int
    text: str = field(repr=False)


@dataclass(frozen=True)
class Relay:
    """Where the relay is (a URL) and how one logs in; `tls` refuses to go on without."""

    address: str
    tls: bool
    username: str
    password: str = field(repr=False)
    timeout: float
    ca_file: str

    def lines(self, connections: int) -> "libcurl.Lines[Letter, Reply]":
        """Connections that carry one letter after another."""
        return libcurl.Lines(partial(_Posting, self._options()), connections, connections)

    def extensions(self) -> frozenset[str] | None:
        """The words by which the relay says what it can do (RFC 5321 section 4.1.1.1), or None when it cannot be asked.
        libcurl knows them too and does not tell."""
        return _Question(self._options()).ask()

    def _options(self) -> dict[int, Any]:
        log_in = {pycurl.USERNAME: self.username, pycurl.PASSWORD: self.password, pycurl.SASL_IR: 1}
        tls = pycurl.USESSL_ALL if self.tls else pycurl.USESSL_NONE
        own = {pycurl.URL: self.address, pycurl.USE_SSL: tls, **(log_in if self.username else {})}
        return libcurl.options_for(self.timeout, self.ca_file) | own


class _Posting(Trip[Letter, Reply]):
    _sender = ""

    def begin(self, asked: Letter) -> None:
        if not self._sender:
            self._set(pycurl.UPLOAD, 1)
        if asked.sender != self._sender:
            self._sender = asked.sender
            self._set(pycurl.MAIL_FROM, asked.sender.encode())
        self._set(pycurl.MAIL_RCPT, [asked.to.encode()])
        self._load(asked.body)

    def answer(self, number: int) -> Reply | Lost:
        reply = _last_word(self._lines)
        return reply if number == 0 or _is_about_the_letter(number, reply, left=self._left) else self._lost(number)


class _Question(Trip[None, frozenset[str]]):
    def ask(self) -> frozenset[str] | None:
        self.begin(None)
        try:
            self.easy.perform()
        except pycurl.error:
            return None
        offered = [line[4:].split() for line in self._lines if line[:3] == b"250"]
        return frozenset(words[0].decode("latin-1").upper() for words in offered if words)

    def begin(self, _asked: None) -> None:
        self._set(pycurl.CUSTOMREQUEST, "NOOP")
        self._set(pycurl.NOBODY, 1)
        self._load(b"")

    def answer(self, number: int) -> frozenset[str] | Lost:
        return self._lost(number)


def _last_word(lines: list[bytes]) -> Reply:
    last = lines[-1].decode("utf-8", "replace") if lines else ""
    return Reply(int(last[:3]) if last[:3].isdigit() else 0, last[4:].strip())


def _is_about_the_letter(number: int, reply: Reply, *, left: bool) -> bool:
    """A refusal of the envelope or of what was written, or a log-in refused; not a relay that refuses everybody. 421
    may come at any moment and always means the same."""
    about = {pycurl.E_SEND_ERROR, pycurl.E_LOGIN_DENIED} | ({pycurl.E_FTP_WEIRD_SERVER_REPLY} if left else set())
    return reply.code == 421 or (reply.code >= 400 and number in about)
