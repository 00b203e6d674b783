"""ENISA's severity: the published arithmetic, its bands, its flags, and a reason for each part."""

from decimal import Decimal

import pytest

import policies.scales
from packs import BadInput
from policies.categories import DataCategory
from policies.scales import scale_of, scales
from policies.scales.enisa import Band, band_of
from policies.scales.scale import Exposed

ENISA = scale_of("enisa-2013")
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


def said(ei="1", confidentiality="exposed", availability="recoverable", malicious=False, **more):
    intent = "malicious" if malicious else "accident"
    parts = {"confidentiality": confidentiality, "availability": availability, "intent": intent}
    return {"identification": EI[ei], **parts, **more}


def scored(words, *kinds, people=1):
    return ENISA.score(Exposed([DataCategory.of(kind) for kind in kinds], people), words)


@pytest.mark.parametrize(("dpc", "ei", "confidentiality", "availability", "malicious", "score", "band"), WORKED)
def test_the_worked_examples(dpc, ei, confidentiality, availability, malicious, score, band):
    found = scored(said(ei, confidentiality, availability, malicious), KINDS[dpc])
    assert (found.score, found.band) == (Decimal(score), band)
    assert len(found.because) == 3


@pytest.mark.parametrize(
    ("score", "band"),
    [("1.99", "low"), ("2", "medium"), ("2.99", "medium"), ("3", "high"), ("4", "very_high"), ("6", "very_high")],
)
def test_a_band_begins_with_its_number(score, band):
    assert band_of(Decimal(score)) == Band.of(band)


def test_of_several_kinds_the_worst_counts():
    assert scored(said(), "name", "health", "salary").score == 4


def test_context_moves_the_score_within_bounds():
    assert scored(said(context="higher_two"), "name").score == 3
    assert scored(said(context="higher_three"), "course_record").score == 4
    assert scored(said(context="lower"), "name").score == 1
    assert "two higher" in scored(said(context="higher_two"), "name").because[0]


def test_how_many_people_is_a_flag_and_no_part_of_the_score():
    few, many, unknown = (scored(said(), "name", people=n) for n in (100, 100_000, None))
    assert few.score == many.score == unknown.score
    assert (few.flags, len(many.flags), len(unknown.flags)) == ((), 1, 1)


def test_nothing_is_scored_of_no_data():
    with pytest.raises(BadInput, match="at least one kind"):
        scored(said())


def test_what_a_scale_does_not_ask_and_what_it_misses_is_named():
    with pytest.raises(BadInput, match="colour"):
        scored(said(colour="red"), "name")
    with pytest.raises(BadInput, match=r"identification: '' is none of negligible"):
        ENISA.score(Exposed([DataCategory.NAME]), {})
    with pytest.raises(BadInput, match="there is no scale 'richter'"):
        scale_of("richter")


def test_the_worst_of_several_cohorts_counts():
    found = [scored(said(), "name"), scored(said(), "health"), scored(said(), "salary")]
    assert ENISA.worst(found).band is Band.VERY_HIGH


RICHTER = """'''A scale of one answer.'''
from policies.scales.scale import Scale, Scored
from policies.words import Word
class Band(Word):
    SHAKY = "shaky", "It shakes."
SCALE = Scale("richter", "Richter", "a test", (), Band, lambda exposed, said: Scored(Band.SHAKY, ("It shook.",)))
"""


def test_a_scale_is_one_file_found_by_walking(tmp_path, monkeypatch):
    (tmp_path / "richter.py").write_text(RICHTER)
    monkeypatch.setattr(policies.scales, "__path__", [*policies.scales.__path__, str(tmp_path)])
    scales.cache_clear()
    try:
        assert set(scales()) == {"enisa-2013", "richter"}
        assert scale_of("richter").score(Exposed([DataCategory.NAME]), {}).band == "shaky"
    finally:
        scales.cache_clear()
