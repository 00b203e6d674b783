"""What a channel is: the address kind it writes to, the pieces of text it needs, its limits, the proof it can give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifiers.message import AddressKind
from notifiers.outcome import Outcome


@dataclass(frozen=True)
class Channel:
    """`form` is the form of a text that it carries (short, push, email, page, letter, spoken); `pieces` are the names
    a Message's texts must hold, in the order they are read.

    `short` says that people read it on a lock screen or without seeing who wrote it: no link, no code, no personal
    detail (unsafe.py). `limit` is the most characters of all pieces together, or None. `proof` is the outcome that its
    rehearsal plays. `count` gives the parts in which one message is billed, and paced unless `paced_in_parts` is False.
    `rings` says that it wakes whoever sleeps, however little they read.
    `by_people`: no machine sends on it; people of the house do, and write down what became of it. `after` names the
    channel behind which it is tried wherever a route names that one and not this. `measure` says how long texts are
    where characters are not what counts.
    """

    label: str
    address: AddressKind
    form: str
    pieces: tuple[str, ...]
    proof: Outcome
    short: bool = False
    rings: bool = False
    one_by_one: bool = True
    limit: int | None = None
    optional: tuple[str, ...] = ()
    by_people: bool = False
    after: str = ""
    count: Callable[[Mapping[str, str]], int] = lambda _texts: 1
    paced_in_parts: bool = True
    measure: Callable[[Mapping[str, str]], str] | None = None

    def paced(self, parts: int) -> int:
        """How many units of a provider's pace one message of `parts` takes up."""
        return max(1, parts) if self.paced_in_parts else 1

    def length(self, texts: Mapping[str, str]) -> str:
        """How long `texts` are by what counts on this channel, for whoever approves them: "2 parts, ucs-2"."""
        if self.measure is not None:
            return self.measure(texts)
        characters = sum(len(text) for name, text in texts.items() if name in self.pieces)
        return f"{characters:,} characters" if self.limit is None else f"{characters:,} characters of {self.limit:,}"

    def findings(self, texts: Mapping[str, str]) -> list[str]:
        """What is wrong with `texts` for this channel, a sentence each; empty when they can be sent."""
        wrong = [f"{self.label} needs '{piece}'." for piece in self.pieces if not texts.get(piece, "").strip()]
        known = (*self.pieces, *self.optional)
        wrong += [f"{self.label} has no place for '{piece}'." for piece in texts if piece not in known]
        return [*wrong, *self.overlong(texts)]

    def overlong(self, texts: Mapping[str, str]) -> list[str]:
        """A sentence where `texts` are longer than this channel carries."""
        length = sum(len(text) for name, text in texts.items() if name in (*self.pieces, *self.optional))
        if self.limit is None or length <= self.limit:
            return []
        return [f"{self.label} carries {self.limit} characters; these are {length}."]
