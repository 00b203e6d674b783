"""Plans a fan-out: every reader gets a way, and the rows are written batch by batch until everybody has theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import batches
from incidents.deliveries.batches import Lot
from incidents.deliveries.dispatch import Dispatch, with_tokens
from incidents.deliveries.quiet import read_window
from incidents.deliveries.reach import Reach, Routes
from incidents.deliveries.safe_start import safe_start
from incidents.deliveries.tables import Delivery, FanOut
from incidents.deliveries.ways import BESIDE, Ways, counted, ways_of
from incidents.foundation.clock import Clock
from incidents.foundation.database import ALONE
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.foundation.tokens import token_secret
from incidents.notices.house import named_channels
from incidents.notices.tables import Notice
from incidents.obligations.ledger import live
from incidents.obligations.states import State as Owed
from incidents.record import holds, timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from notifiers.message import AddressKind
from notifiers.registry import channels
from notifiers.unsafe import unsafe_in_short

PUBLIC = "public"


@dataclass(frozen=True)
class Terms:
    """How a fan-out behaves; `unknown_residence` is compliance's decision (hold or send). A large one goes out in
    waves: each is watched for `soak_minutes`, and it pauses itself where more than `most_failed` of it failed."""

    unknown_residence: str = "hold"
    proof: str = "accepted"
    wait_hours: int = 24
    tells_again: bool = True
    soak_minutes: int = 5
    most_failed: float = 0.2
    quiet: str = ""  # 22:00-08:00: nobody is woken then, where the duties behind the notice leave the time


@dataclass(frozen=True)
class Draft:
    """The plan before it is written: the way of each reader, announcements by variant, and the count of it all."""

    ways: Ways
    announcements: tuple[str, ...]
    reach: Reach


def draft(dispatch: Dispatch, routes: Routes) -> Draft:
    """Choose for everybody. Looks up mail exchangers, so never call it inside a transaction."""
    ways = ways_of(dispatch.readers, dispatch.ladders, routes)
    # The public is told by the public's own notice; what one group of readers is told is on no page for all.
    public = [one for one, texts in dispatch.texts.items() if dispatch.audience == PUBLIC and page_channels(texts)]
    return Draft(ways, tuple(public), counted(ways, routes))


def begin_plan(tx: Session, dispatch: Dispatch, drafted: Draft, *, terms: Terms, by: Actor, kit: Any) -> FanOut:
    """Write the fan-out without its rows: nothing is sent while they are being written. Raises Refused where a hold is
    in force, the notice is on its way already or its words fit no channel."""
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    if terms.unknown_residence == "send":
        by.must_be(ActorRole.COMPLIANCE)
    if terms.quiet:
        read_window(terms.quiet)
    clock: Clock = kit.clock
    incident = tx.get_one(Incident, dispatch.incident_id)
    if holds.in_force(tx, incident.id, "sending", clock=clock) is not None:
        raise Refused("sending_held", "A hold on sending is in force; the clocks run on.")
    _must_fit(dispatch)
    known = select(FanOut).where(FanOut.notice_id == dispatch.notice_id, FanOut.language == dispatch.language)
    if tx.scalars(known).first() is not None:
        raise Refused("already_sent", f"This notice is on its way in {dispatch.language} already.")
    fan_out = _fan_out(dispatch, terms, by, clock)
    fan_out.waits_until_at = _may_wait(tx, dispatch, kit.of(incident)) if terms.quiet else None
    tx.add(fan_out)
    tx.flush()
    for variant in drafted.announcements:
        announce(tx, fan_out, variant, kit=kit.of(incident))
    detail: dict[str, Any] = {"fan_out": fan_out.id, "notice": fan_out.notice_id, "language": fan_out.language}
    detail |= {"people": drafted.reach.people, "not_one_by_one": drafted.reach.not_one_by_one}
    timeline.append(tx, fan_out.incident_id, "delivery.planned", detail, by=by, clock=clock)
    return fan_out


def write_plan(kit: Any, fan_out_id: str, readers: pa.Table, ways: Ways) -> None:
    """Write the rows, a transaction a batch, and let the sending begin. Whoever was planned for this notice
    before is left out, so that it can be done again from the beginning: nobody is told twice, and nobody is lost."""
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id)
        providers = kit.of(tx.get_one(Incident, fan_out.incident_id)).providers
        secret, quiet = token_secret(tx, fan_out.incident_id, keys=kit.keys, clock=kit.clock), bool(fan_out.quiet)
    readers = with_tokens(readers, secret)
    drawn = batches.draw(readers["person"])
    for piece in batches.pieces_of(readers, ways, providers=providers, drawn=drawn, quiet=quiet):
        with kit.begin() as tx:
            # The row's lock: an abort waits until this batch is written, and no batch is written after it.
            fan_out = tx.get_one(FanOut, fan_out_id, with_for_update=ALONE)
            if fan_out.phase != "planning":
                return
            batches.write(tx, fan_out, readers, piece, kit=kit)
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id, with_for_update=ALONE)
        if fan_out.phase == "planning":
            fan_out.phase, fan_out.plan_ended_at = "sending", kit.clock.now()


def announce(tx: Session, fan_out: FanOut, variant: str, *, kit: Any) -> bool:
    """Plan the announcement of one variant, once; False where it is planned, has no words or nothing publishes it."""
    channel = next((name for name in page_channels(fan_out.texts[variant])), None)
    provider = next((one for one in sorted(kit.providers) if one.partition("/")[0] == channel), None)
    token = f"{PUBLIC}:{fan_out.language}:{variant}"
    query = select(Delivery.id).where(Delivery.notice_id == fan_out.notice_id, Delivery.person == token)
    if channel is None or provider is None or tx.scalars(query).first() is not None:
        return False
    everybody = {"person_id": [token], "residence": [""], "role": [""], AddressKind.PUBLIC.value: [PUBLIC]}
    batches.write_batch(tx, fan_out, pa.table(everybody), [token], Lot(variant, channel, provider, BESIDE), kit=kit)
    return True


def page_channels(texts: Mapping[str, Any]) -> list[str]:
    """The channels among `texts` that tell everybody at once."""
    return [name for name in texts if name in channels() and not channels()[name].one_by_one]


def _may_wait(tx: Session, dispatch: Dispatch, kit: Any) -> datetime | None:
    """How long telling may wait for a morning: as long as every duty behind the notice can still be met in time. None
    where one of them names no time, for then nobody knows that the law lets one wait."""
    notice = tx.get(Notice, dispatch.notice_id)
    duties = notice.obligations if notice else ()
    owed = (Owed.OWED, Owed.POSSIBLE)
    rows = [row for row in live(tx, dispatch.incident_id) if row.duty in duties and row.state in owed]
    starts = [safe_start(row, packs=kit.packs, providers=kit.providers) for row in rows]
    return min((one.latest_at for one in starts if one), default=None) if all(starts) else None


def _must_fit(dispatch: Dispatch) -> None:
    """The last look at the words, whoever approved them: what a channel cannot carry or may not bear goes nowhere. A
    channel that nobody is told by is not asked."""
    wrong: dict[str, None] = {}
    named = named_channels(dispatch.ladders)
    for texts in dispatch.texts.values():
        for name, pieces in texts.items():
            if name not in named and name not in page_channels(texts):
                continue
            channel = channels()[name]
            wrong |= dict.fromkeys(channel.findings(pieces))
            if channel.short:
                wrong |= dict.fromkeys(one.sentence for text in pieces.values() for one in unsafe_in_short(text))
    if wrong:
        raise Refused("unfit_text", "These words cannot go out as they are.", because=tuple(wrong))


def _fan_out(dispatch: Dispatch, terms: Terms, by: Actor, clock: Clock) -> FanOut:
    return FanOut(
        id=new_id("fan"),
        incident_id=dispatch.incident_id,
        notice_id=dispatch.notice_id,
        snapshot_id=dispatch.snapshot_id,
        company=dispatch.company,
        party=dispatch.party,
        audience=dispatch.audience,
        language=dispatch.language,
        sender_name=dispatch.sender_name,
        content_digest=dispatch.content_digest,
        audience_digest=dispatch.audience_digest,
        texts={variant: dict(texts) for variant, texts in dispatch.texts.items()},
        ladders=[dict(one) for one in dispatch.ladders],
        for_guardians=dispatch.for_guardians,
        unknown_residence=terms.unknown_residence,
        proof=terms.proof,
        wait_hours=terms.wait_hours,
        tells_again=terms.tells_again,
        soak_minutes=terms.soak_minutes,
        most_failed=terms.most_failed,
        quiet=terms.quiet,
        wave=0,
        phase="planning",
        planned_at=clock.now(),
        planned_by=by.id,
        planned_by_name=by.name,
    )
