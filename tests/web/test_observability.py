"""Metrics for whoever may read them, log lines that hold nobody's data, and the thread from evidence to receipt."""

import re
from pathlib import Path

import pytest
import structlog
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import create_app
from incidents.foundation.database import Base
from incidents.foundation.ids import new_id
from incidents.foundation.log import note_when_kept
from incidents.foundation.privacy import mask_event
from incidents.foundation.settings import Settings
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from web.database import db
from web.metrics import SAID

DOCS = Path(__file__).parents[2] / "docs"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def scrape(app, **more):
    return app.test_client().get("/metrics", **more)


def test_every_figure_is_there_with_its_sentence_and_on_the_page_that_explains_them(app):
    families = {one.name: one for one in text_string_to_metric_families(scrape(app).text)}
    page = (DOCS / "observability.md").read_text()
    for name, said in SAID.items():
        assert families[f"tocsin_{name}"].documentation == said
        assert f"`tocsin_{name}" in page
    assert "python_info" in families


def test_only_this_machine_reads_them_without_a_token(app):
    assert scrape(app).status_code == 200
    assert scrape(app, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403


def test_with_a_token_whoever_sends_it_reads_them_and_nobody_else(tmp_path):
    app = create_app(Settings(mode="test", home=tmp_path, metrics_token="a long secret"))
    assert scrape(app).status_code == 403
    assert scrape(app, headers={"Authorization": "Bearer a long secre"}).status_code == 403
    far = {"REMOTE_ADDR": "203.0.113.9"}
    with app.app_context():
        Base.metadata.create_all(db.engine)
    given = scrape(app, headers={"Authorization": "Bearer a long secret"}, environ_overrides=far)
    assert given.status_code == 200


def test_the_alert_rules_ask_for_figures_that_there_are():
    groups = yaml.safe_load((DOCS / "prometheus-rules.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"tocsin_[a-z_]+", rule["expr"])}
    assert {name.removesuffix("_total").removeprefix("tocsin_") for name in asked} <= set(SAID)
    for rule in rules:
        assert rule["annotations"]["summary"].endswith((".", "?"))
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_an_error_of_the_database_says_nothing_of_what_was_to_be_written(app):
    with app.app_context(), db.engine.begin() as line, pytest.raises(DBAPIError) as broke:
        line.execute(text("INSERT INTO incident (id, title) VALUES (:id, :title)"), {"id": "inc_1", "title": "Ann Li"})
    assert "INSERT INTO incident" in str(broke.value)
    assert "Ann Li" not in str(broke.value)


@pytest.fixture
def lines():
    """The lines that were logged, as they would be written."""
    caught = structlog.testing.LogCapture()
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, mask_event, caught])
    yield caught.entries
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


def test_what_is_on_the_timeline_is_in_the_log_by_the_incident_s_id_once_it_is_kept(kit, lines):
    rana = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER}))
    with kit.begin() as tx:
        said = Declaration("A list of Mya was lost", "moqi", kit.clock.now(), is_drill=True)
        one = declare(tx, said, by=rana, clock=kit.clock, keys=kit.keys)
        assert lines == []
    assert lines[0]["event"] == "incident.declared"
    assert all(line["incident"] == one.id for line in lines)
    assert "Mya" not in str(lines)
    assert "Rana" not in str(lines)


def test_what_was_rolled_back_is_in_no_log(kit, lines):
    with pytest.raises(ZeroDivisionError), kit.begin() as tx:  # noqa: PT012
        note_when_kept(tx, "x.y", {}, incident="inc")
        raise ZeroDivisionError
    assert lines == []


def test_of_a_detail_only_ids_numbers_and_our_words_are_logged(kit, lines):
    fan_out, person = new_id("fan"), new_id("tok")
    detail = {"fan_out": fan_out, "people": 3, "because": "Mya asked", "language": "my", "person": person, "all": [1]}
    with kit.begin() as tx:
        note_when_kept(tx, "x.y", detail, incident="inc")
    (line,) = lines
    line.pop("log_level")
    assert line == {"event": "x.y", "incident": "inc", "fan_out": fan_out, "people": 3, "language": "my"}


def test_an_id_is_never_masked_however_many_digits_it_holds(lines):
    many = "dlv_" + "0123456789" * 2 + "abcdef"
    structlog.get_logger().info("x", batch=many, trace_id="0" * 31 + "1", said="call 0123456789 now")
    assert (lines[0]["batch"], lines[0]["said"]) == (many, "call [masked] now")
    assert lines[0]["trace_id"] == "0" * 31 + "1"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        ("someone@there.example", None),
        (None, None),
    ],
)
def test_the_trace_of_a_request_is_kept_and_nothing_else_that_comes_in_its_place(app, asking, lines, sent, kept):
    ask = asking("responder")
    said = {"title": "A list was lost", "company": "moqi", "became_aware_at": "2026-03-06T12:00:00Z"}
    headers = {"traceparent": sent} if sent else {}
    assert ask("post", "/incidents", json=said, headers=headers).status_code == 201
    declared = next(line for line in lines if line["event"] == "incident.declared")
    assert declared.get("trace_id") == kept
    assert "trace_id" not in structlog.contextvars.get_contextvars()
