"""The shapes of the files under templates/notices/: notice.yaml, <language>/blocks.yaml and the words of a language."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from packs import Strict
from policies.vocabulary import AgeBand, Audience, ContentElement, Standing


class Format(StrEnum):
    """The forms that a notice can take; `page` is the full text at the place which the short ones point to."""

    SHORT = "short"
    PUSH = "push"
    EMAIL = "email"
    LETTER = "letter"
    SPOKEN = "spoken"
    PAGE = "page"


class Purpose(StrEnum):
    """What a notice is for."""

    TELLING = "telling"  # tells those whom a duty names
    ANNOUNCEMENT = "announcement"  # tells everybody, where one by one fails or a promise says so
    HOLDING = "holding"  # a first word, approved beforehand
    CORRECTION = "correction"  # puts an earlier notice right
    RECALL = "recall"  # takes an earlier notice back
    SCRIPT = "script"  # for our own staff; never sent


class Filler(StrEnum):
    """Who gives a placeholder its value."""

    HOUSE = "house"  # the house policy pack
    NOTICE = "notice"  # the notice itself: its reference
    INCIDENT = "incident"  # the record: dates, certainty
    COHORT = "cohort"  # the snapshot's cohorts: kinds of data, age known or not, counts
    WRITER = "writer"  # a person, in each language


SHORT_FORMATS = frozenset({Format.SHORT, Format.PUSH})  # read on a lock screen; they point to the whole text
PIECES: dict[Format, tuple[str, ...]] = {
    Format.SHORT: ("short",),
    Format.PUSH: ("title", "body"),
    Format.EMAIL: ("subject", "plain"),
    Format.LETTER: ("subject", "plain"),
    Format.SPOKEN: ("spoken",),
    Format.PAGE: ("subject", "plain"),
}
WITH_HTML = frozenset({Format.EMAIL, Format.PAGE})


class Placeholder(Strict):
    """A hole in the wording: who fills it, and what belongs in it."""

    by: Filler
    says: str
    optional: bool = False


class FormatFile(Strict):
    """The blocks of each piece, in order; `carries` names the block that fulfils an element here, if not the usual."""

    pieces: dict[str, tuple[str, ...]]
    carries: dict[ContentElement, str] = Field(default_factory=dict)


class NoticeFile(Strict):
    """notice.yaml. A notice that borrows takes what it does not say itself from the other one."""

    notice: str
    purpose: Purpose
    audiences: tuple[Audience, ...]
    age_bands: tuple[AgeBand, ...] = ()
    standings: tuple[Standing, ...] = ()
    tone: Literal["plain", "young"]
    borrows: str | None = None
    elements: dict[ContentElement, str] = Field(default_factory=dict)
    always: tuple[ContentElement, ...] = ()
    needs: tuple[str, ...] = ()
    formats: dict[Format, FormatFile] = Field(default_factory=dict)
    leaves_out: tuple[Format, ...] = ()
    placeholders: dict[str, Placeholder] = Field(default_factory=dict)
    drops: tuple[str, ...] = ()  # elements and placeholders of the borrowed one that this one has not
    without_ways: tuple[str, ...] = ()  # ways to verify that these readers do not have


class Reviewed(Strict):
    """Who of the house has read this wording in its language and stands for it; empty means nobody."""

    language: str
    reviewed_by: str = ""
    reviewed_on: date | None = None


class BlocksFile(Reviewed):
    """blocks.yaml: one text a block, and headings where this notice says them otherwise."""

    blocks: dict[str, str]
    headings: dict[str, str] = Field(default_factory=dict)


class WordsFile(Reviewed):
    """words/<language>.yaml: the names of the kinds of data, and the sentences that hang on them."""

    list: tuple[str, str]
    sentence_gap: str
    date: str
    moment: str
    digits: str = Field(min_length=10, max_length=10)
    categories: dict[str, str]
    harms: dict[str, str]
    advice: dict[str, str]
    harms_young: dict[str, str]
    advice_young: dict[str, str]
    headings: dict[str, str]
    verify: dict[str, str]
    reach: dict[str, str]
    people: dict[str, str]
    selling: tuple[str, ...]


class OrderFile(Strict):
    """words/order.yaml: language tag -> the languages that its reader is told in instead, in order."""

    falls_back: dict[str, tuple[str, ...]]


class ThemesFile(Strict):
    """words/themes.yaml: the theme of each kind of data, and the zones of countries that have several."""

    themes: dict[str, tuple[str, ...]]
    zones: dict[str, str]
