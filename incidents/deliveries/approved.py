"""What an approved notice says and whom it is for, looked up anew before anything is planned."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select
from sqlalchemy.orm import Session

from affected import accounts, contacts, spokespeople
from incidents.deliveries.dispatch import Dispatch, asks_for_accounts, nobody, readers_from, texts_by_channel
from incidents.deliveries.ladders import completed
from incidents.deliveries.received import recipients_of
from incidents.deliveries.rounds import told_before
from incidents.foundation.errors import Refused
from incidents.notices.approve import Digests, digests
from incidents.notices.audience import Kind, audience_digest
from incidents.notices.house import written_languages
from incidents.notices.library import load_wording
from incidents.notices.tables import Notice, NoticeVariant
from incidents.notices.texts import Sources, sender_name, written
from incidents.notices.voids import require_approved
from incidents.record.tables import Incident
from incidents.snapshots.opened import contacts_of, people_of
from incidents.snapshots.tables import Snapshot
from policies.load import Packs


def dispatch_of(tx: Session, notice: Notice, language: str, *, kit: Any) -> Dispatch:
    """What is to be told to whom, with texts and readers as approved, both looked up anew and compared with the
    approval. Raises Refused where there is none or something changed."""
    now = digests(tx, notice, language, sources=Sources(kit.packs, load_wording()))
    approval = require_approved(tx, notice, language=language, content_digest=now.content, audience_digest=now.audience)
    return _dispatch(tx, notice, language, now, texts=approval.texts, kit=kit)


def dispatch_to_be(tx: Session, notice: Notice, language: str, *, kit: Any) -> Dispatch:
    """The same as things stand now, approved or not: for a forecast. A fan-out begun with it would be stopped by the
    gate before its first batch."""
    now = written(tx, notice, language, sources=Sources(kit.packs, load_wording()))
    seen = Digests(now.content_digest, audience_digest(tx, notice, language))
    return _dispatch(tx, notice, language, seen, texts=now.texts, kit=kit)


def _dispatch(
    tx: Session, notice: Notice, language: str, now: Digests, *, texts: Mapping[str, Mapping[Any, Any]], kit: Any
) -> Dispatch:
    incident = tx.get_one(Incident, notice.incident_id)
    query = select(NoticeVariant).where(NoticeVariant.notice_id == notice.id, NoticeVariant.language == language)
    variants = tx.scalars(query.order_by(NoticeVariant.key)).all()
    kind = Kind(notice.audience["kind"])
    return Dispatch(
        notice_id=notice.id,
        incident_id=incident.id,
        company=incident.company,
        party=notice.party,
        sender_name=sender_name(tx, notice, language, packs=kit.packs),
        audience=kind,
        language=language,
        snapshot_id=notice.snapshot_id,
        content_digest=now.content,
        audience_digest=now.audience,
        ladders=completed(notice.routes.get("ladders", ())),
        texts={key: texts_by_channel(forms) for key, forms in texts.items()},
        readers=_readers(tx, notice, variants, kit),
        for_guardians=kind is Kind.GUARDIANS,
    )


def is_unchanged(tx: Session, dispatch: Dispatch, *, kit: Any) -> bool:
    """Whether the notice still says and addresses what the dispatch does, without reading anybody's address."""
    notice = tx.get_one(Notice, dispatch.notice_id)
    now = digests(tx, notice, dispatch.language, sources=Sources(kit.packs, load_wording()))
    return (now.content, now.audience) == (dispatch.content_digest, dispatch.audience_digest)


def _readers(tx: Session, notice: Notice, variants: Sequence[NoticeVariant], kit: Any) -> pa.Table:
    kind = Kind(notice.audience["kind"])
    if kind is Kind.PUBLIC:
        return nobody()
    if kind is Kind.NOBODY:
        raise Refused("for_nobody", f"{notice.reference} is a script for our own staff and is sent to nobody.")
    if kind is Kind.RECIPIENTS_OF:
        return _recipients(tx, notice, variants, kit)
    snapshot = _snapshot(tx, notice)
    directory = kit.directories[snapshot.directory]
    if kind is Kind.CONTROLLERS:
        return _speakers(variants, directory, kit.packs, notice)
    variant_of = {cohort: row.key for row in variants for cohort in row.cohorts}
    people = people_of(tx, snapshot, sorted(variant_of), keys=kit.keys, home=kit.home)
    if done := told_before(tx, notice, kit=kit):
        people = people.filter(pc.invert(pc.is_in(people["person_id"], value_set=pa.array(sorted(done), pa.string()))))
    people = people.append_column("variant", _mapped(people["cohort_id"], variant_of))
    return _with_addresses(tx, notice, people, kit, guardians=kind is Kind.GUARDIANS)


def _mapped(column: pa.ChunkedArray, words: Mapping[str, str]) -> pa.ChunkedArray:
    """Each value's word; null where there is none."""
    return pa.array(words.values(), pa.string()).take(pc.index_in(column, value_set=pa.array(words, pa.string())))


def _recipients(tx: Session, notice: Notice, variants: Sequence[NoticeVariant], kit: Any) -> pa.Table:
    # Exactly those who got the wrong text, whatever cohort a later version puts them in.
    told, guardians = recipients_of(tx, notice.audience["notice_id"], variants[0].language if variants else "", kit=kit)
    snapshot = _snapshot(tx, notice)
    cohort_of = _cohorts(tx, snapshot, [one for row in variants for one in row.cohorts], kit)
    key_of = {cohort: row.key for row in variants for cohort in row.cohorts}
    variant = [key_of.get(cohort_of.get(person[0], ""), variants[0].key) for person in told]
    people = _table(told).append_column("variant", pa.array(variant, pa.string()))
    return _with_addresses(tx, notice, people, kit, guardians=guardians)


def _cohorts(tx: Session, snapshot: Snapshot, cohorts: Sequence[str], kit: Any) -> dict[str, str]:
    people = people_of(tx, snapshot, cohorts, keys=kit.keys, home=kit.home)
    return dict(zip(people["person_id"].to_pylist(), people["cohort_id"].to_pylist(), strict=True))


def _with_addresses(tx: Session, notice: Notice, people: pa.Table, kit: Any, *, guardians: bool) -> pa.Table:
    snapshot = _snapshot(tx, notice)
    people = people.select(["person_id", "residence", "role", "variant"])
    ids = people["person_id"].combine_chunks() if people.num_rows else pa.array([], pa.string())
    directory = kit.directories[snapshot.directory]
    found = contacts_of(tx, snapshot, ids, directory=directory, keys=kit.keys, home=kit.home)
    if asks_for_accounts(notice.routes.get("ladders", ())):
        found = pa.concat_tables([found, accounts(directory, ids)])
    return readers_from(people, found, guardians=guardians)


def _speakers(variants: Sequence[NoticeVariant], directory: Any, packs: Packs, notice: Notice) -> pa.Table:
    """Whoever speaks for a variant's controller and reads its language; the house's first serves the others."""
    wording = load_wording()
    spoken, read_by = written_languages(packs, notice.party, wording.notice(notice.wording)), wording.read_by
    found = spokespeople(directory, sorted({row.subject for row in variants})).to_pylist()
    chosen = [
        (one["person_id"], one["residence"] or "", "", row.key)
        for row in variants
        for one in found
        if one["controller"] == row.subject and read_by(one["language"], spoken, else_in=spoken[0]) == row.language
    ]
    people = _table([one[:3] for one in chosen]).append_column(
        "variant", pa.array([one[3] for one in chosen], pa.string())
    )
    return readers_from(people, contacts(directory, people["person_id"].combine_chunks()), guardians=False)


def _table(people: Sequence[tuple[str, str, str]]) -> pa.Table:
    columns: Iterator[list[str]] = ([person[place] for person in people] for place in range(3))
    names = ("person_id", "residence", "role")
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def _snapshot(tx: Session, notice: Notice) -> Snapshot:
    if notice.snapshot_id is None:
        raise Refused("no_snapshot", f"{notice.reference} rests on no snapshot, so nobody is known to tell.")
    return tx.get_one(Snapshot, notice.snapshot_id)
