"""Plans a fan-out: every reader gets a route, every route a batch, every batch one sealed segment of contacts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes, segment
from incidents.deliveries.dispatch import Dispatch, Reader
from incidents.deliveries.ladders import Ladder, ladder_for
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.reach import BY_RULE, Choice, Closed, Reach, Routes
from incidents.deliveries.state import Event
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.foundation.tokens import token as token_of
from incidents.foundation.tokens import token_secret
from incidents.record import holds, timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from notifiers.message import AddressKind
from notifiers.registry import channels
from notifiers.unsafe import unsafe_in_short

BATCH = 1000
PUBLIC = "public"
NOBODY = "none"  # the channel of a person for whom no route and no announcement is left
BESIDE = -1


@dataclass(frozen=True)
class Terms:
    """How a fan-out behaves; `unknown_residence` is compliance's decision (hold or send)."""

    unknown_residence: str = "hold"
    proof: str = "accepted"
    wait_hours: int = 24
    tells_again: bool = True


@dataclass(frozen=True)
class Planned:
    """One plan row to be: the reader and the way chosen (None: no route is open)."""

    variant: str
    reader: Reader
    choice: Choice | None
    last: str | None = None


@dataclass(frozen=True)
class Draft:
    """The plan before it is written: rows, announcements by variant, and the count of it all."""

    rows: tuple[Planned, ...] = field(repr=False)
    announcements: tuple[str, ...]
    reach: Reach


def draft(dispatch: Dispatch, routes: Routes) -> Draft:
    """Choose for everybody. Looks up mail exchangers, so never call it inside a transaction."""
    routes.warm((reader.residence, reader.addresses) for found in dispatch.readers.values() for reader in found)
    reach = Reach()
    rows: list[Planned] = []
    for variant, readers in dispatch.readers.items():
        for reader in readers:
            ladder = ladder_for(dispatch.ladders, reader.role)
            choice, closed = routes.choose(ladder.one_by_one, reader.residence, reader.addresses)
            reach.count(choice, closed)
            if any(one.why in BY_RULE for one in closed):
                reach.grounds |= routes.grounds(reader.residence)
            rows.append(Planned(variant, reader, choice, ladder.last))
            rows += [Planned(variant, reader, one) for one in _beside(ladder, reader, routes, reach)]
    reach.last = next((row.last for row in rows if row.last), None)
    # The public is told by the public's own notice; what one group of readers is told is on no page for all.
    public = [one for one, texts in dispatch.texts.items() if dispatch.audience == PUBLIC and page_channels(texts)]
    return Draft(tuple(rows), tuple(public), reach)


def plan(tx: Session, dispatch: Dispatch, drafted: Draft, *, terms: Terms, by: Actor, kit: Any) -> FanOut:
    """Write the fan-out in one transaction. Whoever was planned for this notice and channel before is left out, so a
    second plan tells nobody twice. Raises Refused where a hold is in force or the notice is on its way already."""
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    if terms.unknown_residence == "send":
        by.must_be(ActorRole.COMPLIANCE)
    clock: Clock = kit.clock
    incident = tx.get_one(Incident, dispatch.incident_id)
    if holds.in_force(tx, incident.id, "sending", clock=clock) is not None:
        raise Refused("sending_held", "A hold on sending is in force; the clocks run on.")
    _must_fit(dispatch)
    fan_out = _fan_out(dispatch, terms, by, clock)
    known = tx.scalars(
        select(FanOut).where(FanOut.notice_id == dispatch.notice_id, FanOut.language == dispatch.language)
    ).first()
    if known is not None:
        raise Refused("already_sent", f"This notice is on its way in {dispatch.language} already.")
    tx.add(fan_out)
    tx.flush()
    writer = Writer(tx, fan_out, keys=kit.keys, home=kit.home, clock=clock)
    writer.write(drafted.rows)
    for variant in drafted.announcements:
        announce(tx, fan_out, variant, kit=kit.of(incident))
    detail: dict[str, Any] = {"fan_out": fan_out.id, "notice": fan_out.notice_id, "language": fan_out.language}
    detail |= {"people": drafted.reach.people, "not_one_by_one": drafted.reach.not_one_by_one}
    timeline.append(tx, incident.id, "delivery.planned", detail, by=by, clock=clock)
    return fan_out


def announce(tx: Session, fan_out: FanOut, variant: str, *, kit: Any) -> bool:
    """Plan the announcement of one variant, once; False where it is planned, has no words or nothing publishes it."""
    channel = next((name for name in page_channels(fan_out.texts[variant])), None)
    provider = next((one for one in sorted(kit.providers) if one.partition("/")[0] == channel), None)
    token = f"{PUBLIC}:{fan_out.language}:{variant}"
    query = select(Delivery.id).where(Delivery.notice_id == fan_out.notice_id, Delivery.person == token)
    if channel is None or provider is None or tx.scalars(query).first() is not None:
        return False
    writer = Writer(tx, fan_out, keys=kit.keys, home=kit.home, clock=kit.clock)
    everybody = Reader(token, "", "", {AddressKind.PUBLIC: PUBLIC})
    choice = Choice(BESIDE, channel, provider, PUBLIC)
    writer.write([Planned(variant, everybody, choice)], token=token)
    return True


class Writer:
    """Writes plan rows in batches, leaving out who has a row on that channel already."""

    def __init__(self, tx: Session, fan_out: FanOut, *, keys: Any, home: Any, clock: Clock) -> None:
        self._tx, self._fan_out, self._keys, self._home, self._clock = tx, fan_out, keys, home, clock
        self._secret = token_secret(tx, fan_out.incident_id, keys=keys, clock=clock)
        query = select(Delivery.person, Delivery.channel).where(Delivery.notice_id == fan_out.notice_id)
        self._known = {(row.person, row.channel) for row in tx.execute(query)}

    def write(self, rows: Iterable[Planned], *, token: str | None = None) -> int:
        """Write them; how many rows that were new."""
        sent: dict[tuple[str, str, str, int], list[tuple[str, Planned]]] = {}
        left: list[tuple[str, Planned]] = []
        for row in rows:
            person = token or token_of(self._secret, row.reader.person_id)
            channel = row.choice.channel if row.choice else row.last or NOBODY
            if (person, channel) in self._known:
                continue
            self._known.add((person, channel))
            if row.choice is None:
                left.append((person, row))
            else:
                key = (row.variant, channel, row.choice.provider, row.choice.position)
                sent.setdefault(key, []).append((person, row))
        for key, members in sorted(sent.items()):
            for some in _chunks(members, BATCH):
                self._batch(key, some)
        self._without_route(left)
        return len(left) + sum(len(members) for members in sent.values())

    def _batch(self, key: tuple[str, str, str, int], members: Sequence[tuple[str, Planned]]) -> None:
        variant, channel, provider, position = key
        batch_id = new_id("bat")
        contacts = _contacts([row for _, row in members])
        key_id, digest = segment.write(
            self._tx, batch_id, contacts, keys=self._keys, home=self._home, clock=self._clock
        )
        batch = Batch(id=batch_id, fan_out_id=self._fan_out.id, channel=channel, position=position, provider=provider)
        batch.variant, batch.size, batch.key_id, batch.segment_sha256 = variant, contacts.num_rows, key_id, digest
        batch.phase, batch.settled = "waiting", 0
        self._tx.add(batch)
        self._tx.flush()
        self._rows([(person, channel, position, batch_id, number) for number, (person, _) in enumerate(members)])

    def _without_route(self, members: Sequence[tuple[str, Planned]]) -> None:
        if not members:
            return
        rows = [(person, row.last or NOBODY, 1_000, None, None) for person, row in members]
        ids = self._rows(rows)
        happened = [
            Happened(one, Event.SUBSTITUTED if row.last else Event.REFUSED, reason="no_route")
            for one, (_, row) in zip(ids, members, strict=True)
        ]
        outcomes.append(self._tx, self._fan_out.id, happened, batch_ids=(), at=self._clock.now())

    def _rows(self, rows: Sequence[tuple[str, str, int, str | None, int | None]]) -> list[str]:
        now = self._clock.now()
        names = ("person", "channel", "position", "batch_id", "ordinal")
        # One id a batch and its ordinals are as opaque as an id a row, and a tenth of the work.
        stem = new_id("dlv")
        ids = [f"{stem}-{number}" for number in range(len(rows))]
        same = {"fan_out_id": self._fan_out.id, "notice_id": self._fan_out.notice_id, "planned_at": now}
        values = [{"id": one, **same, **dict(zip(names, row, strict=True))} for one, row in zip(ids, rows, strict=True)]
        self._tx.execute(insert(Delivery), values)
        return ids


def _contacts(rows: Sequence[Planned]) -> pa.Table:
    found = [
        (row.reader.person_id, row.reader.residence, row.reader.role, row.choice.address)
        for row in rows
        if row.choice is not None
    ]
    columns = ([one[place] for one in found] for place in range(len(segment.COLUMNS)))
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(segment.COLUMNS, columns, strict=True)})


def _beside(ladder: Ladder, reader: Reader, routes: Routes, reach: Reach) -> Iterator[Choice]:
    for channel in ladder.beside:
        if channel in channels() and channels()[channel].one_by_one:
            closed: list[Closed] = []
            choice = routes.on_channel(BESIDE, channel, reader.residence, reader.addresses, closed)
            if choice is not None:
                reach.beside[choice.channel, choice.provider] += 1
                yield choice


def page_channels(texts: Mapping[str, Any]) -> list[str]:
    """The channels among `texts` that tell everybody at once."""
    return [name for name in texts if name in channels() and not channels()[name].one_by_one]


def _must_fit(dispatch: Dispatch) -> None:
    """The last look at the words, whoever approved them: what a channel cannot carry or may not bear goes nowhere."""
    wrong: dict[str, None] = {}
    for texts in dispatch.texts.values():
        for name, pieces in texts.items():
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
        phase="sending",
        planned_at=clock.now(),
        planned_by=by.id,
        planned_by_name=by.name,
    )


def _chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
