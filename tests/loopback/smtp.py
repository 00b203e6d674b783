"""A real SMTP server on loopback that refuses, defers or dies for chosen mailboxes, with or without TLS."""

import ssl
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class LoopbackSmtp:
    """`letters` holds what was taken. Mailboxes: full@ is deferred, nobody@ refused, dies@ taken without an answer."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, *, security: str = "none", log_in: tuple[str, str] | None = None
    ) -> None:
        self.tls, self.security, self.log_in = tls, security, log_in
        self.logged_in: list[tuple[str, str]] = []
        self.letters: list[tuple[str, Message]] = []
        self.connections = 0
        self.refuses = ""
        self.options: list[str] = []
        first_byte = tls if security == "tls" else None
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, ssl_context=first_byte)
        self._controller.start()

    @property
    def port(self) -> int:
        return self._controller.port

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_SMTP_HOST": "127.0.0.1",
            "TOCSIN_SMTP_PORT": str(self.port),
            "TOCSIN_SMTP_SECURITY": "none",
            "TOCSIN_SMTP_FROM_EMAIL": "notices@house.example",
        }

    def stop(self) -> None:
        if not self._controller.loop.is_closed():
            self._controller.stop()

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        self.connections += 1
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    def authenticate(self, _server, _session, _envelope, _mechanism, given):
        """Whether this log-in is the one that is known; it is noted first."""
        said = (given.login.decode(), given.password.decode())
        self.logged_in.append(said)
        return AuthResult(success=said == self.log_in, handled=False)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.refuses:
            return self.refuses
        if address.startswith("full@"):
            return "452 4.2.2 <full@there.example> over quota"
        if address.startswith("nobody@"):
            return "550 5.1.1 <nobody@there.example> no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        self.letters.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=default)))
        if envelope.rcpt_tos[0].startswith("dies@"):
            server.transport.abort()
        return f"250 2.0.0 queued as Q{len(self.letters)}"


class _Controller(Controller):
    def factory(self) -> Any:
        relay = self.handler
        begins_tls = relay.tls if relay.security == "starttls" else None
        return _Smtp(
            relay,
            enable_SMTPUTF8=True,
            tls_context=begins_tls,
            require_starttls=begins_tls is not None,
            authenticator=relay.authenticate if relay.log_in else None,
            auth_required=relay.log_in is not None,
            auth_require_tls=relay.security == "starttls",  # it does not see that a line is under TLS from the start
        )

    def _trigger_server(self) -> None:
        # The base class rings at the port it was told, and it was told 0: any free one.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Smtp(SMTP):
    """aiosmtpd knows no DSN (RFC 3461): its parameters are noted and taken away before it sees them."""

    def _getparams(self, params):
        own = [param for param in params if param.partition("=")[0] in {"RET", "ENVID", "NOTIFY"}]
        self.event_handler.options += own
        return super()._getparams([param for param in params if param not in own])
