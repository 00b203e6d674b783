"""Letters in print: pages with the address where an envelope has its window, and a code for when they come back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from notifiers.letter_words import letter_words
from notifiers.mark import mark_of
from notifiers.message import Address, AddressKind, Message
from notifiers.papers import Paper, Unprintable
from notifiers.postal import Postal

_LAYOUT = "letter/letter.typ"
TOO_LONG = "longer than the window of an envelope"
RETURN_TOO_LONG = "The sender and the return address are longer than the window of an envelope shows above the address."
_HEADING = 80  # characters; a first line that is longer, or ends as a sentence does, is no heading
_ENDS = re.compile(r"[.。．!！?？:：;；,，၊။।…]\s*$")
_NOBODY = "dlv_" + "0" * 26  # the reference of a letter that is set to see whether it can be
_Key = tuple[str, ...]  # language, sender, zone, subject and text: what letters of one text share


@dataclass(frozen=True)
class Sheet:
    """How letters are set: the line that says where they come back to, and for which envelope (`window`: A4 for a
    window after DIN 5008 form B; else US Letter without address and code)."""

    return_address: str = ""
    window: bool = True


@dataclass(frozen=True)
class Letter:
    """One message and the address that it goes to."""

    message: Message = field(repr=False)
    to: Postal = field(repr=False)


@dataclass(frozen=True)
class Printed:
    """One file. `pages`: first page and number of pages of each letter in it, by reference. `unfit`: those that are not
    in it for their address, with what is wrong; `unsettable`: those whose words cannot be set."""

    pdf: bytes = field(repr=False)
    pages: Mapping[str, tuple[int, int]]
    unfit: Mapping[str, str]
    unsettable: frozenset[str]


def printed(letters: Sequence[Letter], sheet: Sheet, *, at: datetime) -> Printed:
    """Set `letters` one after another. One that cannot be set keeps no other from being printed."""
    press = _Press(sheet, at)
    unfit: dict[str, str] = {}
    unsettable: set[str] = set()
    left = list(letters)
    while left:
        try:
            told, pdf = press.lay(left)
        except Unprintable:
            wordless = press.of_bad_words(left)
            unsettable |= wordless
            culprits = [] if wordless else press.culprits(left)
            unfit |= {one.message.reference: "a character that none of our fonts has" for one in culprits}
        else:
            unsettable |= {left[one["number"]].message.reference for one in told if not one["returns"]}
            pages = {left[one["number"]].message.reference: (one["first"], one["pages"]) for one in told}
            wide = {left[one["number"]].message.reference for one in told if not one["fits"]}
            if not wide and not unsettable & pages.keys():
                return Printed(pdf, pages, unfit, frozenset(unsettable))
            unfit |= dict.fromkeys(wide, TOO_LONG)
        left = [one for one in left if one.message.reference not in unsettable | unfit.keys()]
    return Printed(b"", {}, unfit, frozenset(unsettable))


def can_be_set(language: str, subject: str, plain: str, sheet: Sheet) -> bool:
    """Whether our fonts have these words in this language: a letter to nobody is set, once, for it takes a while."""
    return _told_of_nobody(language, subject, plain, sheet) is not None


def return_fits(sheet: Sheet) -> bool:
    """Whether the window has room for the line that says where letters come back to, whoever sends."""
    told = _told_of_nobody("en", "-", "-", sheet)
    return told is not None and all(one["returns"] for one in told)


@lru_cache(maxsize=512)
def _told_of_nobody(language: str, subject: str, plain: str, sheet: Sheet) -> list[Any] | None:
    message = Message(_NOBODY, Address(AddressKind.POSTAL, ""), {"subject": subject, "plain": plain}, "-", language)
    try:
        told, _ = _Press(sheet, datetime(2000, 1, 1, tzinfo=UTC)).lay([Letter(message, Postal(("-",)))])
    except Unprintable:
        return None
    return told


class _Press:
    """Sets letters in one way at one time."""

    def __init__(self, sheet: Sheet, at: datetime) -> None:
        self._sheet, self._at = sheet, at

    def lay(self, letters: Sequence[Letter]) -> tuple[list[Any], bytes]:
        """Where each letter stands, and the PDF if all addresses fit. Raises Unprintable."""
        paper = Paper(_LAYOUT, self._data(letters))
        told = paper.told("letter")
        return told, paper.pdf(written_at=self._at) if all(one["fits"] and one["returns"] for one in told) else b""

    def of_bad_words(self, letters: Sequence[Letter]) -> set[str]:
        """The references of those letters whose words cannot be set, whatever the address."""
        bad = {key for key, one in {_key(one.message): one for one in letters}.items() if not self.sets([_blank(one)])}
        return {one.message.reference for one in letters if _key(one.message) in bad}

    def culprits(self, letters: Sequence[Letter]) -> list[Letter]:
        """Those whose address cannot be set, found by halving; if it is none or only all of them together, all. The
        words are left out: whole letters set again and again would take longer than a worker may."""
        return self._halved([_wordless(one) for one in letters])

    def _halved(self, letters: Sequence[Letter]) -> list[Letter]:
        if len(letters) == 1:
            return list(letters)
        middle = len(letters) // 2
        found = [
            one for half in (letters[:middle], letters[middle:]) if not self.sets(half) for one in self._halved(half)
        ]
        return found or list(letters)

    def sets(self, letters: Sequence[Letter]) -> bool:
        """Whether they can be set all together."""
        try:
            self.lay(letters)
        except Unprintable:
            return False
        return True

    def _data(self, letters: Sequence[Letter]) -> dict[str, Any]:
        texts = {_key(one.message): one.message for one in letters}
        place = {key: number for number, key in enumerate(texts)}
        return {
            "title": next(iter(texts.values())).texts["subject"],
            "author": letters[0].message.sender_name,
            "paper": "a4" if self._sheet.window else "us-letter",
            "window": self._sheet.window,
            "texts": [self._text(message) for message in texts.values()],
            "letters": [self._letter(number, place, one) for number, one in enumerate(letters)],
        }

    def _text(self, message: Message) -> dict[str, Any]:
        from babel.dates import format_date  # noqa: PLC0415 - not everybody sends letters

        said = letter_words(message.language)
        day = self._at.astimezone(ZoneInfo(message.zone))
        return {
            "language": message.language,
            "subject": message.texts["subject"],
            "parts": parts_of(message.texts["plain"]),
            "sender": message.sender_name,
            "return-line": " · ".join(filter(None, (message.sender_name, self._sheet.return_address))),
            "dated": format_date(day, said.date, locale=said.locale).translate(
                str.maketrans("0123456789", said.digits)
            ),
            "digits": list(said.digits),
            "page": said.page,
            "reference": said.reference,
        }

    def _letter(self, number: int, place: Mapping[_Key, int], one: Letter) -> dict[str, Any]:
        reference = one.message.reference if self._sheet.window else ""
        return {
            "number": number,
            "text": place[_key(one.message)],
            "lines": list(one.to.lines),
            "reference": reference,
            "mark": mark_of(reference) if reference else "",
            "code": _code(reference) if reference else "",
        }


def parts_of(plain: str) -> list[dict[str, Any]]:
    """A notice's plain text as heading, list and the lines behind it, paragraph by paragraph; a line that leads to a
    list stands before it in a part of its own."""
    found: list[dict[str, Any]] = []
    for paragraph in re.split(r"\n\s*\n", plain.strip()):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        is_headed = len(lines) > 1 and not lines[0].startswith("- ") and _is_heading(lines[0])
        found.append({"heading": lines.pop(0) if is_headed else "", "items": [], "lines": []})
        for line in lines:
            if line.startswith("- ") and found[-1]["lines"]:
                found.append({"heading": "", "items": [], "lines": []})
            found[-1]["items" if line.startswith("- ") else "lines"].append(line.removeprefix("- "))
    return found


def _is_heading(line: str) -> bool:
    return len(line) <= _HEADING and _ENDS.search(line) is None


def _key(message: Message) -> _Key:
    texts = message.texts
    return message.language, message.sender_name, message.zone, texts["subject"], texts["plain"]


def _blank(one: Letter) -> Letter:
    return Letter(one.message, Postal(("-",)))


def _wordless(one: Letter) -> Letter:
    return Letter(replace(one.message, texts=dict.fromkeys(one.message.texts, "-")), one.to)


def _code(reference: str) -> str:
    # Read through the window, so that nobody opens a letter that came back; M still reads with a seventh of it gone.
    # The mark's capitals take a code of the same size as the reference without check digits would.
    import segno  # noqa: PLC0415 - not everybody sends letters

    svg: str = segno.make(mark_of(reference).upper(), error="m", micro=False, boost_error=False).svg_inline(border=0)
    return svg
