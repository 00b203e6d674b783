"""Short messages to mainland China: whose number it is, and the approved template that renders a text and no other."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from pydantic import Field, field_validator

from notifiers.answers import unsent
from notifiers.approved import Approved, form_of
from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Reason, Sent
from packs import Strict, read_pack

_MOBILE = re.compile(r"\+861[0-9]{10}")  # eleven digits that begin with 1, which are all mobile numbers of the mainland
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
CODE = "+86"


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
        # The signature is the sender's name: the provider shows it before each text. Wording may begin with it, and
        # then the template's own text is what follows.
        self._approved = Approved(
            file,
            read_pack(Path(file), _File).templates,
            lambda one: (form_of(one.text, variable, f"(?:{re.escape(f'【{one.signature}】')})?"),),
        )

    def find(self, text: str) -> Filled | None:
        """The template that renders `text`, and the values of its variables."""
        found = self._approved.find(text)
        return found and Filled(found[0].id, found[0].signature, found[1][0])

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """One sentence when no template renders the short text of `texts`, which is in `language`."""
        return self._approved.lacks((texts.get("short", ""),), language, what="the short text")


def fitted(message: Message, templates: Templates) -> Filled | Sent:
    """The template that renders the words of `message`; or its refusal for good, where nobody approved them or the
    number is not of the mainland."""
    number = message.to.value
    if _MOBILE.fullmatch(number):
        return templates.find(message.texts["short"]) or unsent(message, Reason.CONTENT_REFUSED)
    abroad = _E164.fullmatch(number) and not number.startswith(CODE)
    return unsent(message, Reason.NOT_PERMITTED if abroad else Reason.INVALID_ADDRESS)


def bare(message: Message) -> str:
    """The eleven digits of a number of the mainland."""
    return message.to.value.removeprefix(CODE)


def hidden(message: Message, templates: Templates) -> tuple[str, ...]:
    """What may show in nothing that is kept of an answer: number, words, and what filled the template."""
    filled = templates.find(message.texts["short"])
    values = [value for value in filled.values.values() if len(value) > 2] if filled else []
    return (message.to.value, bare(message), message.texts["short"], *values)


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
