"""What a proof bundle says of telling people: deliveries, letters and calls, in counts and by token.

Notes that callers wrote stay out.
"""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries import runs, stands
from incidents.deliveries.call_tables import Call, CallListClosing, CallScript
from incidents.deliveries.tables import Batch, Delivery, DeliveryOutcome, FanOut, ProviderRegion
from incidents.record.tables import Incident
from incidents.review.rows import Row, counted, plain
from notifiers.message import AddressKind
from notifiers.registry import channels


def delivery_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each fan-out in counts: how many were planned by channel, in which state each is now, how calls ended, what the
    post brought back."""
    found = []
    for one in tx.scalars(select(FanOut).where(FanOut.incident_id == incident.id).order_by(FanOut.id)):
        routes = select(Delivery.channel, func.count()).where(Delivery.fan_out_id == one.id).group_by(Delivery.channel)
        state = stands.STATE.label("state")
        states = stands.joined(select(state, func.count()))
        by_channel = counted(tx.execute(routes))
        outcomes = counted(tx.execute(states.where(Delivery.fan_out_id == one.id).group_by(state)))
        names = "id notice_id snapshot_id party audience language content_digest audience_digest phase proof planned_at"
        said = plain(one, names + " planned_by started_at ended_at")
        said |= {"planned": sum(by_channel.values()), "by_channel": by_channel, "outcomes": outcomes}
        said |= {"providers": _providers(tx, one), "print_files": _print_files(tx, one)}
        said |= {"returned": _returned(tx, one), "calls": _calls(tx, one), "list_closings": _closings(tx, one)}
        found.append(said)
    return found


def call_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each call to a person by a person: who called whom (by token), when, by which script, and what came of it."""
    query = select(Call, Delivery.person).join(Delivery, Delivery.id == Call.delivery_id)
    query = query.where(Call.incident_id == incident.id).order_by(Call.delivery_id, Call.number)
    names = "id fan_out_id delivery_id number called_by called_by_name begun_at written_at disposition script_digest"
    return [plain(one, names) | {"person": person} for one, person in tx.execute(query)]


def script_rows(tx: Session, incident: Incident) -> list[Row]:
    """What callers were given to say, word for word, each script once."""
    used = select(Call.script_digest).where(Call.incident_id == incident.id)
    query = select(CallScript).where(CallScript.digest.in_(used)).order_by(CallScript.digest)
    return [plain(one, "digest said") for one in tx.scalars(query)]


def _print_files(tx: Session, fan_out: FanOut) -> list[Row]:
    """The print files that letters left in, each with its digest, that of its manifest, and how many stand in it."""
    names = ("file", "sha256", "manifest_sha256")
    each = (
        select(DeliveryOutcome.delivery_id, *(DeliveryOutcome.raw[name].as_string().label(name) for name in names))
        .join(Delivery, Delivery.id == DeliveryOutcome.delivery_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.fan_out_id == fan_out.id, Batch.channel.in_(_posted()))
        .subquery()
    )
    columns = [each.c[name] for name in names]
    query = select(*columns, func.count(each.c.delivery_id.distinct())).where(each.c.manifest_sha256.is_not(None))
    letters = Counter({row[:3]: row[3] for row in tx.execute(query.group_by(*columns))})
    batches = tx.scalars(select(Batch.id).where(Batch.fan_out_id == fan_out.id, Batch.channel.in_(_posted())))
    answers = (raw for batch_id in batches for raw in runs.raws(tx, batch_id) if "manifest_sha256" in raw)
    letters.update(tuple(raw[name] for name in names) for raw in answers)
    return [dict(zip((*names, "letters"), (*file, many), strict=True)) for file, many in sorted(letters.items())]


def provider_rows(tx: Session, incident: Incident) -> list[Row]:
    """Where each provider that was used processes data, by whose word; also what was said before."""
    used = select(Batch.provider).join(FanOut, FanOut.id == Batch.fan_out_id).where(FanOut.incident_id == incident.id)
    names = sorted(set(tx.scalars(used)))
    query = select(ProviderRegion).where(ProviderRegion.provider.in_(names)).order_by(ProviderRegion.id)
    attested = list(tx.scalars(query))
    what = "region because attested_by attested_by_name attested_at superseded_at"
    return [
        {
            "provider": name,
            "attested": [plain(row, what, text="because") for row in attested if row.provider == name],
        }
        for name in names
    ]


def _returned(tx: Session, fan_out: FanOut) -> dict[str, int]:
    why = DeliveryOutcome.raw["returned"].as_string()
    query = select(why, func.count()).join(Delivery, Delivery.id == DeliveryOutcome.delivery_id)
    query = query.where(Delivery.fan_out_id == fan_out.id, Delivery.channel.in_(_posted()), why.is_not(None))
    return counted(tx.execute(query.group_by(why)))


def _calls(tx: Session, fan_out: FanOut) -> dict[str, int]:
    query = select(Call.disposition, func.count()).where(Call.fan_out_id == fan_out.id, Call.disposition.is_not(None))
    return counted(tx.execute(query.group_by(Call.disposition)))


def _closings(tx: Session, fan_out: FanOut) -> list[Row]:
    """That the call list of this notice was given up, by whom and why, and reopened."""
    query = select(CallListClosing).where(CallListClosing.notice_id == fan_out.notice_id)
    query = query.where(CallListClosing.language == fan_out.language).order_by(CallListClosing.id)
    closed = "id because closed_at closed_by closed_by_name"
    reopened = " reopened_because reopened_at reopened_by reopened_by_name"
    return [plain(one, closed + reopened, text="because reopened_because") for one in tx.scalars(query)]


def _posted() -> list[str]:
    return [name for name, channel in channels().items() if channel.address is AddressKind.POSTAL]


def _providers(tx: Session, fan_out: FanOut) -> dict[str, int]:
    query = select(Batch.provider, func.sum(Batch.size)).where(Batch.fan_out_id == fan_out.id)
    return counted(tx.execute(query.group_by(Batch.provider)))
