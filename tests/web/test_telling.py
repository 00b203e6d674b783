"""From drafts to the last delivery through both doors, as a drill: written, refused, approved, sent, watched."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents.notices.tables import Notice
from notifiers.rehearsal import Rehearsal, fate
from tests.drills.words import WORDS
from worker import Worker

WITH_LEAK = True


@pytest.fixture
def drafted(scoped):
    ask, at = scoped
    ask("post", f"{at}/assess")
    made = ask("post", f"{at}/notices")
    assert made.status_code == 201, made.text
    return ask, at


def one_of(ask, at, wording):
    return next(row for row in ask("get", f"{at}/notices").json if row["wording"] == wording)


def write(browser, ask, at, notice):
    """Fill every hole through the form that shows the languages side by side."""
    form, page = {}, browser.get(f"/console{at}/notices/{notice['reference']}").text
    for language in notice["languages"]:
        for line in ask("get", f"{at}/notices/{notice['reference']}/words", query_string={"language": language}).json:
            if f'name="{language}:{line["placeholder"]}"' in page and line["placeholder"] in WORDS[language]:
                form[f"{language}:{line['placeholder']}"] = WORDS[language][line["placeholder"]]
    answer = browser.send(f"/console{at}/notices/{notice['reference']}/words", form)
    assert answer.status_code == 303, answer.text


def approve(browser, ask, at, notice, language):
    path = f"{at}/notices/{notice['reference']}"
    seen = ask("get", f"{path}/text", query_string={"language": language}).json
    form = {"language": language, "confirmed": list(seen["to_confirm"])} | seen["seen"]
    return browser.send(f"/console{path}/approve", form, htmx=True)


def test_pages_call_authorities_forms_senders_and_roles_by_their_names(drafted, browser, kit):
    ask, at = drafted
    said = {"name": "crime_clues_found", "value": "yes", "because": "the log"}
    assert ask("post", f"{at}/answers", json=said).status_code == 201
    ask("post", f"{at}/assess")
    page = browser("auditor").get
    authority = kit.packs.authority("cn-pi-protection").name["en"]
    assert f"moqi to {authority}" in page(f"/console{at}/owed").text
    filings = page(f"/console{at}/filings").text
    assert f"moqi to {authority}" in filings
    assert re.search(r'<option value="">Choose</option>\s*<option value="[a-z0-9-]+" >[A-Z]', filings)
    assert f"<td>{kit.packs.house['moqi'].company['en']}</td>" in page(f"/console{at}/notices").text
    assert '<small class="text-secondary">Buyer</small>' in page(f"/console{at}/affected").text


def test_notices_stand_by_the_round_that_they_are_for(drafted, browser, kit):
    ask, at = drafted
    with kit.begin() as tx:
        first = tx.scalars(select(Notice)).all()[0]
        before = {one.name: getattr(first, one.name) for one in Notice.__table__.columns}
        tx.add(Notice(**before | {"id": "not_before", "reference": "MQ-BEFORE", "snapshot_id": None}))
    page = browser("auditor").get(f"/console{at}/notices").text
    (counted, not_counted) = re.split("Before anybody was counted", page)
    assert "For version 1 of who is affected" in counted
    assert "MQ-BEFORE" in not_counted
    assert "MQ-BEFORE" not in counted
    assert all(row["reference"] in counted for row in ask("get", f"{at}/notices").json if row["id"] != "not_before")


def test_what_may_be_written_besides_is_folded_behind_what_is_needed(drafted, browser, asking):
    ask, at = drafted
    notice = one_of(ask, at, "individuals")
    path = f"/console{at}/notices/{notice['reference']}"
    needed, besides = browser("auditor").get(path).text.split("more texts that may be written")
    assert "<code>what_happened_words</code>" in needed
    assert "<code>police_words</code>" in besides
    assert "<code>police_words</code>" not in needed
    writer, language = browser("communications", name="Wen"), notice["languages"][0]
    assert writer.send(f"{path}/words", {f"{language}:police_words": "The police know of it."}).status_code == 303
    assert "<code>police_words</code>" in writer.get(path).text.split("more texts that may be written")[0]


def test_an_incomplete_draft_is_refused_by_element_and_language_at_every_door(drafted, browser, asking):
    ask, at = drafted
    notice = one_of(ask, at, "individuals")
    language = notice["languages"][0]
    page = browser("auditor").get(f"/console{at}/notices/{notice['reference']}").text
    assert "missing</span>" in page
    said = approve(browser("approver"), ask, at, notice, language)
    assert said.status_code == 409
    assert f"({language})" in said.text
    seen = ask("get", f"{at}/notices/{notice['reference']}/text", query_string={"language": language}).json
    body = {"language": language, "confirmed": list(seen["to_confirm"])} | seen["seen"]
    refused = asking("approver", name="second")("post", f"{at}/notices/{notice['reference']}/approve", json=body)
    assert refused.json["code"] == "content_incomplete"
    assert refused.json["because"]


@pytest.fixture
def approved(drafted, browser):
    ask, at = drafted
    notice, writer, approver = one_of(ask, at, "individuals"), browser("communications"), browser("approver")
    write(writer, ask, at, notice)
    for language in notice["languages"]:
        path = f"/console{at}/notices/{notice['reference']}"
        writer.send(f"{path}/release", {"language": language, "because": "I read this language."})
        said = approve(approver, ask, at, notice, language)
        assert said.status_code == 204, said.text
    return ask, at, notice, writer


def test_the_writer_cannot_approve_and_a_changed_word_voids(approved, browser):
    ask, at, notice, writer = approved
    path = f"/console{at}/notices/{notice['reference']}"
    page = writer.get(path).text
    assert "Any change voids it" in page
    language = notice["languages"][0]
    hole = next(iter(WORDS[language]))
    lines = ask("get", f"{at}/notices/{notice['reference']}/words", query_string={"language": language}).json
    hole = next(line["placeholder"] for line in lines if line["by"] == "writer")
    writer.send(f"{path}/words", {f"{language}:{hole}": "Other words than those that were read."})
    assert one_of(ask, at, "individuals")["approved"] == notice["languages"][1:]
    said = approve(writer, ask, at, notice, language)
    assert said.status_code in (403, 409)


def test_a_preview_shows_every_form_and_runs_nothing_and_a_drill_s_code_vouches_for_nothing(approved, app):
    ask, at, notice, writer = approved
    path = f"/console{at}/notices/{notice['reference']}"
    language = notice["languages"][0]
    frame = writer.get(f"{path}/html/{language}/email")
    assert frame.status_code == 200
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "<script" not in frame.text
    assert "javascript:" not in frame.text
    page = writer.get(f"{path}?language={language}").text
    assert re.search(r"SMS: \d+ parts?, ", page)
    assert re.search(r"Telephone: about \d+ seconds, said 2 times", page)
    assert "<h4>push</h4>" in page
    assert ask("get", f"/codes/{notice['reference']}").json["answer"] == "rehearsed"
    client = app.test_client()
    said = client.post("/public/moqi/en/check", data={"code": notice["reference"]})
    assert "an exercise of ours" in said.text
    assert "Set-Cookie" not in said.headers


def test_a_drill_is_sent_paused_resumed_and_watched_to_the_end(approved, app, kit, browser):
    ask, at, notice, writer = approved
    language = notice["languages"][0]
    path = f"{at}/notices/{notice['reference']}"
    ahead = writer.get(f"/console{path}/forecast?language={language}", headers={"HX-Request": "true"})
    assert "people read it" in ahead.text
    sent = writer.send(f"/console{path}/send", {"language": language, "unknown_residence": "hold"})
    assert sent.status_code == 303, sent.text
    fan_out = ask("get", f"{at}/fan-outs").json[0]["id"]
    for verb, form, phase in (("pause", {"because": "a doubt"}, "paused"), ("resume", {}, "sending")):
        assert writer.send(f"/console{at}/fan-outs/{fan_out}/{verb}", form).status_code == 303
        assert ask("get", f"{at}/fan-outs").json[0]["phase"] == phase
    assert 'hx-trigger="every 2s"' in writer.get(f"/console{at}/fan-outs/{fan_out}/progress").text
    _work_for_some_minutes(kit)
    counts = ask("get", f"{at}/fan-outs").json[0]
    assert counts["told"] > 0
    assert counts["under_way"] == 0
    page = writer.get(f"/console{at}/deliveries").text
    assert f"{counts['told']:,}" in page
    assert "every 2s" not in page
    listed = {row["delivery"] for row in ask("get", f"{at}/fan-outs/{fan_out}/in-doubt").json}
    rehearsed = [provider for provider in kit.drill.providers.values() if isinstance(provider, Rehearsal)]
    assert listed == {one for provider in rehearsed for one in provider.given if fate(one) == "doubt"}


def _work_for_some_minutes(kit):
    """By their reference, which is another one in each run, some are throttled: those go when the provider says."""
    worker = Worker(kit, threads=1, name="test")
    for _ in range(5):
        worker.run_until_idle()
        kit.clock.tick(timedelta(minutes=1))
