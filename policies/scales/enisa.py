"""ENISA's severity of a breach (December 2013): SE = DPC x EI + CB.

Source: ENISA, Recommendations for a methodology of the assessment of severity of personal data breaches, version 1.0.
"""

from collections.abc import Mapping
from decimal import Decimal

from policies.categories import DataCategory, Sensitivity
from policies.scales.scale import Asked, Exposed, Scale, Scored
from policies.words import Word

QUARTER = Decimal("0.25")
MANY = 100  # from more people than this the number is flagged; it is no part of the score


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


class Intent(Word):
    """Whether somebody meant harm (CB)."""

    ACCIDENT = "accident", "By accident or error: 0."
    MALICIOUS = "malicious", "With intent: 0.5."


class Context(Word):
    """What the context does to the basic score of the data (DPC)."""

    LOWER_THREE = "lower_three", "It says nothing of a person any more: three lower."
    LOWER_TWO = "lower_two", "It says far less of a person than usual: two lower."
    LOWER = "lower", "It says less of a person than usual: one lower."
    AS_IS = "as_is", "As usual for this kind of data."
    HIGHER = "higher", "More of it, or it says more of a person, than usual: one higher."
    HIGHER_TWO = "higher_two", "It says far more of a person than usual: two higher."
    HIGHER_THREE = "higher_three", "A person's safety hangs on it: three higher."


class Band(Word):
    """The level that a score falls in."""

    LOW = "low", "No or small inconvenience (below 2)."
    MEDIUM = "medium", "Significant inconvenience, overcome with some difficulty (2 to below 3)."
    HIGH = "high", "Significant consequences, overcome only with serious difficulty (3 to below 4)."
    VERY_HIGH = "very_high", "Significant or irreversible consequences (4 and above)."


BASIC = {Sensitivity.SIMPLE: 1, Sensitivity.BEHAVIOURAL: 2, Sensitivity.FINANCIAL: 3, Sensitivity.SENSITIVE: 4}
BREACH = ("confidentiality", "integrity", "availability")


def band_of(score: Decimal) -> Band:
    """The band of a score; 2, 3 and 4 belong to the band above."""
    if score < 2:
        return Band.LOW
    if score < 3:
        return Band.MEDIUM
    return Band.HIGH if score < 4 else Band.VERY_HIGH


def _judge(exposed: Exposed, said: Mapping[str, Word]) -> Scored:
    worst = max(exposed.categories, key=lambda one: BASIC[one.sensitivity])
    dpc = min(4, max(1, BASIC[worst.sensitivity] + _step(said["context"]) - _step(Context.AS_IS)))
    ei = QUARTER * (_step(said["identification"]) + 1)
    cb = QUARTER * (sum(_step(said[one]) for one in BREACH) + 2 * _step(said["intent"]))
    score = dpc * ei + cb
    return Scored(band_of(score), _because(worst, said, dpc, ei, cb), _flags(exposed), score)


def _step(word: Word) -> int:
    """The place of an option among its like, from 0; each list stands in the order of its values."""
    return list(type(word)).index(word)


def _flags(exposed: Exposed) -> tuple[str, ...]:
    many = exposed.people is None or exposed.people > MANY
    more = (f"More than {MANY} people, or nobody knows how many: more harm overall.",) if many else ()
    shut = ("Unintelligible: a lower level may be justified by judgement.",) if exposed.unintelligible else ()
    return more + shut


def _because(worst: DataCategory, said: Mapping[str, Word], dpc: int, ei: Decimal, cb: Decimal) -> tuple[str, ...]:
    breach = " ".join(said[one].sentence for one in (*BREACH, "intent"))
    return (
        f"DPC {dpc}: {worst.sentence} {worst.sensitivity.sentence} {said['context'].sentence}",
        f"EI {ei}: {said['identification'].sentence}",
        f"CB {cb}: {breach}",
    )


SCALE = Scale(
    id="enisa-2013",
    title="ENISA 2013 (SE = DPC x EI + CB)",
    cite="ENISA, Recommendations for a methodology of the assessment of severity of personal data breaches (2013)",
    asks=(
        Asked("identification", "How easily is a person identified from what leaked?", Identification),
        Asked("confidentiality", "Who got the data?", Confidentiality, Confidentiality.EXPOSED),
        Asked("integrity", "Was the data changed?", Integrity, Integrity.RECOVERABLE),
        Asked("availability", "Was the data lost?", Availability, Availability.RECOVERABLE),
        Asked("intent", "Did somebody mean harm?", Intent, Intent.ACCIDENT),
        Asked("context", "What does the context do to the weight of this data?", Context, Context.AS_IS),
    ),
    bands=Band,
    judge=_judge,
)
