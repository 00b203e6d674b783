"""Moqi, after the first telling: what a second round means for who was told, by change, by merge and by review."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from affected import known
from incidents.deliveries.approved import dispatch_of
from incidents.deliveries.cancel import cancel_excluded
from incidents.deliveries.rounds import told_before
from incidents.deliveries.start import send_notice
from incidents.deliveries.told import compared
from incidents.evidence.collect import items, withdraw
from incidents.foundation.errors import Refused
from incidents.notices.tables import Notice
from incidents.snapshots import opened, scope
from incidents.snapshots.opened import Decision
from incidents.snapshots.review import Verdict, review
from incidents.snapshots.select import Selection
from notifiers.message import AddressKind
from tests.drills import sending
from tests.drills.cast import COMPLIANCE, RESPONDER, WRITER


@pytest.fixture
def drill(moqi_told, tmp_path):
    return moqi_told.again(tmp_path)


def since(drill, older, newer):
    with drill.kit.begin(reading=True) as tx:
        pair = [opened.version(tx, drill.incident_id, number) for number in (older, newer)]
        return compared(tx, *pair, keys=drill.kit.keys, home=drill.kit.home)


def exclude(drill, *person_ids):
    ids = known(drill.kit.directories["moqi"], person_ids)
    verdict = Verdict(Decision.EXCLUDE, "the partner named them by mistake")
    with drill.kit.begin() as tx:
        hands = {"by": COMPLIANCE, "clock": drill.clock, "keys": drill.kit.keys, "home": drill.kit.home}
        review(tx, drill.incident(tx), Selection.people(person_ids), verdict, known=ids, **hands)
        return cancel_excluded(tx, drill.incident_id, at=drill.clock.now())


def told_ones(drill):
    """The ids of adults in the directory who got the first notice."""
    notice = drill.notices("individuals")[0]
    return sorted(one[0] for some in sending.got(drill, notice).values() for one in some)


def second_round(drill, change=lambda found: found):
    """The second file is scoped, with `change` on what was found, then everything is approved; the new notice."""
    kit, hands = drill.kit, {"by": RESPONDER, "clock": drill.clock, "keys": drill.kit.keys}
    first = {notice.id for notice in drill.notices()}
    drill.collect(2)
    with scope.private_folder(kit.home) as folder:
        with kit.begin() as tx:
            drawn = scope.draw(tx, drill.incident(tx), folder, vault=kit.vault, **hands)
        found = change(scope.resolve_drawn(drawn, kit.directories["moqi"]))
        with kit.begin() as tx:
            incident, directory = drill.incident(tx), kit.directories["moqi"]
            scope.freeze_drawn(tx, incident, drawn, found, directory, home=kit.home, **hands)
    drill.decide_the_rest(Decision.INCLUDE, "their numbers lie in the second list")
    drill.assess()
    drill.approve_everything()
    (later,) = [one for one in drill.notices("individuals") if one.id not in first]
    return later


def test_of_each_change_it_is_known_how_many_were_told_and_by_which_channel(drill):
    drill.collect(2)
    drill.scope()
    found = since(drill, 1, 2)
    assert {word: one.people for word, one in found.told.items()} == found.difference.counts | {"excluded": 0}
    assert found.told["added"].told == 0
    unchanged = found.told["unchanged"]
    assert 0.8 * unchanged.people < unchanged.told <= unchanged.people
    assert sum(unchanged.by_channel.values()) >= unchanged.told
    assert found.wrong == ()
    back = since(drill, 2, 1)
    assert (back.told["removed"].people, back.told["removed"].told) == (found.told["added"].people, 0)


def test_whoever_was_told_and_is_removed_is_owed_a_correction_that_stays_listed_with_those_begun(drill):
    with drill.kit.begin() as tx:
        first = items(tx, drill.incident_id)[0]
        withdraw(tx, first, because="it was another house's list", by=RESPONDER, clock=drill.clock)
    drill.scope()
    found = since(drill, 1, 2)
    assert found.told["removed"].told > 0
    assert sum(one.people for one in found.wrong) >= found.told["removed"].told
    (wrong,) = [one for one in found.wrong if one.reference == drill.notices("individuals")[0].reference]
    assert wrong.corrections == ()
    correction = drill.correct(wrong.reference, because="these people were not affected")
    (wrong,) = [one for one in since(drill, 1, 2).wrong if one.notice == wrong.notice]
    assert wrong.corrections == (correction,)


def test_whoever_was_told_and_is_excluded_afterwards_is_owed_a_correction_too(drill):
    exclude(drill, told_ones(drill)[0])
    drill.scope()
    found = since(drill, 1, 2)
    assert (found.told["excluded"].people, found.told["excluded"].told) == (1, 1)
    assert [one.people for one in found.wrong] == [1]


def test_a_person_whom_the_directory_merged_after_they_were_told_is_told_once(drill):
    named_again = set(drill.truth.files[2].people)
    person = next(one for one in told_ones(drill) if one not in named_again)

    def merge(found):
        # The directory of now knows this person under another id; what finds them is the same.
        def renamed(table):
            ids = table["person_id"]
            ids = pc.if_else(pc.equal(ids, person), "merged-1", ids)
            return table.set_column(table.schema.get_field_index("person_id"), "person_id", ids).sort_by("person_id")

        aliases = pa.table({"person_id": ["merged-1"], "was": [person]})
        changed = {name: renamed(getattr(found, name)) for name in ("people", "why", "hits")}
        return replace(found, aliases=aliases, **changed)

    later = second_round(drill, merge)
    found = since(drill, 1, 2)
    assert not {person, "merged-1"} & set(found.difference.people["person_id"].to_pylist())
    assert "merged-1" in found.difference.unchanged.to_pylist()
    assert (found.told["removed"].people, found.wrong) == (0, ())
    with drill.kit.begin(reading=True) as tx:
        assert {"merged-1", person} <= told_before(tx, later, kit=drill.kit)


def test_whoever_is_excluded_after_they_were_planned_is_sent_nothing(drill):
    later = second_round(drill)
    with drill.kit.begin(reading=True) as tx:
        notice = tx.get_one(Notice, later.id)
        dispatches = [dispatch_of(tx, notice, language, kit=drill.kit) for language in drill.spoken(later)]
    most = max(dispatches, key=lambda one: one.people)
    language = most.language
    planned = sorted(one["person_id"] for one in most.readers.to_pylist() if any(one[kind] for kind in AddressKind))
    send_notice(drill.kit, later.id, language, by=WRITER, look_up=sending.mail_is_here)
    assert exclude(drill, planned[0]) > 0
    sending.work_for_a_day(drill)
    got = {one[0] for some in sending.got(drill, later).values() for one in some}
    assert planned[0] not in got
    assert got & set(planned)
    with drill.kit.begin(reading=True) as tx, pytest.raises(Refused, match="changed"):
        dispatch_of(tx, tx.get_one(Notice, later.id), language, kit=drill.kit)
