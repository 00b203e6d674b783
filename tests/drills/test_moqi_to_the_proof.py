"""Moqi's incident from the approved notices to the proof: sent, received, filed, a second round, closed, verified."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from incidents.deliveries.start import send_notice
from incidents.filings.filing import find as find_filing
from incidents.foundation.errors import Refused
from incidents.foundation.keys import DataKey
from incidents.obligations.states import State
from incidents.record import timeline
from incidents.review.bundle import make_bundle
from incidents.review.close import close
from incidents.review.verify import sentences, verify, wrap
from incidents.snapshots.opened import Decision
from tests.drills import reports, sending
from tests.drills.cast import COMPLIANCE, WRITER


@pytest.fixture
def drill(moqi_told, tmp_path):
    return moqi_told.again(tmp_path)


def _affected(drill):
    return [one for one in drill.people() if one["membership"] in {"affected", "stranger"}]


def _only_announced(drill):
    return sum(one.announced for one in sending.standing(drill).values())


def test_everybody_is_told_or_announced_to_and_nobody_is_left_over(drill):
    told = {key: one for key, one in sending.standing(drill).items() if key[0] not in {"announcement", "guardian"}}
    assert sum(one.people for one in told.values()) == len(_affected(drill))
    assert all(one.under_way == 0 and one.not_reached == 0 for one in told.values())
    assert sum(one.told for one in told.values()) > 0.9 * len(_affected(drill))
    assert all(one.told + one.announced == one.people for one in told.values())
    refused = {reason for one in told.values() for reason in one.by_reason}
    assert refused  # and whoever was refused on one channel took the next route


def test_telling_the_people_meets_what_is_owed_to_them(drill):
    for duty in ("cn/pipl/tell-people", "house/moqi/tell-people", "cn/cybersecurity-law/tell-people"):
        (row,) = drill.ledger(duty)
        assert row.state in {State.MET, State.LATE}
        assert row.settled_ref


def test_a_report_says_how_many_were_told(drill):
    told = sum(
        one.told for key, one in sending.standing(drill).items() if key[0] in {"individuals", "minor", "stranger"}
    )
    reference = reports.prepare(drill, "cn/pipl/tell-authority")
    with drill.kit.begin() as tx:
        notices = reports.desk(drill).dossier(tx, find_filing(tx, reference)).notices
    assert notices.told.min == told > 0
    assert notices.not_reached.max == len(_affected(drill)) - told


def test_the_second_round_tells_only_those_who_were_not_told_before(drill):
    told = sum(one.people for key, one in sending.standing(drill).items() if key[0] == "individuals")
    drill.collect(2)
    second = drill.scope()
    drill.decide_the_rest(Decision.INCLUDE, "their numbers lie in the second list")
    drill.assess()
    assert drill.ledger("cn/pipl/tell-people")[-1].state == State.OWED
    first = {notice.id for notice in drill.notices()}
    drill.approve_everything()
    later = [notice for notice in drill.notices("individuals") if notice.id not in first]
    assert [notice.follows_id in first for notice in later] == [True]
    reference = later[0].reference
    again = sum(sending.could_reach(drill, reference, language).people for language in drill.spoken(later[0]))
    assert 0 < again < told
    assert again <= second.changes["added"] + second.changes["grew"] + _only_announced(drill)


def test_a_correction_goes_to_exactly_those_who_got_the_wrong_text(drill):
    (wrong,) = drill.notices("individuals")
    got = sending.got(drill, wrong)
    correction = drill.correct(wrong.reference, because="it named the wrong day")
    drill.write(correction)
    drill.release(correction)
    drill.approve(correction)
    (notice,) = [one for one in drill.notices() if one.reference == correction]
    reached = sum(sending.could_reach(drill, correction, language).people for language in drill.spoken(notice))
    assert reached == sum(len(people) for people in got.values()) > 50
    with drill.kit.begin() as tx:
        kinds = {line.kind for line in timeline.read(tx, drill.incident_id)}
    assert {"notice.correction_begun", "notice.reassessment_wanted"} <= kinds
    for language in drill.spoken(notice):
        send_notice(drill.kit, notice.id, language, by=WRITER, look_up=sending.mail_is_here)
    sending.work_for_a_day(drill)
    after = sending.got(drill, notice)
    assert {one for people in after.values() for one in people} <= {one for people in got.values() for one in people}
    assert sum(len(people) for people in after.values()) > 0.8 * reached


def test_closing_is_refused_while_anything_is_owed_and_says_what(drill):
    with drill.kit.begin() as tx, pytest.raises(Refused) as refused:
        close(tx, drill.incident(tx), by=COMPLIANCE, clock=drill.clock)
    assert any("cn/pipl/tell-authority" in reason for reason in refused.value.because)
    assert any("handling ended" in reason for reason in refused.value.because)


def test_the_proof_still_holds_after_every_key_was_shredded_and_names_one_flipped_byte(drill):
    with drill.kit.begin() as tx:
        signer = drill.kit.signer
        proof = make_bundle(tx, drill.incident(tx), by=COMPLIANCE, clock=drill.clock, signer=signer)
    with drill.kit.begin() as tx:
        for key_id in tx.scalars(select(DataKey.id)):
            drill.kit.keys.shred(tx, key_id, clock=drill.clock)
    with pytest.raises(Refused):
        drill.people()
    assert verify(proof, signer.public_key.keyid).holds
    with ZipFile(BytesIO(proof)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["snapshots.json"] = files["snapshots.json"].replace(b"1", b"2", 1)
    verdict = verify(wrap(files), signer.public_key.keyid)
    assert not verdict.holds
    assert any("snapshots.json" in sentence for sentence in sentences(verdict))
