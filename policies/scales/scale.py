"""What a scale of severity is: what it asks of the assessor, its bands, and how it scores one cohort."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from packs import BadInput
from policies.categories import DataCategory
from policies.words import Word


@dataclass(frozen=True)
class Asked:
    """One thing that the assessor says; `default` is taken where nothing is said, and without one it must be."""

    id: str
    ask: str
    options: type[Word]
    default: Word | None = None


@dataclass(frozen=True)
class Exposed:
    """What a scale sees of one cohort: kinds of data, people at most (None: nobody can say), readable or not."""

    categories: Sequence[DataCategory]
    people: int | None = None
    unintelligible: bool = False


@dataclass(frozen=True)
class Scored:
    """A band with the sentences that explain it, flags that stand beside it, and a number where the scale has one."""

    band: Word
    because: tuple[str, ...]
    flags: tuple[str, ...] = ()
    score: Decimal | None = None


@dataclass(frozen=True)
class Scale:
    """One method, with its source; `bands` in rising order."""

    id: str
    title: str
    cite: str
    asks: tuple[Asked, ...]
    bands: type[Word]
    judge: Callable[[Exposed, Mapping[str, Word]], Scored]

    def score(self, exposed: Exposed, said: Mapping[str, str]) -> Scored:
        """Score one cohort from what was `said` (id -> option). Raises BadInput naming what is unknown or missing."""
        strange = sorted(set(said) - {one.id for one in self.asks})
        if strange:
            raise BadInput(
                f"{strange[0]}: {self.id} does not ask this; it asks {', '.join(one.id for one in self.asks)}."
            )
        if not exposed.categories:
            raise BadInput("categories: say at least one kind of data.")
        return self.judge(exposed, {one.id: self._answer(one, said.get(one.id)) for one in self.asks})

    def band(self, wanted: str) -> Word:
        """The band that reads `wanted`. Raises BadInput."""
        return _word("band", self.bands, wanted)

    def worst(self, scored: Sequence[Scored]) -> Scored:
        """The highest of several."""
        order = list(self.bands)
        return max(scored, key=lambda one: (order.index(one.band), one.score or Decimal(0)))

    def _answer(self, one: Asked, said: str | None) -> Word:
        if said is None and one.default is not None:
            return one.default
        return _word(one.id, one.options, said or "")


def _word(name: str, options: type[Word], said: str) -> Word:
    try:
        return options.of(said)
    except ValueError:
        raise BadInput(f"{name}: '{said}' is none of {', '.join(options)}.") from None
