"""Says in the reader's language what the hall says in English with values in it.

The hall knows no languages: it says "moqi is established in CN." and the ledger keeps that line. Here the line is read
back into its message, `{party} is established in {where}.`, and its values; the message has a translation, and the
values go where that wants them. Whatever is not known stays as it was said. Decision 0075 says why not otherwise.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel.messages.pofile import read_po

from web.languages.catalogs import FOLDER, languages, translations

# The contexts of messages with holes, {like_this}. In a refusal a value in quotes is what somebody typed: it stays.
SENTENCE, REFUSAL = "sentence", "refusal"
_HOLE = re.compile(r"\{(\w+)\}")
JOINTS = (": ", "; ", ", ", " or ", " and ", ".")  # messages in the context "between parts"
_COUNTED = re.compile(r"([\d.,]+%?) ([a-z ]+)")
_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z0-9'{])")
_CITED = re.compile(r"(.+) \((.+)\)", re.DOTALL)
_DEEP = 7  # how far values within values are looked into
_LONGEST = 2000  # characters; what is longer is no line of ours, and to look for several holes in it would take long


@dataclass(frozen=True)
class _Message:
    """A message with holes as it is known again: `anchor` is the longest part that always stands in it."""

    shape: re.Pattern[str]
    anchor: str
    fixed: int
    typed: frozenset[str]  # the holes whose values stay as they are
    said: str


@lru_cache(maxsize=20_000)
def phrase(text: str, language: str, deep: int = _DEEP) -> str | None:
    """The text in this language, as far as its catalogs know it; None where they know nothing of it."""
    bare = text.strip()
    if not bare or len(bare) > _LONGEST:
        return None
    whole = translations(language)
    for said in (whole.gettext(bare), whole.pgettext("word", bare.replace("_", " "))):
        if said not in (bare, bare.replace("_", " ")):
            return said
    if not deep:
        return None
    ways = (_one_by_one, _cited, _filled, _apart)
    return next((said for said in (way(bare, language, deep) for way in ways) if said), None)


def _one_by_one(text: str, language: str, deep: int) -> str | None:
    """Several sentences, each known by itself."""
    parts = _SENTENCE_END.split(text)
    said = [phrase(part, language, deep - 1) for part in parts] if len(parts) > 1 else []
    known = [one for one in said if one]
    return _side_by_side(known) if said and len(known) == len(parts) else None


def _cited(text: str, language: str, _deep: int) -> str | None:
    """A sentence that is known, and what stands in brackets behind it: its citation, or what it is about."""
    found = _CITED.fullmatch(text)
    said = phrase(found[1], language, 0) if found else None
    return f"{said} ({phrase(found[2], language, 0) or found[2]})" if found and said else None


def _filled(text: str, language: str, deep: int) -> str | None:
    for message in _messages(language):
        found = message.shape.fullmatch(text) if message.anchor in text else None
        # A value of several sentences was not one: the message says only how the first of them begins.
        if found and not any(_SENTENCE_END.search(value) for value in found.groups()):
            said = {
                name: value if name in message.typed else phrase(value, language, deep - 1) or value
                for name, value in found.groupdict().items()
            }
            return message.said.format_map(said)
    return None


def _apart(text: str, language: str, deep: int) -> str | None:
    """A count, sentences of which some are known, a list: each part for itself."""
    if (counted := _COUNTED.fullmatch(text)) and (said := phrase(counted[2], language, deep - 1)):
        return f"{counted[1]} {said}"
    if some := _some(_SENTENCE_END.split(text), language, deep):
        return _side_by_side(some)
    for joint in JOINTS[:-1]:
        if some := _some(text.split(joint, 1 if joint == ": " else -1), language, deep):
            return between(joint, language).join(some)
    said = phrase(text[:-1], language, deep - 1) if text.endswith(".") else None
    return said and said + between(".", language)


def _some(parts: list[str], language: str, deep: int) -> list[str]:
    """Each part as it is said, or as it stands; nothing where there is one part, or none of them is known."""
    said = [phrase(part, language, deep - 1) for part in parts] if len(parts) > 1 else []
    return [one or part for one, part in zip(said, parts, strict=True)] if any(said) else []


def between(joint: str, language: str) -> str:
    """What stands in this language where English has `joint`."""
    return translations(language).pgettext("between parts", joint)


def _side_by_side(parts: Iterable[str]) -> str:
    return " ".join(parts).replace("。 ", "。")  # Chinese leaves no space after a full stop


@cache
def _messages(language: str) -> tuple[_Message, ...]:
    """The messages with holes, those of which most is fixed first: they say best what was meant."""
    found = [_as_shape(*one) for one in _with_holes(language)]
    return tuple(sorted(found, key=lambda one: -one.fixed))


def _with_holes(language: str) -> Iterator[tuple[str, str, str]]:
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as stream:
            for one in read_po(stream, locale=languages()[language].locale):
                if one.context in (SENTENCE, REFUSAL) and one.string:
                    yield one.context, str(one.id), str(one.string)


def _as_shape(context: str, message: str, said: str) -> _Message:
    parts = [one.replace("{{", "{").replace("}}", "}") for one in _HOLE.split(message)]
    fixed, names = parts[::2], parts[1::2]
    pieces = [re.escape(one) for one in fixed]
    shape = "".join(f"{piece}(?P<{name}>.*?)" for piece, name in zip(pieces, names, strict=False)) + pieces[-1]
    quoted = (
        name for before, name, after in zip(fixed, names, fixed[1:], strict=False) if before[-1:] == after[:1] == "'"
    )
    typed = frozenset(quoted) if context == REFUSAL else frozenset()
    return _Message(re.compile(shape, re.DOTALL), max(fixed, key=len), sum(map(len, fixed)), typed, said)


def holes(message: str) -> Mapping[str, int]:
    """The names of a message's holes and how often each stands in it."""
    names = _HOLE.findall(message)
    return {name: names.count(name) for name in names}
