"""Approved templates of a provider, read from a file, and how a notice's words are found again in one of them."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import field_validator

from packs import Strict, read_pack

_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# A value may hold no line break, no tab and no more than four blanks in a row; a provider refuses one that does.
_VALUE = r"(?:(?! {5})[^\n\r\t])+?"


@dataclass(frozen=True)
class Pattern:
    """One approved template. `language` is ours ("zh-Hans"), `code` the provider's ("zh_CN"); `text` is the approved
    body with its numbered places, {{1}} and on."""

    name: str
    language: str
    code: str
    text: str

    def values_in(self, words: str) -> tuple[str, ...] | None:
        """What stands at the places when this template says exactly `words`; None when it cannot."""
        found = self._form.fullmatch(words)
        if found is None:
            return None
        return tuple(found[f"v{number}"] for number in range(1, self._form.groups + 1))

    @cached_property
    def _form(self) -> re.Pattern[str]:
        seen: set[str] = set()
        parts = []
        for place, piece in enumerate(_PLACE.split(self.text)):
            if place % 2 == 0:
                parts.append(re.escape(piece))
            else:
                parts.append(f"(?P=v{piece})" if piece in seen else f"(?P<v{piece}>{_VALUE})")
                seen.add(piece)
        return re.compile("".join(parts))


class _Entry(Strict):
    name: str
    language: str
    code: str
    text: str

    @field_validator("text")
    @classmethod
    def _numbered(cls, text: str) -> str:
        places = {place[1] for place in _PLACE.finditer(text)}
        if places != {str(number) for number in range(1, len(places) + 1)}:
            raise ValueError("places are numbered {{1}}, {{2}} and on, none left out")
        return text


class _File(Strict):
    templates: list[_Entry]


def read_patterns(file: Path) -> tuple[Pattern, ...]:
    """The templates in `file`, a YAML mapping with the list `templates`. Raises BadInput with file, line and field."""
    found = read_pack(file, _File).templates
    return tuple(Pattern(one.name, one.language, one.code, one.text.rstrip("\n")) for one in found)
