"""The console's record pages: declare, fill forms in, see what is refused, read the timeline."""

import hashlib
import io
from pathlib import Path

import pytest

from incidents.record.actor import Actor, ActorRole
from incidents.record.facts import answer
from incidents.record.inbound import Report, receive
from incidents.record.incident import find

FIRST_WORD = {
    "title": "An export was read",
    "company": "moqi",
    "became_aware_at": "2026-03-06T21:30",
    "became_aware_at_zone": "Asia/Shanghai",
    "kind": "data_breach",
    "role": "controller",
    "affects": ["confidentiality", "integrity"],
    "certainty": "happened",
    "source": "the partner called",
}


@pytest.fixture
def rana(browser):
    return browser("responder", name="Rana")


@pytest.fixture
def at(rana):
    answer = rana.send("/console/incidents", FIRST_WORD)
    assert answer.status_code == 303, answer.text
    return answer.location.removesuffix("/record")


def test_a_declared_incident_runs_on_the_list(rana, at):
    text = rana.get("/console/").text
    assert "An export was read" in text
    assert 'data-since="2026-03-06T13:30:00+00:00"' in text


def test_before_an_assessment_nobody_is_told_that_no_clock_runs(rana, at, browser):
    first = rana.get(f"{at}/").text
    assert "Nothing has been assessed yet: which clocks run is not known." in first
    assert f'href="{at}/owed">Assess what is owed' in first
    browser("compliance", name="Dora").send(f"{at}/assess", {})
    later = rana.get(f"{at}/").text
    assert "which clocks run is not known" not in later
    assert "more hang on a fact that nobody has established. The first limit among them: <time" in later
    assert f'href="{at}/owed#questions">What the laws still ask' in later
    assert "Personal Information Protection Law, article 57(1) · <time" in later  # which law, and until when


def test_a_moment_needs_its_zone(rana):
    answer = rana.send("/console/incidents", FIRST_WORD | {"became_aware_at_zone": ""}, htmx=True)
    assert answer.status_code == 422
    assert "became_aware_at: choose the time zone" in answer.text
    assert "<html" not in answer.text


def test_a_refusal_without_a_script_is_a_whole_page(rana, at):
    answer = rana.send(f"{at}/amend", {"title": "An export was read"}, htmx=False)
    assert answer.status_code == 303
    answer = rana.send(f"{at}/reclassify", {"because": "nothing new"})
    assert answer.status_code == 409
    assert "<html" in answer.text


def test_the_record_page_shows_what_its_forms_did(rana, at):
    end = {"ends_at": "2026-03-07T10:00", "ends_at_zone": "UTC"}
    rana.send(f"{at}/holds", {"stops": "sending", "reason": "The hole is open.", "requested_by": "the house"} | end)
    rana.send(f"{at}/parts", {"part": "lead", "account": "rana@house.example"})
    rana.send(f"{at}/answers", {"name": "harm_effectively_avoided", "value": "unknown", "because": "still looking"})
    text = rana.get(f"{at}/record").text
    assert "The hole is open." in text
    assert "<strong>lead</strong>: Rana" in text
    assert "Did the measures taken effectively avoid harm" in text
    assert "A hold stops sending" in rana.get(f"{at}/").text


def test_evidence_is_uploaded_listed_and_withdrawn(rana, at):
    form = {
        "title": "The export",
        "kind": "identifier_list",
        "source": "the partner",
        "exposed": ["phone", "name"],
        "reading": '{"exposed": ["phone"], "columns": {"phone": "mobile"}}',
    }
    file = {"file": (io.BytesIO(b"mobile\n13812345678\n"), "liste-13812345678.csv")}
    assert rana.send(f"{at}/evidence", form | file, content_type="multipart/form-data").status_code == 303
    text = rana.get(f"{at}/evidence").text
    assert "The export" in text
    assert "&#34;exposed&#34;: [" in text.replace("\u0022", "&#34;")
    assert "13812345678" not in text
    assert rana.send(f"{at}/evidence", form, htmx=True).text.count("file: choose the file") == 1


def test_the_timeline_shows_its_chain(rana, at):
    text = rana.get(f"{at}/timeline").text
    assert "the chain holds" in text
    assert "incident.declared" in text
    assert "incident.declared" in rana.get(f"{at}/timeline?kind=incident.declared").text
    assert "anchor.set</strong>" not in rana.get(f"{at}/timeline?kind=incident.declared").text


def test_an_auditor_reads_everything_and_changes_nothing(rana, at, browser):
    auditor = browser("auditor")
    for tab in ("", "record", "evidence", "timeline"):
        assert auditor.get(f"{at}/{tab}").status_code == 200
    assert auditor.send(f"{at}/amend", {"title": "Mine"}).status_code == 403


def test_the_words_of_a_report_are_opened_for_those_who_handle_it(kit, rana, browser):
    with kit.begin() as tx:
        said = Report("moqi", "My salary is on a forum", "mia@example.org", "email")
        report_id = receive(tx, said, clock=kit.clock, keys=kit.keys, answer_within=None).id
    assert "My salary is on a forum" in rana.get("/console/reports").text
    assert "My salary" not in browser("auditor").get("/console/reports").text
    assert browser("auditor", name="Audra").send(f"/console/reports/{report_id}/answered").status_code == 403
    assert rana.send(f"/console/reports/{report_id}/answered").status_code == 303
    assert "answered</span>" in rana.get("/console/reports").text


def test_a_report_in_zawgyi_is_recognised_before_it_is_read_as_garbage(kit, rana):
    zawgyi = "\u1031\u1019\u102c\u1004\u1039\u1031\u1010\u102c\u1039"  # the vowel sign E before its consonant
    for text, is_marked in (("မြန်မာစာ ဖြစ်ပါသည်။", False), (zawgyi, True)):
        with kit.begin() as tx:
            said = Report("moqi", text, None, "email")
            receive(tx, said, clock=kit.clock, keys=kit.keys, answer_within=None)
        assert ("most likely written in Zawgyi" in rana.get("/console/reports").text) is is_marked


def test_an_answer_on_record_stands_beside_its_question(kit, rana, at):
    with kit.begin() as tx:
        by = Actor("acc_cora", "Cora", frozenset({ActorRole.COMPLIANCE}))
        one = find(tx, at.rpartition("/")[2])
        answer(tx, one, "established_in:TH", False, by=by, clock=kit.clock, because="the register")
    assert "Is moqi established in TH?" in rana.get(f"{at}/record").text


def test_a_token_is_made_on_ones_own_page_and_shown_once(rana):
    answer = rana.send("/console/account/tokens", {"title": "laptop", "days": "7"}, htmx=True)
    assert "toc_" in answer.text
    text = rana.get("/console/account").text
    assert "laptop" in text
    assert "toc_" not in text


def test_vendored_files_are_those_that_were_listed():
    vendor = Path(__file__).parents[2] / "web" / "static" / "vendor"
    lines = (vendor / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
    assert set(listed) | {"PACKAGES", "SHA256SUMS", "fetch.sh"} == {file.name for file in vendor.iterdir()}
