"""Writes letters (RFC 5322): what all readers get is rendered once, each one's own three lines are put before it."""

from email import policy
from email.message import EmailMessage
from email.utils import formataddr
from functools import lru_cache

_WIRE = policy.default.clone(linesep="\r\n")


def own_lines(to: str, message_id: str, date: str) -> bytes:
    """The lines that differ from person to person. None of the three may hold a line break: `fits_a_line` says so."""
    return f"To: {to}\r\nDate: {date}\r\nMessage-ID: <{message_id}>\r\n".encode()


def fits_a_line(value: str) -> bool:
    """Whether `value` can stand in a header line and between angle brackets without becoming more than itself."""
    return value.isprintable() and not any(mark in value for mark in " <>,;")


# EmailMessage costs a millisecond, a hundred times what it costs to send the letter.
@lru_cache(maxsize=64)
def same_for_all(sender: tuple[str, str], reply_to: str, language: str, words: tuple[str, str, str]) -> bytes:
    """The letter without the lines of its own: the other headers and both forms of the text. `sender` is name and
    address, `words` are subject, plain and html."""
    subject, plain, html = words
    letter = EmailMessage(policy=_WIRE)
    letter["From"] = formataddr(sender)
    letter["Subject"] = subject
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    if reply_to:
        letter["Reply-To"] = reply_to
    letter.set_content(plain)
    if html:
        letter.add_alternative(html, subtype="html")
    if language:  # last, for set_content takes every Content- header away
        letter["Content-Language"] = language
    return letter.as_bytes()
