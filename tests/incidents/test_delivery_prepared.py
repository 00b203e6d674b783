"""A provider that sends only what was prepared with it gets only what was, and whom it cannot tell is said before."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import func, select

from incidents.deliveries import climb, compromise, ledger
from incidents.deliveries.closed import Why
from incidents.deliveries.dispatch import Dispatch
from incidents.deliveries.plan import Terms, begin_plan, draft, write_plan
from incidents.deliveries.reach import Reach, routes_for
from incidents.deliveries.regions import Regions
from incidents.deliveries.segment import Contacts
from incidents.deliveries.send import send_batch
from incidents.deliveries.stand_in import stand_in
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.record.tables import Incident
from notifiers import registry
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Sent
from tests.incidents.fanout import TEXTS, WRITER, Stage, made_people, make_stage

POSSIBLE = {channel: {piece: f"Perhaps: {text}" for piece, text in of.items()} for channel, of in TEXTS.items()}
TERMS: dict[str, Any] = {"unknown_residence": "hold", "look_up": lambda _: None, "shut": (), "list_given_up": False}


class Templated:
    """Sends nothing that begins with Perhaps, and nothing but Chinese."""

    def __init__(self, about: Any) -> None:
        self.about = about

    def send(self, messages: Iterator[Message]) -> Iterator[Sent]:
        raise AssertionError(f"it was handed {len(list(messages))} messages")

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        fits = language == "zh-Hans" and not any(one.startswith("Perhaps") for one in texts.values())
        return [] if fits else ["no template renders it."]


@pytest.fixture
def stage(home, begin, keys, clock) -> Stage:
    made = make_stage(home, begin, keys, clock, script="well")
    made.kit.providers["push/rehearsal"] = Templated(made.kit.providers["push/rehearsal"].about)
    made.write(made_people(6))
    return made


def reached(stage: Stage, dispatch: Dispatch) -> Reach:
    with stage.kit.begin(reading=True) as tx:
        routes = routes_for(dispatch, stage.kit, Regions.read(tx), **TERMS)
    return draft(dispatch, routes).reach


def test_whom_it_cannot_tell_is_said_before_sending_and_takes_the_next_route(stage):
    dispatch = stage.dispatch(texts={"v1": TEXTS, "v2": POSSIBLE})
    place = dispatch.readers.column_names.index("variant")
    readers = dispatch.readers.set_column(place, "variant", pa.array(["v1"] * 2 + ["v2"] * 4))
    found = reached(stage, replace(dispatch, readers=readers))
    assert found.by_route == {("push", "push/rehearsal"): 2, ("email", "email/rehearsal"): 4}
    assert found.closed["push", "push/rehearsal", Why.NOT_PREPARED] == 4


def test_a_text_in_a_language_of_which_it_has_nothing_goes_another_way(stage):
    found = reached(stage, stage.dispatch(language="en"))
    assert found.by_route == {("email", "email/rehearsal"): 6}


@pytest.mark.parametrize(("text", "moved"), [(TEXTS, "push/oppo"), (POSSIBLE, "push/huawei")])
def test_it_stands_in_for_another_only_where_it_could_send_the_text(stage, begin, clock, text, moved):
    templated = stage.kit.providers.pop("push/rehearsal")
    stage.kit.providers |= {"push/huawei": SimpleNamespace(about=templated.about), "push/oppo": templated}
    fan_out = stage.plan(stage.dispatch(texts={"v1": text}))
    with begin() as tx:
        incident = tx.get_one(Incident, stage.incident_id)
        compromise.mark(tx, "push/huawei", because="a doubt", by=WRITER, clock=clock, incident=incident)
    with begin() as tx:
        batch = tx.scalars(select(Batch)).one()
        assert batch.provider == "push/huawei"
        stand_in(tx, tx.get_one(FanOut, fan_out.id), batch, Contacts({"residence": ["CN"]}), kit=stage.kit)
        assert batch.provider == moved


def test_who_climbs_passes_over_it_too(stage, begin, monkeypatch):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    email = stage.kit.providers["email/rehearsal"]
    stage.kit.providers["push/rehearsal"] = refuses = SimpleNamespace(about=stage.kit.providers["sms/rehearsal"].about)
    stage.kit.providers["email/rehearsal"] = Templated(email.about)
    refuses.send = lambda messages: (
        Sent(one.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True) for one in messages
    )
    words = {"push": TEXTS["push"], "sms": TEXTS["sms"], "email": POSSIBLE["email"]}
    fan_out = stage.plan(stage.dispatch(texts={"v1": words}, ladders=({"one_by_one": ["push", "email", "sms"]},)))
    with begin(reading=True) as tx:
        batches = tx.scalars(select(Batch.id)).all()
    for one in batches:
        send_batch(stage.kit, one)
    assert climb.due(stage.kit) == [fan_out.id]
    assert climb.climb(stage.kit, fan_out.id) == 6
    with begin(reading=True) as tx:
        assert set(tx.scalars(select(Batch.provider))) == {"push/rehearsal", "sms/rehearsal"}


def test_a_plan_finished_when_more_routes_are_open_tells_nobody_twice(stage, begin):
    """Its first half was written while the template was missing; the worker that finishes it has it."""
    dispatch = stage.dispatch(ladders=({"one_by_one": ["push", "email"]},))
    half = stage.draft(dispatch, shut=["push"])
    with begin() as tx:
        fan_out = begin_plan(tx, dispatch, half, terms=Terms(), by=WRITER, kit=stage.kit)
    write_plan(
        stage.kit,
        fan_out.id,
        dispatch.readers.slice(0, 3),
        stage.draft(replace(dispatch, readers=dispatch.readers.slice(0, 3)), shut=["push"]).ways,
    )
    with begin() as tx:
        tx.get_one(FanOut, fan_out.id).phase = "planning"
    write_plan(stage.kit, fan_out.id, dispatch.readers, stage.draft(dispatch).ways)
    with begin(reading=True) as tx:
        planned = tx.execute(select(Delivery.channel, func.count()).group_by(Delivery.channel))
        assert dict(planned.tuples().all()) == {"email": 3, "push": 3}


def test_under_one_intent_stands_what_a_provider_has_in_hand_and_a_few_thousand_at_least():
    about = registry.entries()["email/sendgrid"].about
    assert ledger.slice_of(about) == about.window > 2000
    assert ledger.slice_of(registry.entries()["sms/twilio"].about) == 2000
