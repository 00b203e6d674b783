"""Plain SMTP through one relay: letters on several connections, TLS, delivery status notifications asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from email.utils import format_datetime
from urllib.parse import quote

from notifiers.answers import lost
from notifiers.letters import fits_a_line, own_lines, same_for_all
from notifiers.libcurl import Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, redacted
from notifiers.posting import Letter, Relay, Reply
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import trusted
from notifiers.verdict import SLOWER, Verdict, for_good, for_now
from packs import BadInput

ABOUT = About(
    id="smtp",
    label="SMTP relay",
    fields=(
        Field("host", "Name of the relay."),
        Field("port", "Port of the relay.", default="587"),
        Field("security", "starttls, tls (from the first byte) or none.", default="starttls"),
        *trusted(),
        Field("username", "Log-in at the relay; empty means none.", default=""),
        Field("password", "Password at the relay.", secret=True, default=""),
        Field("from_email", "Sender's address."),
        Field("from_name", "Sender's name when the message brings none.", default=""),
        Field("reply_to", "Address for answers.", default=""),
        Field("connections", "Connections to the relay at once.", default="20"),
    ),
    proof=Outcome.ACCEPTED,  # a bounce comes as a mail to the sender, which nobody signs
    carries_reference=True,
    looks_up_mail_exchanger=True,
    pace=Pace(in_flight=20),
    sources=("https://www.rfc-editor.org/rfc/rfc5321", "https://www.rfc-editor.org/rfc/rfc3461"),
)

# RFC 3463 enhanced codes -> reason (7.8, 7.9 and 7.11: RFC 4954; 7.0 with 530: RFC 3207). Beyond what is ours the first
# digit of the basic code alone decides `permanent`: the standard says that it is for good (RFC 5321 4.2.1).
_ENHANCED: Mapping[str, Reason] = {
    "1.1": Reason.INVALID_ADDRESS,
    "1.2": Reason.INVALID_ADDRESS,
    "1.3": Reason.INVALID_ADDRESS,
    "1.6": Reason.GONE,
    "1.10": Reason.INVALID_ADDRESS,
    "1.7": Reason.OUR_ACCOUNT,  # the sender's own address
    "1.8": Reason.OUR_ACCOUNT,
    "2.1": Reason.UNREACHABLE,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LONG,
    "4.1": Reason.UNREACHABLE,
    "4.4": Reason.UNREACHABLE,
    "6.0": Reason.CONTENT_REFUSED,
    "7.1": Reason.BLOCKED,
    "7.8": Reason.CREDENTIALS,
    "7.9": Reason.CREDENTIALS,
    "7.11": Reason.CREDENTIALS,
}
_BASIC: Mapping[int, Reason] = {
    421: Reason.RATE_LIMITED,
    450: Reason.UNREACHABLE,
    451: Reason.PROVIDER_ERROR,
    452: Reason.MAILBOX_FULL,
    530: Reason.CREDENTIALS,
    534: Reason.CREDENTIALS,
    535: Reason.CREDENTIALS,
    538: Reason.CREDENTIALS,
    550: Reason.INVALID_ADDRESS,
    551: Reason.GONE,
    552: Reason.MAILBOX_FULL,
    553: Reason.INVALID_ADDRESS,
    554: Reason.CONTENT_REFUSED,
}


_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES: Mapping[str, str] = {"starttls": "smtp", "tls": "smtps", "none": "smtp"}


def open_provider(setup: Setup) -> "Smtp":
    """Raises BadInput for a security word that does not exist, for a log-in that would go to another machine without
    TLS, and for what should be a number and is none."""
    if setup["security"] not in _SCHEMES:
        raise BadInput(f"TOCSIN_SMTP_SECURITY: must be one of {', '.join(_SCHEMES)}.")
    if setup["security"] == "none" and setup["username"] and setup["host"] not in _HERE:
        raise BadInput("TOCSIN_SMTP_SECURITY: must be starttls or tls, for a log-in is never sent in the clear.")
    for name in ("port", "connections"):
        if not setup[name].isdigit() or int(setup[name]) < 1:
            raise BadInput(f"TOCSIN_SMTP_{name.upper()}: must be a number.")
    return Smtp(setup)


class Smtp:
    """One letter at a time on each connection; told by the relay's own answer to the final dot."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        connections = int(setup["connections"])
        self.about = replace(ABOUT, pace=replace(ABOUT.pace, in_flight=connections))
        address = f"{_SCHEMES[setup['security']]}://{setup['host']}:{setup['port']}"
        log_in = (setup["username"], setup["password"])
        tls = setup["security"] != "none"
        self._relay = Relay(address, tls, *log_in, timeout=setup.number("timeout"), ca_file=setup["ca_file"])
        self._lines = self._relay.lines(connections)
        self._offered: frozenset[str] | None = None

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. In doubt is what broke after the relay had said to go on with the letter."""
        if self._offered is None:
            self._offered = self._relay.extensions()
        unfit: list[Sent] = []
        for message, reply in self._lines.exchange(self._letters(messages, unfit)):
            yield _read(message, reply)
            while unfit:
                yield unfit.pop()
        yield from unfit

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """A relay calls nobody back."""
        raise Forged("SMTP sends no receipts")

    def _letters(self, messages: Iterable[Message], unfit: list[Sent]) -> Iterator[tuple[Message, Letter]]:
        for message in messages:
            if fits_a_line(message.to.value):
                yield message, self._letter(message)
            else:  # it would become a second header or a parameter of the envelope
                unfit.append(Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True))

    def _letter(self, message: Message) -> Letter:
        sender, reference = self._setup["from_email"], quote(message.reference, safe="")
        message_id = f"{reference}@{sender.rpartition('@')[2]}"
        body = own_lines(message.to.value, message_id, format_datetime(self._setup.now())) + self._same_for_all(message)
        mail, rcpt = self._wishes(reference, body)
        return Letter(f"<{sender}>{mail}", f"<{message.to.value}>{rcpt}", body)

    def _same_for_all(self, message: Message) -> bytes:
        sender = (message.sender_name or self._setup["from_name"], self._setup["from_email"])
        texts = message.texts
        words = (texts["subject"], texts["plain"], texts.get("html", ""))
        return same_for_all(sender, self._setup["reply_to"], message.language, words)

    def _wishes(self, reference: str, body: bytes) -> tuple[str, str]:
        """The parameters of the envelope; SMTPUTF8 is libcurl's own, where an address needs it."""
        offered = self._offered or frozenset()
        eight = " BODY=8BITMIME" if "8BITMIME" in offered and not body.isascii() else ""
        if "DSN" not in offered:
            return eight, ""
        envelope = reference.replace("%", "+")  # RFC 3461 section 4 has its own percent sign
        return f"{eight} RET=HDRS ENVID={envelope}", " NOTIFY=SUCCESS,FAILURE,DELAY"


def _read(message: Message, reply: Reply | Lost) -> Sent:
    if isinstance(reply, Lost):
        return lost(message.reference, reply)
    return _sent(message, reply.code, reply.text)


def _sent(message: Message, code: int, text: str) -> Sent:
    raw = {"code": code, "text": redacted(text, message.to.value, message.to.value.lower())}
    if code in {250, 251}:
        return Sent(message.reference, Outcome.ACCEPTED, provider_reference=raw["text"][:200], raw=raw)
    return _verdict(code, text).sent(message.reference, raw, wait=60.0)


def _verdict(code: int, text: str) -> Verdict:
    if code == 421:  # RFC 5321 3.8: the relay closes the line; nothing was taken, and others may fare better later
        return SLOWER
    reason = _reason(code, text)
    if code < 500 or reason.is_ours:
        return for_now(reason)
    return for_good(reason)


def _reason(code: int, text: str) -> Reason:
    enhanced = text.split(" ", 1)[0].split(".", 1)
    found = _ENHANCED.get(enhanced[1]) if len(enhanced) == 2 else None
    return found or _BASIC.get(code, Reason.OTHER)
