"""Texts with variables that a provider approved beforehand, and how a notice's words are found again in one of them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import Field

from packs import BadInput, Strict, read_pack

_PLACE = re.compile(r"\{\$([^{}$]+)\$\}")


class Entry(Protocol):
    """What every approved template says of itself: the provider's id and the language, ours ("zh-Hans")."""

    @property
    def id(self) -> str: ...

    @property
    def language(self) -> str: ...


Kind = TypeVar("Kind", bound=Entry)


@dataclass(frozen=True)
class Form:
    """What a text must be to be rendered by a template, and the names of its variables by number."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]

    def values_in(self, text: str) -> dict[str, str] | None:
        """The values that render exactly `text`; None where none do."""
        found = self.pattern.fullmatch(text)
        return found and {name: found[f"v{number}"] for number, name in enumerate(self.names)}


def form_of(text: str, variable: re.Pattern[str], before: str = "") -> Form:
    """The form of an approved `text`. `variable` matches a variable in it, its name in the first group; `before` is a
    pattern of what may stand in front."""
    names: list[str] = []
    parts, end = [before], 0
    for found in variable.finditer(text):
        parts.append(re.escape(text[end : found.start()]))
        parts.append(_variable(found[1], names))
        end = found.end()
    parts.append(re.escape(text[end:]))
    return Form(re.compile("".join(parts)), tuple(names))


def _variable(name: str, names: list[str]) -> str:
    if name in names:  # a variable that stands twice has one value
        return f"(?P=v{names.index(name)})"
    names.append(name)
    return f"(?P<v{len(names) - 1}>.+?)"


def none_renders(file: str, what: str, language: str, known: Sequence[str]) -> str:
    """The sentence that `file` holds no template for `what`; `known` are those that it holds of its language."""
    has = f"of {language} it holds {', '.join(known)}" if known else f"it holds none of {language}"
    return f"{file}: no approved template renders {what} in {language}; {has}."


class Approved(Generic[Kind]):
    """The templates of one file. Each renders one text or several (title and body), as many as `forms` gives for it."""

    def __init__(self, file: str, entries: Iterable[Kind], forms: Callable[[Kind], tuple[Form, ...]]) -> None:
        self._file, self.entries = file, tuple(entries)
        ids = [one.id for one in self.entries]
        if doubled := sorted({one for one in ids if ids.count(one) > 1}):
            raise BadInput(f"{file}: the template {doubled[0]} is written twice.")
        read = [(one, forms(one)) for one in self.entries]
        # The fewer variables, the more of a text was read by whoever approved it.
        self._read = sorted(read, key=lambda each: sum(len(form.names) for form in each[1]))
        self.find: Callable[..., tuple[Kind, tuple[Mapping[str, str], ...]] | None] = lru_cache(maxsize=256)(self._find)

    def lacks(self, texts: tuple[str, ...], language: str, *, what: str) -> list[str]:
        """One sentence when no template renders `texts`, called `what`, which are in `language`."""
        if self.find(*texts) is not None:
            return []
        return [none_renders(self._file, what, language, [one.id for one in self.entries if one.language == language])]

    def _find(self, *texts: str) -> tuple[Kind, tuple[Mapping[str, str], ...]] | None:
        for one, forms in self._read:
            found = [form.values_in(text) for form, text in zip(forms, texts, strict=True)]
            filled = tuple(values for values in found if values is not None)
            if len(filled) == len(forms):
                return one, filled
        return None


class Pair(Strict):
    """An approved title and body of a push notification, with variables written {$name$}. `channel` is the vendor's id
    of the class of message that it was approved for, where a template is bound to one."""

    id: str = Field(min_length=1)
    language: str = Field(min_length=1)
    title: str = Field(min_length=1)
    body: str = Field(min_length=1)
    channel: str = ""


class _Pairs(Strict):
    templates: list[Pair]


def read_pairs(file: str) -> Approved[Pair]:
    """The approved titles and bodies in `file`, YAML. Raises BadInput with file, line and field."""
    pairs = read_pack(Path(file), _Pairs).templates
    return Approved(
        file, pairs, lambda one: tuple(form_of(text.rstrip("\n"), _PLACE) for text in (one.title, one.body))
    )


def too_long(texts: Mapping[str, str], **most: int) -> list[str]:
    """A sentence for each piece of `texts` that has more characters than the vendor takes (title=49)."""
    counted = ((piece, limit, len(texts.get(piece, ""))) for piece, limit in most.items())
    return [f"The {piece} may have {limit} characters and has {has}." for piece, limit, has in counted if has > limit]
