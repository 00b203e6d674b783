"""What a proof bundle says of each part of an incident: ids, digests, counts, reasons, times; no personal data.

Free text that a person wrote is masked (foundation.privacy); titles, sources and the words of lessons stay out.
The texts of notices as approved are in: they are the same for all their readers.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.evidence.collect import custody, items
from incidents.filings.filing import filings, submission_of
from incidents.filings.tables import Acknowledgement, BreakGlass, Filing, FilingApproval
from incidents.notices.tables import Notice, NoticeApproval, NoticeRelease, NoticeVoid
from incidents.obligations.tables import Assessment, LedgerEntry, SeverityRow
from incidents.record import journal, timeline
from incidents.record.tables import Anchor, Fact, Hold, Incident, PinnedPlan, StandingAnswer
from incidents.review.lessons import lessons
from incidents.review.rows import Row, plain
from incidents.snapshots.opened import cohort_rows, files, versions
from incidents.snapshots.review import reviews
from incidents.snapshots.standing import counts
from incidents.snapshots.tables import CohortDecision, SnapshotCohort


def timeline_lines(tx: Session, incident: Incident) -> list[Row]:
    """Every line of the timeline with its digest, as `timeline.line` writes it."""
    return [timeline.line(entry) | {"digest": entry.digest} for entry in timeline.read(tx, incident.id)]


def anchor_rows(tx: Session, incident: Incident) -> list[Row]:
    """The anchors, the corrected ones too."""
    found = tx.scalars(select(Anchor).where(Anchor.incident_id == incident.id).order_by(Anchor.id))
    return [plain(row, "id party name subject at said_by said_by_name said_at superseded_at") for row in found]


def fact_rows(tx: Session, incident: Incident) -> list[Row]:
    """The answers to what laws ask, the superseded ones too."""
    found = tx.scalars(select(Fact).where(Fact.incident_id == incident.id).order_by(Fact.id))
    return [
        plain(row, "id party name value said_by said_by_name said_at because superseded_at", text="because")
        for row in found
    ]


def hold_rows(tx: Session, incident: Incident) -> list[Row]:
    """The holds, with who asked for them and until when."""
    found = tx.scalars(select(Hold).where(Hold.incident_id == incident.id).order_by(Hold.id))
    names = "id stops reason requested_by police_form places begins_at ends_at set_by set_by_name"
    return [plain(row, names + " released_at released_by_name", text="reason requested_by") for row in found]


def standing_rows(tx: Session, incident: Incident) -> list[Row]:
    """What was answered of the company for every incident, the superseded answers too: any may have counted here."""
    query = select(StandingAnswer).where(StandingAnswer.company == incident.company).order_by(StandingAnswer.id)
    names = "id company name value said_by said_by_name said_at because superseded_at"
    return [plain(row, names, text="because") for row in tx.scalars(query)]


def evidence_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each item with its digests and everybody who had it in hand."""
    return [
        plain(item, "id kind suffix size sha256 sealed_sha256 collected_at collected_by collected_by_name withdrawn_at")
        | {
            "custody": [
                plain(hand, "action at actor_id actor_name purpose", text="purpose") for hand in custody(tx, item.id)
            ]
        }
        for item in items(tx, incident.id, withdrawn_too=True)
    ]


def snapshot_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each version with its digests and counts by cohort; `people` is the sum over its cohorts."""
    found = []
    for one in versions(tx, incident.id):
        cohorts = cohort_rows(tx, one)
        said = plain(
            one, "id version parent_id directory as_of_on evidence_ids digest counts changes frozen_at frozen_by"
        )
        said["people"] = sum(cohort.people for cohort in cohorts)
        said["files"] = [plain(file, "name rows size digest sealed_sha256") for file in files(tx, one)]
        said["cohorts"] = [_cohort(cohort) for cohort in cohorts]
        names = "review_id cohort_id membership word found_by people certain"
        said["reviewed"] = [plain(row, names) for row in counts(tx, one)]
        found.append(said)
    return found


def decision_rows(tx: Session, incident: Incident) -> list[Row]:
    """What compliance decided about people of whom it is not certain."""
    found = tx.scalars(
        select(CohortDecision).where(CohortDecision.incident_id == incident.id).order_by(CohortDecision.id)
    )
    names = "id snapshot_id cohort_id membership decision because decided_at decided_by decided_by_name superseded_at"
    return [plain(row, names, text="because") for row in found]


def review_rows(tx: Session, incident: Incident) -> list[Row]:
    """Whom a reviewer included or excluded, in counts: how they were chosen, why, by whom."""
    names = "id snapshot_id decision selection evidence_ids exposed people because decided_at decided_by"
    names += " decided_by_name superseded_at"
    return [plain(row, names, text="because") for row in reviews(tx, incident.id)]


def assessment_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each assessment with the facts it read and the questions it left open."""
    query = select(Assessment).where(Assessment.incident_id == incident.id).order_by(Assessment.number)
    names = "id number assessed_at assessed_by assessed_by_name facts questions warnings set_aside packs digest"
    return [plain(row, names) for row in tx.scalars(query)]


def severity_rows(tx: Session, incident: Incident) -> list[Row]:
    """How severe it was held to be by each scale, by whom and why, and who held otherwise."""
    query = select(SeverityRow).where(SeverityRow.incident_id == incident.id).order_by(SeverityRow.id)
    left_out = {"incident_id"}
    names = " ".join(column.key for column in SeverityRow.__table__.columns if column.key not in left_out)
    return [plain(row, names, text="because overridden_because") for row in tx.scalars(query)]


def obligation_rows(tx: Session, incident: Incident) -> list[Row]:
    """The whole ledger, the superseded rows too: citation, reasons, trace, deadline, and how each ended."""
    query = select(LedgerEntry).where(LedgerEntry.incident_id == incident.id)
    left_out = {"incident_id", "substitute"}
    names = " ".join(column.key for column in LedgerEntry.__table__.columns if column.key not in left_out)
    found = tx.scalars(query.order_by(LedgerEntry.written_at, LedgerEntry.id))
    return [plain(row, names, text="settled_because") for row in found]


def notice_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each notice with who released unreviewed wording, who approved exactly which texts, and what voided that."""
    names = (
        "id reference wording purpose party sender audience obligations contents forbidden methods routes snapshot_id"
    )
    found = []
    for one in tx.scalars(select(Notice).where(Notice.incident_id == incident.id).order_by(Notice.id)):
        said = plain(one, names + " follows_id drafted_at drafted_by drafted_by_name withdrawn_at")
        released = tx.scalars(select(NoticeRelease).where(NoticeRelease.notice_id == one.id).order_by(NoticeRelease.id))
        what = "language wording_digest because released_at released_by released_by_name"
        said["releases"] = [plain(row, what, text="because") for row in released]
        approved = select(NoticeApproval).where(NoticeApproval.notice_id == one.id).order_by(NoticeApproval.id)
        said["approvals"] = [_approval(tx, row) for row in tx.scalars(approved)]
        found.append(said)
    return found


def filing_rows(tx: Session, incident: Incident) -> list[Row]:
    """Each report with its approvals, what let it out, how it was handed in and what the authority answered."""
    return [_filing(tx, row) for row in filings(tx, incident.id)]


def journal_rows(tx: Session, incident: Incident) -> list[Row]:
    """The playbook's journal; the reasons that people wrote stay out."""
    names = "id seq step word at actor_id actor_name answers timeline_seq"
    return [plain(row, names) | {"reasoned": row.reason is not None} for row in journal.rows(tx, incident.id)]


def playbook_rows(tx: Session, incident: Incident) -> list[Row]:
    """The plan that the incident followed, word for word, if it had one."""
    row = tx.get(PinnedPlan, incident.id)
    return [plain(row, "playbook version digest plan pinned_at pinned_by")] if row else []


def lesson_rows(tx: Session, incident: Incident) -> list[Row]:
    """That lessons were drawn, and the actions with their days; the words stay out."""
    return [
        plain(lesson, "id kind written_at written_by")
        | {"actions": [plain(action, "id due_on taken_at done_at") for action in actions]}
        for lesson, actions in lessons(tx, incident.id)
    ]


def _cohort(row: SnapshotCohort) -> Row:
    left_out = {"id", "snapshot_id"}
    return plain(row, " ".join(column.key for column in SnapshotCohort.__table__.columns if column.key not in left_out))


def _approval(tx: Session, row: NoticeApproval) -> Row:
    names = (
        "id language content_digest audience_digest texts confirmed approved_at approved_by approved_by_name holding_id"
    )
    void = tx.scalars(select(NoticeVoid).where(NoticeVoid.approval_id == row.id)).first()
    voided = plain(void, "because voided_at voided_by voided_by_name", text="because") if void else None
    return plain(row, names) | {"voided": voided}


def _filing(tx: Session, row: Filing) -> Row:
    names = (
        "id obligation_ids reference party authority audience form form_digest stage language due_at snapshot_version"
    )
    said = plain(row, names + " replaces_id prepared_at prepared_by withdrawn_at")
    approvals = tx.scalars(select(FilingApproval).where(FilingApproval.filing_id == row.id).order_by(FilingApproval.id))
    said["approvals"] = [plain(one, "digest approved_at approved_by approved_by_name voided_at") for one in approvals]
    glass = tx.scalars(select(BreakGlass).where(BreakGlass.filing_id == row.id).order_by(BreakGlass.id))
    broken = "digest broken_at broken_by broken_by_name review_due_at reviewed_at reviewed_by reviewed_by_name"
    said["break_glass"] = [plain(one, broken) for one in glass]
    submission = submission_of(tx, row)
    said["submission"] = None
    if submission is not None:
        handed = (
            "id channel submitted_at submitted_by submitted_by_name content_digest paper_sha256 is_late recorded_at"
        )
        said["submission"] = plain(submission, handed)
        query = select(Acknowledgement).where(Acknowledgement.submission_id == submission.id)
        answered = "number acknowledged_at paper_sha256 recorded_by recorded_at"
        said["submission"]["acknowledgements"] = [plain(one, answered) for one in tx.scalars(query)]
    return said
