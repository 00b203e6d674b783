"""ENISA's severity of a breach (December 2013): SE = DPC x EI + CB; an explained aid that never decides a duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from packs import BadInput
from policies.vocabulary import DataCategory, Sensitivity
from policies.words import Word

QUARTER = Decimal("0.25")


class Identification(Word):
    """How easily a person is identified from what leaked (EI)."""

    NEGLIGIBLE = "negligible", "Next to impossible: 0.25."
    LIMITED = "limited", "Possible with effort, in a small group: 0.5."
    SIGNIFICANT = "significant", "Possible with little more knowledge: 0.75."
    MAXIMUM = "maximum", "At once, from the data itself: 1."


class Confidentiality(Word):
    """What became of confidentiality (CB)."""

    EXPOSED = "exposed", "Exposed to risk, with no sign of unlawful handling: 0."
    KNOWN_RECIPIENTS = "known_recipients", "A known number of recipients: 0.25."
    UNKNOWN_RECIPIENTS = "unknown_recipients", "An unknown number of recipients: 0.5."


class Integrity(Word):
    """What became of integrity (CB)."""

    RECOVERABLE = "recoverable", "Unaltered, or altered with no wrong use seen and recoverable: 0."
    USED_RECOVERABLE = "used_recoverable", "Altered and possibly used, recoverable: 0.25."
    USED_LOST = "used_lost", "Altered and possibly used, not recoverable: 0.5."


class Availability(Word):
    """What became of availability (CB)."""

    RECOVERABLE = "recoverable", "Not lost, or recovered without difficulty: 0."
    TEMPORARY = "temporary", "Lost for a time: 0.25."
    FULL = "full", "Lost for good: 0.5."


class Band(Word):
    """The level that a score falls in."""

    LOW = "low", "No or small inconvenience (below 2)."
    MEDIUM = "medium", "Significant inconvenience, overcome with some difficulty (2 to below 3)."
    HIGH = "high", "Significant consequences, overcome only with serious difficulty (3 to below 4)."
    VERY_HIGH = "very_high", "Significant or irreversible consequences (4 and above)."


EI = dict(zip(Identification, (QUARTER, 2 * QUARTER, 3 * QUARTER, Decimal(1)), strict=True))
BASIC = {
    Sensitivity.SIMPLE: 1,
    Sensitivity.BEHAVIOURAL: 2,
    Sensitivity.FINANCIAL: 3,
    Sensitivity.SENSITIVE: 4,
}


@dataclass(frozen=True)
class Circumstances:
    """What the assessor says of the breach; `shift` moves the basic score for its context, with a reason."""

    identification: Identification
    confidentiality: Confidentiality = Confidentiality.EXPOSED
    integrity: Integrity = Integrity.RECOVERABLE
    availability: Availability = Availability.RECOVERABLE
    malicious: bool = False
    shift: int = 0
    shift_because: str = ""


@dataclass(frozen=True)
class Severity:
    """The score with its parts, the flags that stand beside it, and the sentences that explain it."""

    score: Decimal
    band: Band
    dpc: int
    ei: Decimal
    cb: Decimal
    flags: tuple[str, ...]
    because: tuple[str, ...]


def severity(
    categories: Sequence[DataCategory], said: Circumstances, *, people: int | None = None, unintelligible: bool = False
) -> Severity:
    """Score one cohort. Raises BadInput for no data kind, or a shift without its reason.

    The number of people is a flag and not part of the score. Source: ENISA, Recommendations for a methodology of the
    assessment of severity of personal data breaches, version 1.0.
    """
    if not categories:
        raise BadInput("categories: say at least one kind of data.")
    if said.shift and not said.shift_because.strip():
        raise BadInput("shift_because: moving the basic score needs its reason.")
    worst = max(categories, key=lambda one: BASIC[one.sensitivity])
    dpc = min(4, max(1, BASIC[worst.sensitivity] + said.shift))
    ei = EI[said.identification]
    cb = _circumstances(said)
    score = dpc * ei + cb
    return Severity(
        score, band_of(score), dpc, ei, cb, _flags(people, unintelligible), _because(worst, said, dpc, ei, cb)
    )


def band_of(score: Decimal) -> Band:
    """The band of a score; 2, 3 and 4 belong to the band above."""
    if score < 2:
        return Band.LOW
    if score < 3:
        return Band.MEDIUM
    return Band.HIGH if score < 4 else Band.VERY_HIGH


def _circumstances(said: Circumstances) -> Decimal:
    steps = sum(list(type(one)).index(one) for one in (said.confidentiality, said.integrity, said.availability))
    return QUARTER * steps + (2 * QUARTER if said.malicious else 0)


def _flags(people: int | None, unintelligible: bool) -> tuple[str, ...]:
    more = ("More than 100 people: more harm overall, and easier to be found on.",) if (people or 0) > 100 else ()
    shut = ("Unintelligible, key safe: a lower level may be justified by judgement.",) if unintelligible else ()
    return more + shut


def _because(worst: DataCategory, said: Circumstances, dpc: int, ei: Decimal, cb: Decimal) -> tuple[str, ...]:
    shifted = f", moved by {said.shift:+d}: {said.shift_because}" if said.shift else ""
    intent = "with intent: 0.5" if said.malicious else "by accident or error: 0"
    return (
        f"DPC {dpc}: {worst.sentence} {worst.sensitivity.sentence}{shifted}",
        f"EI {ei}: {said.identification.sentence}",
        f"CB {cb}: {said.confidentiality.sentence} {said.integrity.sentence} {said.availability.sentence} {intent}.",
    )
