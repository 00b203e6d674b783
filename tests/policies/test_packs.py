"""Packs: sound as they ship, and each kind of mistake is named with file and line."""

import shutil
from pathlib import Path

import pytest

from packs import BadInput, read_pack, tree_of
from policies.diff import diff, touched
from policies.explain import explain, list_laws
from policies.lint import lint
from policies.load import HERE, everything, load
from policies.vocabulary import Known, LawState
from tests.policies.build import ORDINARY, a_breach, a_cohort

CHANNELS = ["push", "sms", "email", "voice", "letter", "messenger", "announcement"]
FORMS = [file.parent.name for file in (HERE.parent / "templates" / "reports").glob("*/form.yaml")]


def once(read):
    """`read`, but what is sound is read once, by its text: a hundred files stand beside each mistake."""
    known = {}

    def remembered(*given):
        key = tuple(one.read_bytes() if isinstance(one, Path) else one for one in given)
        if key not in known:
            known[key] = read(*given)
        return known[key]

    return remembered


PACK = once(read_pack)
TREE = once(lambda text: tree_of(text, "sound"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("policies.load.read_pack", PACK)
    monkeypatch.setattr("policies.lint.read_pack", PACK)
    monkeypatch.setattr("policies.lint.tree_of", lambda text, _name: TREE(text))
    for name in ("laws", "house"):
        shutil.copytree(HERE / name, tmp_path / name)
    for name in ("areas.yaml", "questions.yaml", "authorities.yaml", "calendars.yaml"):
        shutil.copy(HERE / name, tmp_path / name)
    return tmp_path


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_with(file, words):
    return next(n for n, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1) if words in line)


def test_the_packs_that_ship_are_sound():
    assert lint(forms=FORMS, channels=CHANNELS) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    owed_to: own_organisation\n", "    owed_to: own_organisation\n    colour: red\n", "unknown key 'colour'"),
        ("    cite: article 59\n", "", "'cite' is missing"),
        ("form: cn-pipl-57", "form: cn-nothing", "there is no form 'cn-nothing'"),
        ("{fact: harm_effectively_avoided}", "{fact: harm_avoided_perhaps}", "nobody words the fact"),
        ("zone: Asia/Shanghai", "zone: Asia/Moqi", "no time zone"),
        (
            "if: {fact: harm_effectively_avoided}",
            "if: {all: [{fact: crime_clues_found}, {not: {fact: crime_clues_found}}]}",
            "can never hold",
        ),
        (
            "if: {fact: harm_effectively_avoided}",
            "if: {all: [{people: {}, op: gte, value: 10}, {people: {}, op: lt, value: 10}]}",
            "can never hold",
        ),
        (
            "known: read_in_text\n    owed_by",
            "known: general_knowledge\n    to_confirm: false\n    owed_by",
            "to be confirmed",
        ),
    ],
)
def test_a_mistake_is_named_with_file_and_line(folder, old, new, said):
    file = folder / "laws" / "cn" / "pipl.yaml"
    change(file, old, new)
    complaints = lint(folder, forms=FORMS, channels=CHANNELS)
    assert any(one.startswith(f"{file}:") and said in one for one in complaints), complaints
    number = int(complaints[0].removeprefix(f"{file}:").split(":")[0])
    assert number > 1 or "zone" in old


def test_the_line_is_the_one_with_the_mistake(folder):
    file = folder / "laws" / "cn" / "pipl.yaml"
    change(file, "form: cn-pipl-57", "form: cn-nothing")
    (complaint,) = lint(folder, forms=FORMS)
    assert complaint.startswith(f"{file}:{line_with(file, 'cn-nothing')}:")


def test_dates_that_overlap_are_refused(folder):
    file = folder / "laws" / "contract" / "meta-platform-terms.yaml"
    change(file, "n: 24,", "n: [{from: 2026-02-01, is: 24}, {from: 2026-01-01, is: 12}],")
    with pytest.raises(BadInput, match=r"meta-platform-terms.yaml:\d+: .*overlap"):
        load(folder)


def test_a_fact_is_worded_once(folder):
    file = folder / "laws" / "th" / "pdpa.yaml"
    change(file, "facts:\n", "facts:\n  crime_clues_found: {ask: Otherwise?}\n")
    with pytest.raises(BadInput, match="worded otherwise"):
        load(folder)


def test_every_duty_is_cited_and_what_was_not_read_says_so():
    for name, law in everything(load()).items():
        for duty in law.duties:
            assert duty.cite, name
            assert duty.unconfirmed or duty.known is Known.READ_IN_TEXT


def test_a_law_explains_who_owes_what_when_and_how_that_is_known():
    text = "\n".join(explain(load(), "eu/gdpr"))
    for words in (
        "article 33(1)",
        "72 hours after became_aware_at or told_by_processor_at",
        "Released if",
        "It binds.",
    ):
        assert words in text
    assert "since 2018-05-25" in text
    with pytest.raises(BadInput, match="There is no law 'eu/gdrp'"):
        explain(load(), "eu/gdrp")


@pytest.mark.parametrize("name", sorted(everything(load())))
def test_every_pack_can_be_explained(name):
    assert explain(load(), name)[0].startswith(name)


def test_laws_are_listed_by_folder_or_area():
    assert "eu/gdpr" in {row.id for row in list_laws(load(), "EEA")}
    assert {row.jurisdiction for row in list_laws(load(), "cn")} <= {"cn", "house"}
    assert next(row for row in list_laws(load(), "mm") if row.id == "mm/cybersecurity-law").state is LawState.TO_CONFIRM
    assert len(list_laws(load())) == len(everything(load()))


def test_a_change_of_law_names_the_incident_that_it_touches(folder):
    file = folder / "laws" / "cn" / "cac-incident-reporting.yaml"
    change(file, "op: gte, value: 1000000}", "op: gte, value: [{is: 1000000}, {from: 2026-10-01, is: 10000}]}")
    old, new = load(), load(folder)
    (found,) = diff(old, new)
    assert (found.what, found.where, found.fields) == ("changed", "cn/cac-incident-reporting", ("defines",))
    incidents = {
        "INC-1": a_breach(cohorts=[a_cohort(people=12_000)], answers=ORDINARY),
        "INC-2": a_breach(cohorts=[a_cohort(people=9_000)], answers=ORDINARY),
    }
    moved = touched(old, new, incidents)
    assert {one.incident for one in moved} == {"INC-1"}
    assert any(one.before == "not_owed" and one.after.startswith("owed") for one in moved)


def test_a_law_and_a_duty_that_come_or_go_are_named(folder):
    (folder / "laws" / "th" / "pdpa.yaml").unlink()
    found = diff(load(), load(folder))
    assert [(one.what, one.where) for one in found] == [("removed", "th/pdpa")]
