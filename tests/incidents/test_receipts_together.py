"""Many receipts, few transactions; one that cannot be read or written harms no other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from incidents.deliveries import claim, receive, send
from incidents.deliveries.tables import Delivery, DeliveryNow, DeliveryOutcome
from incidents.foundation.errors import NotFound
from notifiers.provider import Forged, WebhookRequest
from tests.incidents.fanout import made_people, make_stage


@pytest.fixture
def sent(home, begin, keys, clock, monkeypatch):
    """A stage with 300 people told, and the ids of their deliveries."""
    monkeypatch.setattr(claim, "require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, clock, script="well")
    stage.write(made_people(300))
    stage.plan(stage.dispatch(ladders=({"one_by_one": ["sms"]},)))
    send.send_batch(stage.kit, *claim.due(stage.kit))
    with stage.kit.begin(reading=True) as tx:
        return stage, tx.scalars(select(Delivery.id)).all()


def standing(kit):
    with kit.begin(reading=True) as tx:
        return dict(tx.execute(select(DeliveryNow.state, func.count()).group_by(DeliveryNow.state)).all())


def test_what_came_meanwhile_is_written_in_one_transaction(sent, monkeypatch):
    stage, references = sent
    provider, taken, take = stage.kit.providers["sms/rehearsal"], [], receive.take

    def counted(tx, provider_id, receipts, *, kit):
        taken.append(len(receipts))
        return take(tx, provider_id, receipts, kit=kit)

    monkeypatch.setattr(receive, "take", counted)
    asked = [("sms/rehearsal", provider.call_back([one])) for one in references]
    forged = ("sms/rehearsal", WebhookRequest("/", {}, asked[0][1].body))
    told = receive.receive_all(stage.kit, [*asked[:150], forged, ("sms/nobody", asked[0][1]), *asked[150:]])
    assert [type(one) for one in told] == [type(None)] * 150 + [Forged, NotFound] + [type(None)] * 150
    assert taken == [300]
    assert standing(stage.kit) == {"delivered": 300}


def test_one_that_cannot_be_written_harms_no_other(sent, monkeypatch):
    stage, references = sent
    provider, take = stage.kit.providers["sms/rehearsal"], receive.take

    def poisoned(tx, provider_id, receipts, *, kit):
        take(tx, provider_id, receipts, kit=kit)
        if references[1] in {one.reference for one in receipts}:
            raise ValueError("no")

    monkeypatch.setattr(receive, "take", poisoned)
    told = receive.receive_all(stage.kit, [("sms/rehearsal", provider.call_back([one])) for one in references[:4]])
    assert [type(one) for one in told] == [type(None), ValueError, type(None), type(None)]
    assert standing(stage.kit) == {"delivered": 3}


def test_a_thousand_receipts_from_many_threads_are_each_taken_once(sent):
    stage, references = sent
    provider = stage.kit.providers["sms/rehearsal"]
    requests = [provider.call_back([one]) for one in references] * 2  # each told twice
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda request: receive.receive(stage.kit, "sms/rehearsal", request), requests))
        with pytest.raises(Forged):
            receive.receive(stage.kit, "sms/rehearsal", WebhookRequest("/", {}, requests[0].body))
    with stage.kit.begin(reading=True) as tx:
        assert tx.scalar(select(func.count()).select_from(DeliveryOutcome)) == 300
    assert standing(stage.kit) == {"delivered": 300}
