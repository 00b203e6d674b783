"""Short messages to mainland China: whose number it is, and the approved template that renders a text and no other."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path

from pydantic import Field, field_validator

from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Sent
from packs import BadInput, Strict, read_pack

_MOBILE = re.compile(r"\+861[0-9]{10}")  # eleven digits that begin with 1, which are all mobile numbers of the mainland
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_OUR_CODE = "+86"


class Template(Strict):
    """One text as the provider approved it; its variables stand in it as the provider writes them."""

    id: str = Field(min_length=1)
    signature: str = Field(min_length=1)
    language: str = Field(min_length=1)
    text: str = Field(min_length=1)

    @field_validator("text")
    @classmethod
    def _without_last_break(cls, text: str) -> str:
        return text.rstrip("\n")  # which a block of YAML ends with

    @field_validator("text", "signature")
    @classmethod
    def _without_brackets(cls, text: str) -> str:
        if "【" in text or "】" in text:
            raise ValueError("stands without 【】: the provider puts the signature in them before the text")
        return text


class _File(Strict):
    templates: list[Template]


@dataclass(frozen=True)
class Filled:
    """A template and the values of its variables, which together render one text."""

    id: str
    signature: str
    values: Mapping[str, str] = field(repr=False)


class Templates:
    """What a provider approved. `variable` matches a variable in a text, its name in the first group."""

    def __init__(self, file: str, variable: re.Pattern[str]) -> None:
        self._file = file
        self._all = read_pack(Path(file), _File).templates
        ids = [one.id for one in self._all]
        if doubled := sorted({one for one in ids if ids.count(one) > 1}):
            raise BadInput(f"{file}: the template {doubled[0]} is written twice.")
        # The fewer variables, the more of a text was read by whoever approved it.
        read = sorted(((one, *_pattern(one, variable)) for one in self._all), key=lambda each: len(each[2]))
        self._read: list[tuple[Template, re.Pattern[str], list[str]]] = read
        self.find: Callable[[str], Filled | None] = lru_cache(maxsize=256)(self._find)

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """One sentence when no template renders the short text of `texts`, which is in `language`."""
        if self.find(texts.get("short", "")) is not None:
            return []
        known = [one.id for one in self._all if one.language == language]
        has = f"of {language} it holds {', '.join(known)}" if known else f"it holds none of {language}"
        return [f"{self._file}: no approved template renders the short text in {language}; {has}."]

    def _find(self, text: str) -> Filled | None:
        for one, pattern, names in self._read:
            if found := pattern.fullmatch(text):
                values = {name: found[f"v{number}"] for number, name in enumerate(names)}
                return Filled(one.id, one.signature, values)
        return None


def _pattern(template: Template, variable: re.Pattern[str]) -> tuple[re.Pattern[str], list[str]]:
    """What a text must be to be rendered by `template`, and the names of the variables by number.

    The signature is the sender's name: the provider shows it before each text. Wording may begin with it, and then the
    template's own text is what follows.
    """
    names: list[str] = []
    parts = [f"(?:{re.escape(f'【{template.signature}】')})?"]
    end = 0
    for found in variable.finditer(template.text):
        parts.append(re.escape(template.text[end : found.start()]))
        parts.append(_variable(found[1], names))
        end = found.end()
    parts.append(re.escape(template.text[end:]))
    return re.compile("".join(parts)), names


def _variable(name: str, names: list[str]) -> str:
    if name in names:  # a variable that stands twice has one value
        return f"(?P=v{names.index(name)})"
    names.append(name)
    return f"(?P<v{len(names) - 1}>.+?)"


def fitted(message: Message, templates: Templates) -> Filled | Sent:
    """The template that renders the words of `message`; or its refusal for good, where nobody approved them or the
    number is not of the mainland."""
    number = message.to.value
    if _MOBILE.fullmatch(number):
        return templates.find(message.texts["short"]) or _for_good(message, Reason.CONTENT_REFUSED)
    abroad = _E164.fullmatch(number) and not number.startswith(_OUR_CODE)
    return _for_good(message, Reason.NOT_PERMITTED if abroad else Reason.INVALID_ADDRESS)


def bare(message: Message) -> str:
    """The eleven digits of a number of the mainland."""
    return message.to.value.removeprefix(_OUR_CODE)


def hidden(message: Message, templates: Templates) -> tuple[str, ...]:
    """What may show in nothing that is kept of an answer: number, words, and what filled the template."""
    filled = templates.find(message.texts["short"])
    values = [value for value in filled.values.values() if len(value) > 2] if filled else []
    return (message.to.value, bare(message), message.texts["short"], *values)


def _for_good(message: Message, reason: Reason) -> Sent:
    return Sent(message.reference, Outcome.REFUSED, reason, permanent=True, raw={"refused": "here, nothing was sent"})


def exchange(
    lines: Lines,
    messages: Iterable[Message],
    call: Callable[[Message], Call | Sent],
    read: Callable[[Message, Answer | Lost], Sent],
    *,
    most: int,
) -> Iterator[Sent]:
    """One outcome a message: `call` makes its request or refuses it. At most `most` refusals wait to be given, so that
    a million messages whose words nobody approved are not all taken in hand at once."""
    waiting = iter(messages)
    for first in waiting:
        unfit: list[Sent] = []
        for message, answer in lines.exchange(_calls(chain((first,), waiting), call, unfit, most)):
            yield read(message, answer)
            while unfit:
                yield unfit.pop()
        yield from unfit


def _calls(
    messages: Iterable[Message], call: Callable[[Message], Call | Sent], unfit: list[Sent], most: int
) -> Iterator[tuple[Message, Call]]:
    for message in messages:
        made = call(message)
        if isinstance(made, Call):
            yield message, made
            continue
        unfit.append(made)
        if len(unfit) >= most:
            return
