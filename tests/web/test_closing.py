"""Reports, the playbook and the close through both doors."""

import io
import json
import zipfile

import pytest

WITH_LEAK = True


@pytest.fixture
def assessed(scoped):
    ask, at = scoped
    assert ask("post", f"{at}/assess").status_code == 201
    return ask, at


def test_a_report_is_begun_filled_refused_rendered_and_released_alone(assessed, browser):
    ask, at = assessed
    rows = ask("get", f"{at}/obligations").json
    row = next(row for row in rows if row["form"] and row["state"] == "owed" and row["owed_to"].endswith("authority"))
    rana = browser("responder", "compliance", name="Conny")
    begun = rana.send(f"/console{at}/filings", {"obligation": row["id"]})
    assert begun.status_code == 303, begun.text
    filing = begun.location.split("/")[-1]
    one = f"{at}/filings/{filing}"
    view = ask("get", one).json
    assert view["gaps"]
    page = rana.get(f"/console{one}").text
    assert filing in page
    assert "nobody has answered it" in page
    refused = rana.send(f"/console{one}/break-glass", {"digest": view["digest"], "reason": "alone"}, htmx=True)
    assert refused.status_code == 409
    for gap in view["gaps"]:
        rana.send(f"/console{one}/leave-unknown", {"question": gap["question"], "because": "still looked into"})
    view = ask("get", one).json
    assert view["gaps"] == []
    alone = rana.send(f"/console{one}/break-glass", {"digest": view["digest"], "reason": "It is Friday night."})
    assert alone.status_code == 303, alone.text
    assert "One person let out a report alone" in rana.get(f"/console{at}/timeline").text
    paper = ask("get", f"{one}/paper", query_string={"format": "pdf"})
    assert paper.data.startswith(b"%PDF")
    assert rana.get(f"/console{one}/paper?as=docx").headers["Content-Disposition"].endswith('.docx"')
    sent = {"channel": view["channels"][0]["id"], "at": "2026-03-07T00:00", "at_zone": "UTC"}
    form = sent | {"paper": (io.BytesIO(paper.data), "report.pdf"), "reasons_for_delay": "The records came late."}
    handed = rana.send(f"/console{one}/submit", form, content_type="multipart/form-data", htmx=True)
    assert handed.status_code == 204, handed.text
    page = rana.get(f"/console{one}").text
    assert "handed in</span>" in page
    number = {"number": "2026-1", "at": "2026-03-07T00:05:00Z"}
    assert ask("post", f"{one}/acknowledge", json=number).status_code == 201
    assert "2026-1" in rana.get(f"/console{one}").text


def test_the_playbook_says_what_is_next_and_a_person_answers(assessed, browser):
    ask, at = assessed
    rana = browser("responder", "compliance", name="Rana3")
    if rana.get(f"/console{at}/playbook").text.count("Open a playbook"):
        assert ask("post", f"{at}/playbook", json={}).status_code == 201
    steps = ask("get", f"{at}/steps").json
    task = next(step for step in steps if step["next"] and not step["action"] and step["role"] == "responder")
    path = f"/console{at}/steps/{task['step']}"
    assert rana.send(f"{path}/start").status_code == 303
    assert rana.send(f"{path}/done", {"note": "by telephone"}).status_code in (303, 409)
    page = rana.get(f"/console{at}/playbook").text
    assert task["title"] in page
    assert "Next in the playbook" in rana.get(f"/console{at}/").text
    auditor = browser("auditor")
    assert auditor.send(f"{path}/skip", {"reason": "no"}).status_code == 403


def test_closing_is_refused_naming_what_is_owed_and_the_bundle_is_signed(assessed, browser):
    ask, at = assessed
    refused = ask("post", f"{at}/close")
    assert refused.json["code"] == "still_owed"
    assert len(refused.json["because"]) > 1
    conny = browser("compliance", name="Conny2")
    page = conny.get(f"/console{at}/close").text
    assert "In the way of closing" in page
    made = conny.send(f"/console{at}/bundle")
    assert made.content_type == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(made.data)).namelist()
    assert any(name.endswith("manifest.json") for name in names)
    assert "13" not in json.dumps(names)
    lesson = {"kind": "went_well", "words": "The partner called at once."}
    assert conny.send(f"/console{at}/lessons", lesson).status_code == 303
    assert "The partner called at once." in conny.get(f"/console{at}/close").text


def test_who_may_not_read_a_region_signs_none(browser):
    form = {"subject": "email/smtp", "region": "CN", "because": "contract 12"}
    assert browser("responder").send("/console/regions", form).status_code == 403
    conny = browser("compliance", name="Conny3")
    assert conny.send("/console/regions", form).status_code == 303
    assert conny.get("/console/providers").status_code == 200
    assert conny.get("/console/holding").status_code == 200
