"""A provider that sends only what was prepared with it gets only what was, and whom it cannot tell is said before."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from incidents.deliveries import compromise
from incidents.deliveries.closed import Why
from incidents.deliveries.dispatch import Dispatch
from incidents.deliveries.plan import draft
from incidents.deliveries.reach import Reach, routes_for
from incidents.deliveries.regions import Regions
from incidents.deliveries.segment import Contacts
from incidents.deliveries.stand_in import stand_in
from incidents.deliveries.tables import Batch, FanOut
from incidents.record.tables import Incident
from notifiers.message import Message
from notifiers.outcome import Sent
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
        fits = language == "zh-Hans" and not texts["title"].startswith("Perhaps")
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
