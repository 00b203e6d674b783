"""Every report form that the walk finds: whole in each of its languages, and wrong ones named by file and line."""

from enum import StrEnum
from pathlib import Path

import pytest
import yaml

from affected.words import RowOutcome
from incidents.evidence.collect import EvidenceKind
from incidents.filings.dossier import shape_of
from incidents.filings.forms import REPORTS, Stage, read_forms
from incidents.filings.labels import read_labels
from incidents.foundation.errors import BadInput
from incidents.record.incident import Kind, Phase
from policies.categories import DataCategory
from policies.load import load
from policies.vocabulary import AgeBand, BreachKind, Certainty, Known, Standing

FORMS = read_forms()
SAMPLED = sorted((Path(__file__).parents[2] / "sample" / "companies").glob("*.yaml"))
LANGUAGES = sorted({language for form in FORMS.values() for language in form.languages})
CLOSED: dict[str, type[StrEnum]] = {
    "data_category": DataCategory,
    "age_band": AgeBand,
    "breach_kind": BreachKind,
    "certainty": Certainty,
    "standing": Standing,
    "known": Known,
    "kind": Kind,
    "phase": Phase,
    "evidence_kind": EvidenceKind,
    "row_outcome": RowOutcome,
}


@pytest.fixture(params=sorted(FORMS))
def form(request):
    return FORMS[request.param]


def test_every_folder_with_a_form_is_found():
    assert set(FORMS) == {path.parent.name for path in REPORTS.glob("*/form.yaml")}
    assert len(FORMS) >= 3


def test_a_form_stands_in_chinese_and_english_and_says_how_surely_it_is_known(form):
    assert {"zh-Hans", "en"} <= set(form.languages)
    assert form.confidence["en"]
    assert form.to_confirm or form.known is Known.READ_IN_TEXT


def test_the_form_for_any_authority_and_the_words_around_it_stand_in_burmese_too():
    assert "my" in FORMS["generic-authority"].languages
    assert read_labels("my").word("residence", "unknown") == "နေထိုင်ရာ မသိရ"
    assert read_labels("my").word("residence", "TH") == "ထိုင်း"


def test_a_form_offers_a_way_in_and_its_first_stage_sets_the_anchor_that_later_limits_count_from(form):
    assert form.channels
    assert "regulator_notified_at" in form.stages[form.first_stage].sets


def test_every_stage_of_a_form_requires_something(form):
    for stage in form.stages:
        assert any(stage in question.required for question in form.questions()), stage


def test_a_late_report_is_asked_for_its_reasons(form):
    asked = [question for question in form.questions() if question.only_if == "deadline.passed"]
    assert [question.fulfils for question in asked] == [("reasons_for_delay",)]


def test_numbers_are_never_typed(form):
    for question in form.questions():
        if question.from_ is not None and shape_of(question.from_) != "text":
            assert not question.free, question.id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("vocabulary", sorted(CLOSED))
def test_every_word_that_a_paper_may_print_has_a_label(language, vocabulary):
    labels = read_labels(language).vocabularies[vocabulary]
    assert set(labels) == {word.value for word in CLOSED[vocabulary]}


def test_people_of_whom_no_role_or_country_is_known_are_said_in_the_report_s_language():
    assert [read_labels(one).word("residence", "unknown") for one in ("en", "zh-Hans")] == [
        "Country not known",
        "国家或地区不详",
    ]
    assert read_labels("zh-Hans").word("residence", "CN") == "中国"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_that_a_house_has_for_its_people_has_a_label(language):
    roles = {role for house in load().house.values() for role in house.roles} | {"unknown"}
    roles |= {kind["role"] for file in SAMPLED for kind in yaml.safe_load(file.read_text())["kinds"]}
    assert roles <= set(read_labels(language).vocabularies["role"])


def test_all_languages_label_the_same_words():
    first, *others = (read_labels(language) for language in LANGUAGES)
    for other in others:
        assert set(first.labels) == set(other.labels)
        assert {name: set(words) for name, words in first.vocabularies.items()} == {
            name: set(words) for name, words in other.vocabularies.items()
        }


def test_the_first_network_incident_report_needs_items_one_and_two_only():
    form = FORMS["cn-cac-incident"]
    needed = {
        section.item
        for section in form.sections
        for question in section.questions
        if Stage.INITIAL in question.required and question.only_if is None
    }
    assert needed == {"1", "2"}
    items = [section.item for section in form.sections if section.item]
    assert items == [str(number) for number in range(1, 9)]


THIN = """form: thin
title: {en: A form}
citation: {en: A law}
known: general_knowledge
confidence: {en: Nobody checked it}
language: en
zone: UTC
stages:
  initial: {title: {en: First}}
channels: [{id: post, name: {en: Post}, known: general_knowledge}]
sections:
  - id: numbers
    title: {en: Numbers}
    stages: [initial]
    questions:
      - id: people
        fulfils: [categories_and_counts]
        ask: {en: How many}
        from: people.total
        required: [initial]
"""
WRONG = [
    ("form: thin", "form: thin\ncolour: red", 2, "unknown key 'colour'"),
    ("  initial: {title", "  opening: {title", 9, "stages.opening"),
    ("people.total", "people.totals", 19, "'totals' leads nowhere"),
    ("people.total", "people", 19, "whole part"),
    ("people.total", "anchors.never_at", 19, "leads nowhere"),
    ("zone: UTC", "zone: Mars/Olympus", 7, "no time zone"),
    ("required: [initial]", "required: [opening]", 20, "required"),
    ("required: [initial]", "required: [final]", 1, "'people' names the stage final"),
    ("from: people.total", "from: people.total\n        free: true", 16, "never typed"),
    ("from: people.total", "limit: 3", 16, "needs `from`"),
    ("[categories_and_counts]", "[colour]", 17, "fulfils"),
    ("{en: How many}", "{en: How many, zh-Hans: 多少}", 1, "other languages"),
    ("citation: {en: A law}\n", "", 1, "'citation' is missing"),
    ("form: thin", "form: other", 1, "calls itself 'other'"),
]


def written(folder: Path, text: str) -> Path:
    (folder / "thin").mkdir()
    (folder / "thin" / "form.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_new_form_is_one_new_folder(tmp_path):
    assert list(read_forms(written(tmp_path, THIN))) == ["thin"]


@pytest.mark.parametrize(("right", "wrong", "line", "said"), WRONG)
def test_a_wrong_form_is_named_with_file_and_line(tmp_path, right, wrong, line, said):
    assert right in THIN
    with pytest.raises(BadInput) as complaint:
        read_forms(written(tmp_path, THIN.replace(right, wrong, 1)))
    assert f"thin/form.yaml:{line}: " in str(complaint.value)
    assert said in str(complaint.value)


def duties_with_a_form():
    packs = load()
    return [
        pytest.param(duty, id=f"{law.title}: {duty.id}")
        for law in (*packs.laws.values(), *packs.house.values())
        for duty in law.duties
        if duty.form is not None
    ]


@pytest.mark.parametrize("duty", duties_with_a_form())
def test_a_form_asks_for_every_piece_of_content_that_a_law_wants_in_it(duty):
    form = FORMS[duty.form]
    stage = Stage(duty.phase) if duty.phase else form.first_stage
    asked = {
        element
        for section in form.sections
        if stage in section.stages
        for question in section.questions
        for element in question.fulfils
    }
    assert set(duty.contents) <= asked
