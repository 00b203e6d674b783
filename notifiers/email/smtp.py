"""Plain SMTP through one relay: several messages a connection, TLS, delivery status notifications asked for."""

import smtplib
import ssl
from collections.abc import Iterable, Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr

from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, redacted
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from packs import BadInput

ABOUT = About(
    id="smtp",
    label="SMTP relay",
    fields=(
        Field("host", "Name of the relay."),
        Field("port", "Port of the relay.", default="587"),
        Field("security", "starttls, tls (from the first byte) or none.", default="starttls"),
        Field("ca_file", "Certificates to trust, PEM; empty means the system's.", default=""),
        Field("username", "Log-in at the relay; empty means none.", default=""),
        Field("password", "Password at the relay.", secret=True, default=""),
        Field("from_email", "Sender's address."),
        Field("from_name", "Sender's name when the message brings none.", default=""),
        Field("reply_to", "Address for answers.", default=""),
        Field("timeout", "Seconds to wait for one answer.", default="60"),
    ),
    proof=Outcome.ACCEPTED,  # a bounce comes as a mail to the sender, which nobody signs
    batch=100,
    looks_up_mail_exchanger=True,
    pace=Pace(in_flight=1),
    sources=("https://www.rfc-editor.org/rfc/rfc5321", "https://www.rfc-editor.org/rfc/rfc3461"),
)

# RFC 3463 enhanced codes -> reason. The first digit of the basic code alone decides `permanent` (RFC 5321 4.2.1).
_ENHANCED: Mapping[str, Reason] = {
    "1.1": Reason.INVALID_ADDRESS,
    "1.2": Reason.INVALID_ADDRESS,
    "1.3": Reason.INVALID_ADDRESS,
    "1.6": Reason.GONE,
    "1.10": Reason.INVALID_ADDRESS,
    "2.1": Reason.UNREACHABLE,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LONG,
    "4.1": Reason.UNREACHABLE,
    "4.4": Reason.UNREACHABLE,
    "6.0": Reason.CONTENT_REFUSED,
    "7.1": Reason.BLOCKED,
}
_BASIC: Mapping[int, Reason] = {
    421: Reason.RATE_LIMITED,
    450: Reason.UNREACHABLE,
    451: Reason.PROVIDER_ERROR,
    452: Reason.MAILBOX_FULL,
    530: Reason.CREDENTIALS,
    535: Reason.CREDENTIALS,
    550: Reason.INVALID_ADDRESS,
    551: Reason.GONE,
    552: Reason.MAILBOX_FULL,
    553: Reason.INVALID_ADDRESS,
    554: Reason.CONTENT_REFUSED,
}


def open_provider(setup: Setup) -> "Smtp":
    """Raises BadInput for a security word that does not exist."""
    if setup["security"] not in {"starttls", "tls", "none"}:
        raise BadInput("TOCSIN_SMTP_SECURITY: must be starttls, tls or none.")
    if not setup["port"].isdigit():
        raise BadInput("TOCSIN_SMTP_PORT: must be a number.")
    return Smtp(setup)


class Smtp:
    """Speaks to the relay itself, because only the one who sent the final dot knows what a broken line means."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message, in order; a connection that dies is opened once more for the next message."""
        line: smtplib.SMTP | None = None
        for message in messages:
            try:
                line = line or self._connect()
            except (smtplib.SMTPException, OSError) as error:
                yield _no_line(message, error)
                continue
            sent, alive = self._one(line, message)
            yield sent
            if not alive:
                line.close()
                line = None
        if line is not None:
            _quit(line)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """A relay calls nobody back."""
        raise Forged("SMTP sends no receipts")

    def _connect(self) -> smtplib.SMTP:
        host, port, wait = self._setup["host"], int(self._setup["port"]), float(self._setup["timeout"])
        trust = ssl.create_default_context(cafile=self._setup["ca_file"] or None)
        if self._setup["security"] == "tls":
            line: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=wait, context=trust)
        else:
            line = smtplib.SMTP(host, port, timeout=wait)
        line.ehlo_or_helo_if_needed()
        if self._setup["security"] == "starttls":
            line.starttls(context=trust)
            line.ehlo()
        if self._setup["username"]:
            line.login(self._setup["username"], self._setup["password"])
        return line

    def _one(self, line: smtplib.SMTP, message: Message) -> tuple[Sent, bool]:
        left = False
        try:
            code, text = self._envelope(line, message)
            if code == 354:
                line.send(_dotted(self._letter(message)))
                left = True
                code, text = line.getreply()
            elif code >= 400:
                line.docmd("RSET")
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            return _broken(message, error, left=left), False
        return _sent(message, code, text.decode("utf-8", "replace")), code != 421

    def _envelope(self, line: smtplib.SMTP, message: Message) -> tuple[int, bytes]:
        wants_receipt = line.has_extn("dsn")
        mail = ["RET=HDRS", f"ENVID={message.reference}"] if wants_receipt else []
        rcpt = ["NOTIFY=SUCCESS,FAILURE,DELAY"] if wants_receipt else []
        if not (message.to.value + self._setup["from_email"]).isascii():
            mail += ["SMTPUTF8", "BODY=8BITMIME"]
            line.command_encoding = "utf-8"
        code, text = line.mail(self._setup["from_email"], mail)
        if code == 250:
            code, text = line.rcpt(message.to.value, rcpt)
        return line.docmd("DATA") if code in {250, 251} else (code, text)

    def _letter(self, message: Message) -> bytes:
        letter = EmailMessage(policy=SMTP_POLICY)
        sender = self._setup["from_email"]
        letter["From"] = formataddr((message.sender_name or self._setup["from_name"], sender))
        letter["To"] = message.to.value
        letter["Subject"] = message.texts["subject"]
        letter["Date"] = format_datetime(self._setup.now())
        letter["Message-ID"] = f"<{message.reference}@{sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
        if self._setup["reply_to"]:
            letter["Reply-To"] = self._setup["reply_to"]
        letter.set_content(message.texts["plain"])
        if message.texts.get("html"):
            letter.add_alternative(message.texts["html"], subtype="html")
        if message.language:  # last, for set_content takes every Content- header away
            letter["Content-Language"] = message.language
        return letter.as_bytes()


def _dotted(letter: bytes) -> bytes:
    lines = letter.replace(b"\r\n.", b"\r\n..")
    lines = b"." + lines if lines.startswith(b".") else lines
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def _sent(message: Message, code: int, text: str) -> Sent:
    raw = {"code": code, "text": redacted(text, message.to.value, message.to.value.lower())}
    if code in {250, 251}:
        return Sent(message.reference, Outcome.ACCEPTED, provider_reference=raw["text"][:200], raw=raw)
    reason = _reason(code, text)
    if code == 421:  # RFC 5321 3.8: the relay closes the line; nothing was taken, and others may fare better later
        return Sent(message.reference, Outcome.THROTTLED, Reason.RATE_LIMITED, retry_after=60.0, raw=raw)
    if code < 500:
        return Sent(message.reference, Outcome.REFUSED, reason, retry_after=60.0, raw=raw)
    return Sent(message.reference, Outcome.REFUSED, reason, permanent=reason is not Reason.CREDENTIALS, raw=raw)


def _reason(code: int, text: str) -> Reason:
    enhanced = text.split(" ", 1)[0].split(".", 1)
    found = _ENHANCED.get(enhanced[1]) if len(enhanced) == 2 else None
    return found or _BASIC.get(code, Reason.OTHER)


def _broken(message: Message, error: Exception, *, left: bool) -> Sent:
    raw = {"network": type(error).__name__}
    if left:
        return Sent(message.reference, Outcome.IN_DOUBT, Reason.NO_ANSWER, raw=raw)
    return Sent(message.reference, Outcome.REFUSED, Reason.PROVIDER_ERROR, retry_after=30.0, raw=raw)


def _no_line(message: Message, error: Exception) -> Sent:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Sent(message.reference, Outcome.REFUSED, Reason.CREDENTIALS, raw={"code": error.smtp_code})
    return _broken(message, error, left=False)


def _quit(line: smtplib.SMTP) -> None:
    try:
        line.quit()
    except (smtplib.SMTPException, OSError):
        line.close()
