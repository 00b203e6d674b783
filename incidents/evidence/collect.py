"""Collect evidence into the vault, read it back for a purpose, withdraw it; every step is a custody entry."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from affected import evidence_from
from affected.resolve import may_expose
from incidents.evidence.tables import Custody, EvidenceItem
from incidents.evidence.vault import Vault
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.keys import KeyRing
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from policies.categories import require_categories

_CHUNK = 1 << 20


class EvidenceKind(StrEnum):
    """What an item can tell."""

    IDENTIFIER_LIST = "identifier_list"  # rows that name people: ids, phones, e-mails
    DUMP = "dump"  # the same, with columns that show what was exposed of each
    FREE_TEXT = "free_text"  # rows that name people by name, birth date, postal address
    ACCESS_LOG = "access_log"  # who read what, when, from where
    PREDICATE = "predicate"  # a rule over the directory: everybody of whom it holds
    INVENTORY = "inventory"  # which system held what of whom, and which were reached
    DOCUMENT = "document"  # kept as proof; names nobody by itself


@dataclass(frozen=True)
class Description:
    """What the collector says of an item. `reading` is handed to the scoping as it is (mapping, window, categories)."""

    title: str
    kind: EvidenceKind
    file_name: str
    source: str
    reading: Mapping[str, Any] = field(default_factory=dict)


def collect(
    tx: Session,
    incident: Incident,
    stream: BinaryIO,
    description: Description,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
    keys: KeyRing,
) -> EvidenceItem:
    """Put a stream into the vault, sealed with the incident's key, with its digest and first custody entry."""
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not description.title.strip():
        raise BadInput("title: an evidence item needs a title.")
    item_id = new_id("evd")
    _check_reading(description)
    deposit = vault.put(item_id, stream, lambda file: keys.sealing_stream(tx, incident.key_id, file, about=item_id))
    item = EvidenceItem(
        id=item_id,
        incident_id=incident.id,
        title=description.title.strip(),
        kind=description.kind,
        suffix=_suffix(description.file_name),
        size=deposit.size,
        sha256=deposit.sha256,
        sealed_sha256=deposit.sealed_sha256,
        reading=dict(description.reading),
        collected_at=clock.now(),
        collected_by=by.id,
        collected_by_name=by.name,
        source=description.source,
    )
    tx.add(item)
    tx.flush()
    _hand(tx, item, "collected", "collected for the incident", by=by, clock=clock)
    detail = {"item": item.id, "kind": item.kind, "size": item.size, "sha256": item.sha256}
    timeline.append(tx, incident.id, "evidence.collected", detail, by=by, clock=clock)
    return item


def _check_reading(description: Description) -> None:
    # Before the vault is touched: what stands there can only be withdrawn. To say nothing yet is allowed.
    if description.reading and description.kind != EvidenceKind.DOCUMENT:
        item = evidence_from(description.title, description.kind, Path(description.file_name), description.reading)
        require_categories(may_expose(item, ()), f"{description.title}: reading: exposed")


def take_out(
    tx: Session, item: EvidenceItem, to: Path, *, purpose: str, by: Actor, clock: Clock, vault: Vault, keys: KeyRing
) -> Path:
    """Write the plain bytes to `to` (readable by its owner only) and check the digest; a custody entry says why.

    Raises Refused when the bytes are not those that were collected.
    """
    incident = tx.get_one(Incident, item.incident_id)
    digest = hashlib.sha256()
    to.touch(mode=0o600, exist_ok=False)
    with vault.sealed(item.id) as sealed, to.open("wb") as plain:
        stream = keys.unsealing_stream(tx, incident.key_id, sealed, about=item.id)
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            plain.write(chunk)
    if digest.hexdigest() != item.sha256:
        to.unlink()
        raise Refused("evidence_changed", f"The bytes of {item.id} are not those that were collected.")
    _hand(tx, item, "read", purpose, by=by, clock=clock)
    return to


def withdraw(tx: Session, item: EvidenceItem, *, because: str, by: Actor, clock: Clock) -> None:
    """Take an item out of the next scoping; it stays in the vault and on record."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: a withdrawal needs its reason.")
    if item.withdrawn_at is not None:
        raise Refused("evidence_withdrawn", "This item was withdrawn before.")
    item.withdrawn_at, item.withdrawn_because = clock.now(), because
    _hand(tx, item, "withdrawn", because, by=by, clock=clock)
    timeline.append(tx, item.incident_id, "evidence.withdrawn", {"item": item.id}, by=by, clock=clock)


def items(tx: Session, incident_id: str, *, withdrawn_too: bool = False) -> list[EvidenceItem]:
    """The items of an incident in the order they came."""
    query = select(EvidenceItem).where(EvidenceItem.incident_id == incident_id).order_by(EvidenceItem.id)
    if not withdrawn_too:
        query = query.where(EvidenceItem.withdrawn_at.is_(None))
    return list(tx.scalars(query))


def item(tx: Session, incident_id: str, item_id: str) -> EvidenceItem:
    """One item of an incident. Raises NotFound."""
    found = tx.get(EvidenceItem, item_id)
    if found is None or found.incident_id != incident_id:
        raise NotFound("evidence item", item_id)
    return found


def custody(tx: Session, item_id: str) -> list[Custody]:
    """Everybody who had the item in hand, in order."""
    return list(tx.scalars(select(Custody).where(Custody.item_id == item_id).order_by(Custody.id)))


def _suffix(file_name: str) -> str:
    # Only what says how to read the file (.csv, .log.gz): the rest of a name may hold personal data.
    found = re.search(r"(\.[a-z0-9]{1,8})?\.[a-z0-9]{1,8}$", Path(file_name).name.lower())
    return found.group() if found else ""


def _hand(tx: Session, item: EvidenceItem, action: str, purpose: str, *, by: Actor, clock: Clock) -> None:
    tx.add(
        Custody(
            id=new_id("cus"),
            item_id=item.id,
            action=action,
            at=clock.now(),
            actor_id=by.id,
            actor_name=by.name,
            purpose=purpose,
        )
    )
