"""What a proof bundle says of each part of an incident: ids, digests, counts, reasons, times; no personal data.

Free text that a person wrote is masked (foundation.privacy); titles, sources and the words of lessons stay out.
The texts of notices as approved are in: they are the same for all their readers.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries import runs, stands
from incidents.deliveries.tables import Batch, Delivery, DeliveryOutcome, FanOut, ProviderRegion
from incidents.evidence.collect import custody, items
from incidents.filings.filing import filings, submission_of
from incidents.filings.tables import Acknowledgement, BreakGlass, Filing, FilingApproval
from incidents.foundation.privacy import masked
from incidents.notices.tables import Notice, NoticeApproval, NoticeRelease, NoticeVoid
from incidents.obligations.tables import Assessment, LedgerEntry, SeverityRow
from incidents.record import journal, timeline
from incidents.record.tables import Anchor, Fact, Hold, Incident, PinnedPlan, StandingAnswer
from incidents.review.lessons import lessons
from incidents.snapshots.opened import cohort_rows, files, versions
from incidents.snapshots.review import reviews
from incidents.snapshots.standing import counts
from incidents.snapshots.tables import CohortDecision, SnapshotCohort
from notifiers.message import AddressKind
from notifiers.registry import channels

Row = dict[str, Any]
Section = Callable[[Session, Incident], list[Row]]


def timeline_lines(tx: Session, incident: Incident) -> list[Row]:
    """Every line of the timeline with its digest, as `timeline.line` writes it."""
    return [timeline.line(entry) | {"digest": entry.digest} for entry in timeline.read(tx, incident.id)]


def anchor_rows(tx: Session, incident: Incident) -> list[Row]:
    """The anchors, the corrected ones too."""
    found = tx.scalars(select(Anchor).where(Anchor.incident_id == incident.id).order_by(Anchor.id))
    return [_plain(row, "id party name subject at said_by said_by_name said_at superseded_at") for row in found]


def fact_rows(tx: Session, incident: Incident) -> list[Row]:
    """The answers to what laws ask, the superseded ones too."""
    found = tx.scalars(select(Fact).where(Fact.incident_id == incident.id).order_by(Fact.id))
    return [
        _plain(row, "id party name value said_by said_by_name said_at because superseded_at", text="because")
        for row in found
    ]


def hold_rows(tx: Session, incident: Incident) -> list[Row]:
    """The holds, with who asked for them and until when."""
    found = tx.scalars(select(Hold).where(Hold.incident_id == incident.id).order_by(Hold.id))
    names = "id stops reason requested_by police_form places begins_at ends_at set_by set_by_name"
    return [_plain(row, names + " released_at released_by_name", text="reason requested_by") for row in found]


def standing_rows(tx: Session, incident: Incident) -> list[Row]:
    """What was answered of the company for every incident, the superseded answers too: any may have counted here."""
    query = select(StandingAnswer).where(StandingAnswer.company == incident.company).order_by(StandingAnswer.id)
    names = "id company name value said_by said_by_name said_at because superseded_at"
    return [_plain(row, names, text="because") for row in tx.scalars(query)]


def evidence_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each item with its digests and everybody who had it in hand."""
    return [
        _plain(
            item, "id kind suffix size sha256 sealed_sha256 collected_at collected_by collected_by_name withdrawn_at"
        )
        | {
            "custody": [
                _plain(hand, "action at actor_id actor_name purpose", text="purpose") for hand in custody(tx, item.id)
            ]
        }
        for item in items(tx, incident.id, withdrawn_too=True)
    ]


def snapshot_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each version with its digests and counts by cohort; `people` is the sum over its cohorts."""
    found = []
    for one in versions(tx, incident.id):
        cohorts = cohort_rows(tx, one)
        said = _plain(
            one, "id version parent_id directory as_of_on evidence_ids digest counts changes frozen_at frozen_by"
        )
        said["people"] = sum(cohort.people for cohort in cohorts)
        said["files"] = [_plain(file, "name rows size digest sealed_sha256") for file in files(tx, one)]
        said["cohorts"] = [_cohort(cohort) for cohort in cohorts]
        names = "review_id cohort_id membership word found_by people certain"
        said["reviewed"] = [_plain(row, names) for row in counts(tx, one)]
        found.append(said)
    return found


def decision_rows(tx: Session, incident: Incident) -> list[Row]:
    """What compliance decided about people of whom it is not certain."""
    found = tx.scalars(
        select(CohortDecision).where(CohortDecision.incident_id == incident.id).order_by(CohortDecision.id)
    )
    names = "id snapshot_id cohort_id membership decision because decided_at decided_by decided_by_name superseded_at"
    return [_plain(row, names, text="because") for row in found]


def review_rows(tx: Session, incident: Incident) -> list[Row]:
    """Whom a reviewer included or excluded, in counts: how they were chosen, why, by whom."""
    names = "id snapshot_id decision selection evidence_ids exposed people because decided_at decided_by"
    names += " decided_by_name superseded_at"
    return [_plain(row, names, text="because") for row in reviews(tx, incident.id)]


def assessment_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each assessment with the facts it read and the questions it left open."""
    query = select(Assessment).where(Assessment.incident_id == incident.id).order_by(Assessment.number)
    names = "id number assessed_at assessed_by assessed_by_name facts questions warnings set_aside packs digest"
    return [_plain(row, names) for row in tx.scalars(query)]


def severity_rows(tx: Session, incident: Incident) -> list[Row]:
    """How severe it was held to be by each scale, by whom and why, and who held otherwise."""
    query = select(SeverityRow).where(SeverityRow.incident_id == incident.id).order_by(SeverityRow.id)
    left_out = {"incident_id"}
    names = " ".join(column.key for column in SeverityRow.__table__.columns if column.key not in left_out)
    return [_plain(row, names, text="because overridden_because") for row in tx.scalars(query)]


def obligation_rows(tx: Session, incident: Incident) -> list[Row]:
    """The whole ledger, the superseded rows too: citation, reasons, trace, deadline, and how each ended."""
    query = select(LedgerEntry).where(LedgerEntry.incident_id == incident.id)
    left_out = {"incident_id", "substitute"}
    names = " ".join(column.key for column in LedgerEntry.__table__.columns if column.key not in left_out)
    found = tx.scalars(query.order_by(LedgerEntry.written_at, LedgerEntry.id))
    return [_plain(row, names, text="settled_because") for row in found]


def notice_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each notice with who released unreviewed wording, who approved exactly which texts, and what voided that."""
    names = (
        "id reference wording purpose party sender audience obligations contents forbidden methods routes snapshot_id"
    )
    found = []
    for one in tx.scalars(select(Notice).where(Notice.incident_id == incident.id).order_by(Notice.id)):
        said = _plain(one, names + " follows_id drafted_at drafted_by drafted_by_name withdrawn_at")
        released = tx.scalars(select(NoticeRelease).where(NoticeRelease.notice_id == one.id).order_by(NoticeRelease.id))
        what = "language wording_digest because released_at released_by released_by_name"
        said["releases"] = [_plain(row, what, text="because") for row in released]
        approved = select(NoticeApproval).where(NoticeApproval.notice_id == one.id).order_by(NoticeApproval.id)
        said["approvals"] = [_approval(tx, row) for row in tx.scalars(approved)]
        found.append(said)
    return found


def delivery_rows(tx: Session, incident: Incident) -> list[Row]:
    """The receipts of each fan-out, counted: how many were planned by channel, and in which state each is now."""
    found = []
    for one in tx.scalars(select(FanOut).where(FanOut.incident_id == incident.id).order_by(FanOut.id)):
        routes = select(Delivery.channel, func.count()).where(Delivery.fan_out_id == one.id).group_by(Delivery.channel)
        state = stands.STATE.label("state")
        states = stands.joined(select(state, func.count()))
        by_channel = _counts(tx.execute(routes))
        outcomes = _counts(tx.execute(states.where(Delivery.fan_out_id == one.id).group_by(state)))
        names = "id notice_id snapshot_id party audience language content_digest audience_digest phase proof planned_at"
        said = _plain(one, names + " planned_by started_at ended_at")
        said |= {"planned": sum(by_channel.values()), "by_channel": by_channel, "outcomes": outcomes}
        found.append(said | {"providers": _providers(tx, one), "print_files": _print_files(tx, one)})
    return found


def _print_files(tx: Session, fan_out: FanOut) -> list[Row]:
    """The print files that letters left in, each with its digest, that of its manifest, and how many stand in it."""
    names = ("file", "sha256", "manifest_sha256")
    posted = [name for name, channel in channels().items() if channel.address is AddressKind.POSTAL]
    each = (
        select(DeliveryOutcome.delivery_id, *(DeliveryOutcome.raw[name].as_string().label(name) for name in names))
        .join(Delivery, Delivery.id == DeliveryOutcome.delivery_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.fan_out_id == fan_out.id, Batch.channel.in_(posted))
        .subquery()
    )
    columns = [each.c[name] for name in names]
    query = select(*columns, func.count(each.c.delivery_id.distinct())).where(each.c.manifest_sha256.is_not(None))
    letters = Counter({row[:3]: row[3] for row in tx.execute(query.group_by(*columns))})
    batches = tx.scalars(select(Batch.id).where(Batch.fan_out_id == fan_out.id, Batch.channel.in_(posted)))
    answers = (raw for batch_id in batches for raw in runs.raws(tx, batch_id) if "manifest_sha256" in raw)
    letters.update(tuple(raw[name] for name in names) for raw in answers)
    return [dict(zip((*names, "letters"), (*file, many), strict=True)) for file, many in sorted(letters.items())]


def filing_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each report with its approvals, what let it out, how it was handed in and what the authority answered."""
    return [_filing(tx, row) for row in filings(tx, incident.id)]


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
            "attested": [_plain(row, what, text="because") for row in attested if row.provider == name],
        }
        for name in names
    ]


def journal_rows(tx: Session, incident: Incident) -> list[Row]:
    """The playbook's journal; the reasons that people wrote stay out."""
    names = "id seq step word at actor_id actor_name answers timeline_seq"
    return [_plain(row, names) | {"reasoned": row.reason is not None} for row in journal.rows(tx, incident.id)]


def playbook_rows(tx: Session, incident: Incident) -> list[Row]:
    """The plan that the incident followed, word for word, if it had one."""
    row = tx.get(PinnedPlan, incident.id)
    return [_plain(row, "playbook version digest plan pinned_at pinned_by")] if row else []


def lesson_rows(tx: Session, incident: Incident) -> list[Row]:
    """That lessons were drawn, and the actions with their days; the words stay out."""
    return [
        _plain(lesson, "id kind written_at written_by")
        | {"actions": [_plain(action, "id due_on taken_at done_at") for action in actions]}
        for lesson, actions in lessons(tx, incident.id)
    ]


def _cohort(row: SnapshotCohort) -> Row:
    left_out = {"id", "snapshot_id"}
    return _plain(
        row, " ".join(column.key for column in SnapshotCohort.__table__.columns if column.key not in left_out)
    )


def _approval(tx: Session, row: NoticeApproval) -> Row:
    names = (
        "id language content_digest audience_digest texts confirmed approved_at approved_by approved_by_name holding_id"
    )
    void = tx.scalars(select(NoticeVoid).where(NoticeVoid.approval_id == row.id)).first()
    voided = _plain(void, "because voided_at voided_by voided_by_name", text="because") if void else None
    return _plain(row, names) | {"voided": voided}


def _filing(tx: Session, row: Filing) -> Row:
    names = (
        "id obligation_ids reference party authority audience form form_digest stage language due_at snapshot_version"
    )
    said = _plain(row, names + " replaces_id prepared_at prepared_by withdrawn_at")
    approvals = tx.scalars(select(FilingApproval).where(FilingApproval.filing_id == row.id).order_by(FilingApproval.id))
    said["approvals"] = [_plain(one, "digest approved_at approved_by approved_by_name voided_at") for one in approvals]
    glass = tx.scalars(select(BreakGlass).where(BreakGlass.filing_id == row.id).order_by(BreakGlass.id))
    broken = "digest broken_at broken_by broken_by_name review_due_at reviewed_at reviewed_by reviewed_by_name"
    said["break_glass"] = [_plain(one, broken) for one in glass]
    submission = submission_of(tx, row)
    said["submission"] = None
    if submission is not None:
        handed = (
            "id channel submitted_at submitted_by submitted_by_name content_digest paper_sha256 is_late recorded_at"
        )
        said["submission"] = _plain(submission, handed)
        query = select(Acknowledgement).where(Acknowledgement.submission_id == submission.id)
        answered = "number acknowledged_at paper_sha256 recorded_by recorded_at"
        said["submission"]["acknowledgements"] = [_plain(one, answered) for one in tx.scalars(query)]
    return said


def _providers(tx: Session, fan_out: FanOut) -> dict[str, int]:
    query = select(Batch.provider, func.sum(Batch.size)).where(Batch.fan_out_id == fan_out.id)
    return _counts(tx.execute(query.group_by(Batch.provider)))


def _counts(rows: Iterable[Any]) -> dict[str, int]:
    return dict(sorted(Counter({str(name): int(count) for name, count in rows}).items()))


def _plain(row: Any, names: str, *, text: str = "") -> Row:
    """The named columns as JSON types; those in `text` were written by a person and are masked."""
    found = {name: _value(getattr(row, name)) for name in names.split()}
    return found | {name: masked(found[name]) for name in text.split() if isinstance(found[name], str)}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
