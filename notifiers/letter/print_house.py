"""A print house: letters leave as print files with a manifest, in a folder that the print house fetches from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from notifiers.message import Inquiry, Message
from notifiers.outbox import Outbox, Taken, read_certificate
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered
from notifiers.papers import forget
from notifiers.postal import NotAnAddress, read_postal
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.sheets import RETURN_TOO_LONG, TOO_LONG, Letter, Printed, Sheet, can_be_set, printed, return_fits
from packs import BadInput

ABOUT = About(
    id="print_house",
    label="Print house",
    fields=(
        Field("folder", "Where print files are laid for the print house; it must exist."),
        Field("return_address", "Where letters that cannot be delivered come back to, in one line."),
        Field("letters", "The most letters in one print file, up to 500.", default="200"),
        Field("waiting", "The most print files that may wait to be fetched.", default="500"),
        Field("home", "Country that the letters are posted in (two letters).", default=""),
        Field("certificate", "The print house's certificate, PEM: print files are sealed for it (CMS).", default=""),
    ),
    proof=Outcome.ACCEPTED,  # nobody tells of a letter but the post that brings it back
    carries_reference=True,
    batch=200,
    pace=Pace(in_flight=1),
    sources=("https://www.rfc-editor.org/rfc/rfc5652",),
)
_UNKNOWN = "unknown"  # the directory has the address as one text, and a country is not guessed from it
_MOST = 500  # letters: a file is set in one go, and must be done before a worker counts as dead
_WAIT = 600.0  # seconds, where the print house has much to fetch; where the folder is away, a tenth of it


def open_provider(setup: Setup) -> "PrintHouse":
    """Raises BadInput for a folder that is not there, and for a number or certificate that is none."""
    if not Path(setup["folder"]).is_dir():
        raise BadInput("TOCSIN_PRINT_HOUSE_FOLDER: there is no such folder.")
    for name in ("letters", "waiting"):
        if not setup[name].isdigit() or int(setup[name]) < 1:
            raise BadInput(f"TOCSIN_PRINT_HOUSE_{name.upper()}: must be a number.")
    if int(setup["letters"]) > _MOST:
        raise BadInput(f"TOCSIN_PRINT_HOUSE_LETTERS: must be {_MOST} at most.")
    return PrintHouse(setup)


class PrintHouse:
    """Prints one file a country of every so many letters. A letter is taken when its file is whole on the disk; one
    that was taken before is not printed again."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = replace(ABOUT, batch=int(setup["letters"]))
        self._sheet = Sheet(setup["return_address"])
        seal = read_certificate(setup["certificate"], name="TOCSIN_PRINT_HOUSE_CERTIFICATE")
        self._outbox = Outbox(Path(setup["folder"]), seal)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message, when the file that it is in is whole."""
        waiting = iter(messages)
        while some := list(islice(waiting, self.about.batch)):
            try:
                yield from self._take(some)
            except OSError as error:
                raw = {"folder": error.strerror or type(error).__name__}
                for one in some:
                    yield Sent(one.reference, Outcome.REFUSED, Reason.PROVIDER_ERROR, retry_after=_WAIT / 10, raw=raw)

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """Whether our fonts can set these words and the window has room for the return address, as `Prepared`."""
        if not texts:
            return []
        found = [] if return_fits(self._sheet) else [RETURN_TOO_LONG]
        if not can_be_set(language, texts["subject"], texts["plain"], self._sheet):
            found.append("Our fonts cannot set these words in this language.")
        return found

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """Whether the letter stands in a print file that was made; silence for any other. A folder that is away does
        not answer."""
        try:
            found = self._outbox.taken([inquiry.reference for inquiry in inquiries])
        except OSError:
            yield from (Unanswered(inquiry.reference) for inquiry in inquiries)
            return
        for reference, taken in found.items():
            event = f"{taken.file}:{taken.first_page}"
            yield Receipt(Outcome.ACCEPTED, event, None, reference, taken.file, raw=taken.as_json())

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """A print house calls nobody back; what comes back by post is entered by people."""
        raise Forged("a print house sends no receipts")

    def _take(self, messages: Sequence[Message]) -> list[Sent]:
        """All outcomes of these, gathered before the first is given: whoever stops listening loses none of a file."""
        before = self._outbox.taken([one.reference for one in messages])
        sent = [_accepted(reference, taken) for reference, taken in before.items()]
        fresh = [one for one in messages if one.reference not in before]
        if fresh and self._outbox.waiting() >= int(self._setup["waiting"]):
            raw = {"waiting": "the print house has not fetched what lies there"}
            late = (Outcome.THROTTLED, Reason.RATE_LIMITED)
            return sent + [Sent(one.reference, *late, retry_after=_WAIT, raw=raw) for one in fresh]
        by_country: dict[str, list[Letter]] = {}
        for one in fresh:
            try:
                to = read_postal(one.to.value, home=self._setup["home"], language=one.language)
            except NotAnAddress as wrong:
                sent.append(_refused(one.reference, Reason.INVALID_ADDRESS, str(wrong)))
            else:
                by_country.setdefault(to.country or _UNKNOWN, []).append(Letter(one, to))
        for country, letters in sorted(by_country.items()):
            sent += self._print(country, letters)
        return sent

    def _print(self, country: str, letters: Sequence[Letter]) -> list[Sent]:
        now = self._setup.now()
        made = printed(letters, self._sheet, at=now)
        forget()  # no other file has these addresses
        reasons = {TOO_LONG: Reason.TOO_LONG}
        sent = [_refused(one, reasons.get(wrong, Reason.INVALID_ADDRESS), wrong) for one, wrong in made.unfit.items()]
        sent += [
            _refused(one, Reason.CONTENT_REFUSED, "these words, or the sender's, cannot be set")
            for one in made.unsettable
        ]
        laid = self._lay_out(country, made)
        # Another worker printed some of them meanwhile: the file would have printed these twice and was not laid out.
        done = {one.reference for one in [*sent, *laid]}
        left = [one for one in letters if one.message.reference not in done]
        return [*sent, *laid, *(self._print(country, left) if left else [])]

    def _lay_out(self, country: str, made: Printed) -> list[Sent]:
        if not made.pages:
            return []
        try:
            laid = self._outbox.lay_out(country, made.pdf, made.pages, at=self._setup.now())
        except OSError as error:  # of this file; those of other countries may be whole
            raw = {"folder": error.strerror or type(error).__name__}
            failed = (Outcome.REFUSED, Reason.PROVIDER_ERROR)
            return [Sent(one, *failed, retry_after=_WAIT / 10, raw=raw) for one in made.pages]
        return [_accepted(reference, taken) for reference, taken in laid.items()]


def _accepted(reference: str, taken: Taken) -> Sent:
    raw: Mapping[str, Any] = taken.as_json()
    return Sent(reference, Outcome.ACCEPTED, provider_reference=taken.file, raw=raw)


def _refused(reference: str, reason: Reason, wrong: str) -> Sent:
    return Sent(reference, Outcome.REFUSED, reason, permanent=True, raw={"letter": wrong})
