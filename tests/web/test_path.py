"""The path through both doors on a small sample: evidence, who is affected, what is owed."""

import json

from incidents.record.incident import find
from incidents.snapshots.opened import newest, open_file
from tests.web.conftest import hand_in

WITH_LEAK = True


def test_the_affected_are_found_frozen_and_counted_over_the_api(scoped, leaked):
    ask, at = scoped
    one = ask("get", f"{at}/snapshots").json[0]
    rows = ask("get", f"{at}/snapshots/1/cohorts").json
    assert one["version"] == 1
    assert sum(row["people"] for row in rows) == next(file["rows"] for file in one["files"] if file["name"] == "people")
    assert {"affected", "stranger"} <= {row["membership"] for row in rows}
    hand_in(ask, at, leaked[1].files[1])
    ask("post", f"{at}/snapshots")
    assert ask("get", f"{at}/snapshots").json[1]["changes"]["added"] > 0


def test_what_a_log_does_not_tell_stands_on_the_page_of_who_is_affected(scoped, browser):
    ask, at = scoped
    window = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-02T00:00:00Z"}
    reading = {"exposed": ["phone"], "columns": {"time": "at", "record": "uid"}, "where": window}
    query = {"title": "The gateway's log", "kind": "access_log", "source": "operations", "suffix": ".csv"}
    query |= {"reading": json.dumps(reading)}
    body = {"data": b"at,uid\n2026-03-01T10:00:00Z,\n", "content_type": "application/octet-stream"}
    assert ask("post", f"{at}/evidence", query_string=query, **body).status_code == 201
    assert ask("post", f"{at}/snapshots").status_code == 201
    text = browser("compliance").get(f"/console{at}/affected").text
    assert "What it does not tell" in text
    assert "It holds no line of 2026-03-02: who was read then is unknown." in text
    assert "Lines that count and name no record: 1" in text


def test_strangers_are_decided_on_and_the_page_says_so(scoped, browser):
    ask, at = scoped
    stranger = next(row for row in ask("get", f"{at}/snapshots/1/cohorts").json if row["membership"] == "stranger")
    conny = browser("compliance", name="Conny")
    assert "Compliance decides" in conny.get(f"/console{at}/affected").text
    form = {"cohort": stranger["cohort_id"], "membership": "stranger", "decision": "include", "because": "they bought"}
    answer = conny.send(f"/console{at}/snapshots/1/decisions", form)
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith("/affected")
    rows = ask("get", f"{at}/snapshots/1/cohorts").json
    assert next(row["decided"]["decision"] for row in rows if row["cohort_id"] == stranger["cohort_id"]) == "include"


def test_what_is_owed_runs_on_the_pages_and_an_answer_assesses_again(scoped, browser):
    ask, at = scoped
    assert ask("post", f"{at}/assess").json["changes"]
    rows = ask("get", f"{at}/obligations").json
    told = next(
        row for row in rows if row["owed_to"] == "affected_individuals" and row["state"] in ("owed", "possible")
    )
    rana = browser("responder", name="Rana2")
    text = rana.get(f"/console{at}/owed").text
    assert told["does"] in text
    assert told["citation"] in text
    assert "data-due" in rana.get("/console/").text
    asked = [one for one in ask("get", f"{at}/questions").json if one["fact"] == "harm_effectively_avoided"]
    assert asked
    before = ask("get", f"{at}/obligations").json
    answer = {"name": "harm_effectively_avoided", "value": "yes", "because": "the logs"}
    assert ask("post", f"{at}/answers", json=answer | {"party": asked[0]["party"]}).status_code == 201
    assert ask("get", f"{at}/obligations").json != before
    assert "harm_effectively_avoided" not in {one["fact"] for one in ask("get", f"{at}/questions").json}


def test_an_obligation_is_waived_by_compliance_only_signed_and_with_a_reason(scoped, browser, asking):
    ask, at = scoped
    ask("post", f"{at}/assess")
    row = next(row for row in ask("get", f"{at}/obligations").json if row["state"] in ("owed", "possible", "unknown"))
    path = f"{at}/obligations/{row['id']}/waive"
    assert asking("responder")("post", path, json={"because": "no"}).status_code == 403
    assert ask("post", path, json={"because": " "}).status_code == 422
    assert ask("post", path, json={"because": "The authority said so in writing."}).json["state"] == "waived"
    page = browser("auditor").get(f"/console{at}/owed").text
    assert "The authority said so in writing." in page
    assert "signed" in page


def test_nobody_s_contact_is_on_a_page_or_in_an_answer(scoped, kit, browser):
    ask, at = scoped
    ask("post", f"{at}/assess")
    with kit.begin() as tx:
        snapshot = newest(tx, find(tx, at.split("/")[-1]).id)
        assert snapshot
        contacts = set(open_file(tx, snapshot, "strangers", keys=kit.keys, home=kit.home)["value"].to_pylist())
    auditor = browser("auditor")
    shown = [auditor.get(f"/console{at}/{tab}").text for tab in ("affected", "owed", "timeline", "evidence")]
    shown += [ask("get", at + path).text for path in ("/snapshots", "/snapshots/1/cohorts", "/timeline")]
    assert contacts
    assert not [contact for contact in contacts if any(contact in text for text in shown)]
