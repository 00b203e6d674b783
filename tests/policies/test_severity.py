"""ENISA's severity: the published arithmetic, its bands, its flags, and a reason for each part."""

from decimal import Decimal

import pytest

from packs import BadInput
from policies.severity import Availability, Band, Circumstances, Confidentiality, Identification, band_of, severity
from policies.vocabulary import DataCategory

KINDS = {1: "name", 2: "course_record", 3: "salary", 4: "health"}
EI = {"0.25": "negligible", "0.5": "limited", "0.75": "significant", "1": "maximum"}

# (DPC, EI, confidentiality, availability, malicious) -> SE, band: the worked examples.
WORKED = [
    (1, "1", "known_recipients", "recoverable", False, "1.25", "low"),
    (1, "1", "unknown_recipients", "recoverable", False, "1.5", "low"),
    (1, "1", "unknown_recipients", "recoverable", True, "2.0", "medium"),
    (3, "1", "known_recipients", "recoverable", False, "3.25", "high"),
    (4, "1", "unknown_recipients", "recoverable", True, "5.0", "very_high"),
    (4, "0.25", "unknown_recipients", "recoverable", False, "1.5", "low"),
    (4, "1", "unknown_recipients", "recoverable", False, "4.5", "very_high"),
    (3, "0.25", "unknown_recipients", "recoverable", True, "1.75", "low"),
    (4, "1", "exposed", "temporary", True, "4.75", "very_high"),
    (1, "0.25", "exposed", "recoverable", False, "0.25", "low"),
    (4, "0.75", "exposed", "temporary", True, "3.75", "high"),
]


def said(ei, confidentiality, availability, malicious, **more):
    return Circumstances(
        identification=Identification.of(EI[ei]),
        confidentiality=Confidentiality.of(confidentiality),
        availability=Availability.of(availability),
        malicious=malicious,
        **more,
    )


@pytest.mark.parametrize(("dpc", "ei", "confidentiality", "availability", "malicious", "score", "band"), WORKED)
def test_the_worked_examples(dpc, ei, confidentiality, availability, malicious, score, band):
    found = severity([DataCategory.of(KINDS[dpc])], said(ei, confidentiality, availability, malicious))
    assert (found.score, found.band) == (Decimal(score), band)
    assert len(found.because) == 3


@pytest.mark.parametrize(
    ("score", "band"),
    [("1.99", "low"), ("2", "medium"), ("2.99", "medium"), ("3", "high"), ("4", "very_high"), ("6", "very_high")],
)
def test_a_band_begins_with_its_number(score, band):
    assert band_of(Decimal(score)) == Band.of(band)


def test_of_several_kinds_the_worst_counts():
    kinds = [DataCategory.of(kind) for kind in ("name", "health", "salary")]
    assert severity(kinds, said("1", "exposed", "recoverable", False)).dpc == 4


def test_context_moves_the_score_with_a_reason_and_within_bounds():
    up = said("1", "exposed", "recoverable", False, shift=2, shift_because="undercover officers")
    assert severity([DataCategory.of("name")], up).dpc == 3
    far = said("1", "exposed", "recoverable", False, shift=9, shift_because="more")
    assert severity([DataCategory.of("name")], far).dpc == 4
    with pytest.raises(BadInput, match="reason"):
        severity([DataCategory.of("name")], said("1", "exposed", "recoverable", False, shift=1))


def test_how_many_people_is_a_flag_and_no_part_of_the_score():
    few = severity([DataCategory.of("name")], said("1", "exposed", "recoverable", False), people=100)
    many = severity([DataCategory.of("name")], said("1", "exposed", "recoverable", False), people=100_000)
    assert few.score == many.score
    assert (few.flags, len(many.flags)) == ((), 1)


def test_nothing_is_scored_of_no_data():
    with pytest.raises(BadInput, match="at least one kind"):
        severity([], said("1", "exposed", "recoverable", False))
