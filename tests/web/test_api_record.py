"""The API of the record: declare, read, refuse with problem documents, collect by stream."""

import io

import pytest

from incidents.obligations.discharge import NEEDS_PROOF
from incidents.obligations.states import OPEN

AWARE = "2026-03-06T21:30:00+08:00"
FIRST_WORD = {"title": "An export was read", "company": "moqi", "became_aware_at": AWARE}


@pytest.fixture
def declared(asking):
    ask = asking("responder")
    answer = ask("post", "/incidents", json=FIRST_WORD)
    assert answer.status_code == 201, answer.text
    return ask, answer.json["reference"]


def test_an_incident_is_declared_and_read_back(declared):
    ask, reference = declared
    one = ask("get", f"/incidents/{reference}").json
    assert one["title"] == FIRST_WORD["title"]
    assert one["anchors"][0]["name"] == "became_aware_at"
    assert [row["reference"] for row in ask("get", "/incidents").json] == [reference]


def test_every_no_is_a_problem_document(app, declared, asking):
    ask, reference = declared
    cases = [
        (app.test_client().get("/api/v1/incidents"), 401, "no_token"),
        (ask("get", "/incidents/INC-0000-0000"), 404, "not_found"),
        (ask("post", "/incidents", json=FIRST_WORD | {"colour": "red"}), 422, "bad_input"),
        (ask("post", "/incidents", json=FIRST_WORD | {"became_aware_at": "2026-03-06T21:30:00"}), 422, "bad_input"),
        (ask("post", "/incidents", json=FIRST_WORD | {"company": "nobody"}), 422, "bad_input"),
        (ask("post", "/incidents", data=b"{"), 422, "bad_input"),
        (ask("post", f"/incidents/{reference}/phase", json={"phase": "closed"}), 409, "close_by_closing"),
        (asking("auditor")("post", "/incidents", json=FIRST_WORD), 403, "role_missing"),
    ]
    for answer, number, code in cases:
        assert (answer.status_code, answer.json["code"]) == (number, code), answer.text
        assert answer.content_type == "application/problem+json"
        assert answer.json["detail"].endswith(".")


def test_a_refused_body_is_not_repeated_in_the_answer(declared):
    ask, reference = declared
    secret = {"name": "harm", "because": "x", "value": ["13812345678"]}
    assert "13812345678" not in ask("post", f"/incidents/{reference}/answers", json=secret).text


def test_the_record_is_amended_anchored_answered_and_held(declared, clock):
    ask, reference = declared
    at = f"/incidents/{reference}"
    sent = [
        ("/amend", {"title": "Renamed"}),
        ("/reclassify", {"because": "no proof of reading", "certainty": "possible"}),
        ("/phase", {"phase": "analysis"}),
        ("/anchors", {"name": "discovered_at", "at": AWARE, "source": "the pager"}),
        ("/answers", {"name": "harm_effectively_avoided", "value": "no", "because": "the logs"}),
        (
            "/holds",
            {"stops": "sending", "reason": "open", "requested_by": "police", "ends_at": "2026-03-08T00:00:00Z"},
        ),
    ]
    answers = [ask("post", at + path, json=body) for path, body in sent]
    assert [answer.status_code for answer in answers] == [201] * len(sent), [answer.text for answer in answers]
    released = ask("post", f"{at}/holds/{answers[-1].json['id']}/release")
    assert released.status_code == 201
    one = ask("get", at).json
    assert (one["title"], one["certainty"], one["phase"]) == ("Renamed", "possible", "analysis")
    kinds = [line["kind"] for line in ask("get", at + "/timeline").json]
    assert kinds[-1] == "hold.released"


def test_evidence_is_streamed_into_the_vault(declared, kit):
    ask, reference = declared
    said = {"title": "The export", "kind": "identifier_list", "source": "the partner", "suffix": ".csv"}
    answer = ask(
        "post",
        f"/incidents/{reference}/evidence",
        query_string=said | {"reading": '{"exposed": ["phone"], "columns": {"phone": "mobile"}}'},
        input_stream=io.BytesIO(b"mobile\n13812345678\n"),
        content_type="application/octet-stream",
        headers={"Content-Length": "19"},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json["size"] == 19
    assert answer.json["custody"][0]["action"] == "collected"
    path = f"/incidents/{reference}/evidence/{answer.json['id']}/withdraw"
    assert ask("post", path, json={"because": "a duplicate"}).status_code == 201
    assert ask("get", f"/incidents/{reference}/evidence").json[0]["withdrawn_at"]


def test_the_openapi_document_names_every_act(app):
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    named = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert {"declare_incident", "set_anchor", "collect_evidence", "withdraw_evidence"} <= named
    assert all(operation["summary"] for path in document["paths"].values() for operation in path.values())


def test_the_machine_says_how_it_is(app):
    client = app.test_client()
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert "python_info" in client.get("/metrics").text


def test_declaring_opens_the_playbook(declared):
    ask, reference = declared
    assert ask("get", f"/incidents/{reference}").json["playbook"]
    assert any(step["next"] for step in ask("get", f"/incidents/{reference}/steps").json)


def test_what_needs_no_notice_is_recorded_as_done_and_what_needs_proof_is_not(declared, asking):
    ask, reference = declared
    assert ask("post", f"/incidents/{reference}/assess").status_code == 201
    rows = [one for one in ask("get", f"/incidents/{reference}/obligations").json if one["state"] in OPEN]
    by_hand = next(one for one in rows if one["owed_to"] not in NEEDS_PROOF)
    done = ask(
        "post", f"/incidents/{reference}/obligations/{by_hand['id']}/done", json={"because": "The plan is open."}
    )
    assert done.status_code == 201, done.text
    assert done.json["state"] in {"met", "late"}
    proved = next(one for one in rows if one["owed_to"] in NEEDS_PROOF)
    refused = ask("post", f"/incidents/{reference}/obligations/{proved['id']}/done", json={"because": "I say so."})
    assert (refused.status_code, refused.json["code"]) == (409, "needs_proof")


@pytest.mark.parametrize("role", ["auditor", "administrator", "communications"])
def test_whoever_has_no_say_sets_no_clock(declared, asking, role):
    ask, reference = declared
    said = {"name": "occurred_at", "at": AWARE, "source": "a guess"}
    before = ask("get", f"/incidents/{reference}/timeline").json
    refused = asking(role)("post", f"/incidents/{reference}/anchors", json=said)
    assert (refused.status_code, refused.json["code"]) == (403, "role_missing")
    assert ask("get", f"/incidents/{reference}/timeline").json == before
