"""The content check: what keeps a draft from approval, each finding naming element, language and form."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from incidents.foundation.privacy import masked
from incidents.notices.files import SHORT_FORMATS, Filler, Format
from incidents.notices.library import Blocks, NoticeWording
from incidents.notices.render import Pieces, sections_of
from notifiers.burmese import is_misordered
from notifiers.registry import channels
from notifiers.unsafe import Unsafe, unsafe_in_short
from policies.vocabulary import ContentElement, ForbiddenContent


class Flaw(StrEnum):
    """What is wrong with a draft."""

    ELEMENT_MISSING = "element_missing"  # a required element has no sentence that fulfils it
    WORDS_MISSING = "words_missing"  # a placeholder that must be filled is empty
    FORBIDDEN = "forbidden"  # something stands in it that a law or promise keeps out
    CONFLICT = "conflict"  # one duty wants what another keeps out
    UNSAFE = "unsafe"  # it reads like a swindler's message
    PERSONAL_DETAIL = "personal_detail"  # a lock screen would show it to whoever stands near
    SELLING = "selling"  # it advertises
    MISORDERED = "misordered"  # Burmese that is not stored in Unicode's order
    TOO_LONG = "too_long"  # a channel that carries this form has no room for it
    EMPTY = "empty"  # a piece that the channel needs says nothing


@dataclass(frozen=True)
class Finding:
    """One reason against approval; `sentence` names element and language and holds nothing personal."""

    flaw: Flaw
    language: str
    sentence: str
    element: str | None = None
    form: Format | None = None


@dataclass(frozen=True)
class Wanted:
    """What the duties behind a notice ask of its content."""

    contents: frozenset[ContentElement]
    forbidden: frozenset[ForbiddenContent] = frozenset()


# What each ban rules out, as fields: the elements that may not be told, and the placeholders that may not be shown.
_BANNED_ELEMENTS: Mapping[ForbiddenContent, frozenset[ContentElement]] = {
    ForbiddenContent.NUMBER_OF_PEOPLE: frozenset({ContentElement.PEOPLE_CONCERNED}),
    ForbiddenContent.NATURE_OF_BREACH: frozenset({ContentElement.WHAT_HAPPENED, ContentElement.CAUSE}),
}
_BANNED_VALUES: Mapping[ForbiddenContent, frozenset[str]] = {
    ForbiddenContent.NUMBER_OF_PEOPLE: frozenset({"people", "groups"}),
}


def banned_blocks(wording: NoticeWording, forbidden: Collection[ForbiddenContent]) -> frozenset[str]:
    """The blocks that a ban keeps out of the text altogether."""
    elements = {element for ban in forbidden for element in _BANNED_ELEMENTS.get(ban, frozenset())}
    return frozenset(wording.elements[element] for element in elements if element in wording.elements)


def wanted_elements(wording: NoticeWording, wanted: Wanted) -> frozenset[ContentElement]:
    """What this notice must contain: what the duties want, and what it always says unless that is banned."""
    banned = {element for ban in wanted.forbidden for element in _BANNED_ELEMENTS.get(ban, frozenset())}
    return wanted.contents | (frozenset(wording.always) - banned)


def check(
    wording: NoticeWording,
    blocks: Blocks,
    wanted: Wanted,
    values: Mapping[str, Any],
    rendered: Mapping[Format, Pieces],
    *,
    route: Collection[str],
) -> list[Finding]:
    """Everything that stands against this text, for one group of readers; empty when nothing does. `route` are the
    channels that the house names for them."""
    finders: Sequence[Iterable[Finding]] = (
        _conflicts(wording, blocks, wanted),
        _missing_words(wording, blocks, values),
        _missing_elements(wording, blocks, wanted, values),
        _forbidden(blocks, wanted, values),
        _unsafe(wording, blocks, values, rendered),
        _selling(blocks, rendered),
        _misordered(blocks, rendered),
        _overlong(blocks, rendered, route),
    )
    return list(dict.fromkeys(finding for findings in finders for finding in findings))


def _conflicts(wording: NoticeWording, blocks: Blocks, wanted: Wanted) -> Iterator[Finding]:
    for ban in sorted(wanted.forbidden):
        for element in sorted(_BANNED_ELEMENTS.get(ban, frozenset()) & wanted.contents):
            said = f"{wording.id} ({blocks.language}): one duty wants {element}, another keeps {ban} out; decide."
            yield Finding(Flaw.CONFLICT, blocks.language, said, element)


def _missing_words(wording: NoticeWording, blocks: Blocks, values: Mapping[str, Any]) -> Iterator[Finding]:
    for hole in wording.holes(blocks):
        place, value = wording.placeholders[hole], values[hole]
        if not place.optional and not isinstance(value, bool) and not value:
            said = f"{wording.id} ({blocks.language}): '{hole}' is empty: {place.says}"
            yield Finding(Flaw.WORDS_MISSING, blocks.language, said, hole)


def _missing_elements(
    wording: NoticeWording, blocks: Blocks, wanted: Wanted, values: Mapping[str, Any]
) -> Iterator[Finding]:
    silent = banned_blocks(wording, wanted.forbidden) | {
        name for name in _bound(wording) if not sections_of(blocks, [name], values)
    }
    for element in sorted(wanted_elements(wording, wanted)):
        bound = {form: wording.block_of(element, form) for form in _forms_with(wording, element)}
        lacking = [form for form, block in bound.items() if block is None or block in silent]
        if lacking:
            yield _lacks(wording, blocks, element, lacking)
    for name in sorted(set(wording.own.needs) & silent):
        said = f"{wording.id} ({blocks.language}): the part '{name}' says nothing."
        yield Finding(Flaw.ELEMENT_MISSING, blocks.language, said, name)


def _bound(wording: NoticeWording) -> set[str]:
    carried = {block for file in wording.formats.values() for block in file.carries.values()}
    used = {name for file in wording.formats.values() for listed in file.pieces.values() for name in listed}
    return (set(wording.elements.values()) | carried | set(wording.own.needs)) & used


def _forms_with(wording: NoticeWording, element: ContentElement) -> list[Format]:
    # The whole forms carry everything; the short ones only what notice.yaml says that they carry.
    return [form for form, file in wording.formats.items() if form not in SHORT_FORMATS or element in file.carries]


def _lacks(wording: NoticeWording, blocks: Blocks, element: ContentElement, forms: Sequence[Format]) -> Finding:
    block = wording.elements.get(element)
    why = f"the part '{block}' says nothing" if block else "no part of this notice is bound to it"
    said = f"{wording.id} ({blocks.language}): {element} is missing in {', '.join(forms)}: {why}. {element.sentence}"
    return Finding(Flaw.ELEMENT_MISSING, blocks.language, said, element)


def _forbidden(blocks: Blocks, wanted: Wanted, values: Mapping[str, Any]) -> Iterator[Finding]:
    for ban in sorted(wanted.forbidden):
        for hole in sorted(_BANNED_VALUES.get(ban, frozenset())):
            if values.get(hole):
                said = f"({blocks.language}) '{hole}' may not be shown: {ban.sentence}"
                yield Finding(Flaw.FORBIDDEN, blocks.language, said, hole)


def _unsafe(
    wording: NoticeWording, blocks: Blocks, values: Mapping[str, Any], rendered: Mapping[Format, Pieces]
) -> Iterator[Finding]:
    for form, pieces in rendered.items():
        for piece, text in pieces.items():
            if not text:
                yield Finding(
                    Flaw.EMPTY, blocks.language, f"{form} ({blocks.language}): '{piece}' is empty.", form=form
                )
        if form in SHORT_FORMATS:
            yield from _unsafe_short(blocks, form, " ".join(pieces.values()), values)
    for hole in wording.holes(blocks):
        # The address that people know comes from the house pack and is told in words; a writer adds no other.
        if wording.placeholders[hole].by is Filler.WRITER and Unsafe.LINK in unsafe_in_short(values[hole]):
            said = f"{wording.id} ({blocks.language}): '{hole}' holds a link; a notice bears none."
            yield Finding(Flaw.UNSAFE, blocks.language, said, hole)


def _overlong(blocks: Blocks, rendered: Mapping[Format, Pieces], route: Collection[str]) -> Iterator[Finding]:
    # A channel that nobody of these readers is told by must not keep a text from them.
    asked = [channel for name, channel in channels().items() if name in route or channel.after in route]
    for channel in asked:
        for form in rendered:
            for sentence in channel.overlong(rendered[form]) if form == channel.form else ():
                yield Finding(Flaw.TOO_LONG, blocks.language, f"({blocks.language}) {sentence}", form=form)


def _unsafe_short(blocks: Blocks, form: Format, words: str, values: Mapping[str, Any]) -> Iterator[Finding]:
    for unsafe in unsafe_in_short(words):
        yield Finding(Flaw.UNSAFE, blocks.language, f"{form} ({blocks.language}): {unsafe.sentence}", form=form)
    for reference in ("reference", "wrong_reference"):  # a few of them look like telephone numbers
        words = words.replace(values[reference] or " ", " ")
    if masked(words) != words:
        said = f"{form} ({blocks.language}): what looks like a contact point stands in it."
        yield Finding(Flaw.PERSONAL_DETAIL, blocks.language, said, form=form)


def _selling(blocks: Blocks, rendered: Mapping[Format, Pieces]) -> Iterator[Finding]:
    for form, pieces in rendered.items():
        text = " ".join(pieces.values()).casefold()
        for phrase in blocks.words.selling:
            if phrase.casefold() in text:
                said = f"{form} ({blocks.language}): '{phrase}' reads like advertising, which has no place in a notice."
                yield Finding(Flaw.SELLING, blocks.language, said, form=form)


def _misordered(blocks: Blocks, rendered: Mapping[Format, Pieces]) -> Iterator[Finding]:
    if any(is_misordered(text) for pieces in rendered.values() for text in pieces.values()):
        said = f"({blocks.language}) Burmese letters stand in an order that Unicode does not know; this may be Zawgyi."
        yield Finding(Flaw.MISORDERED, blocks.language, said)
