"""Which reports want a supplement: something was to follow, was not known, or the count has moved since."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.content import AnswerState
from incidents.filings.forms import Stage
from incidents.filings.tables import Filing, Submission
from incidents.snapshots.opened import newest

_PROMISED = frozenset({AnswerState.TO_FOLLOW, AnswerState.UNKNOWN})


@dataclass(frozen=True)
class Wanted:
    """What the last report to one authority left open. `versions`: the snapshot it counted and the newest one."""

    filing: Filing
    to_follow: tuple[str, ...]
    versions: tuple[int | None, int] | None

    @property
    def sentence(self) -> str:
        """For a person who must decide what to do next."""
        parts = [f"still to follow: {', '.join(self.to_follow)}"] if self.to_follow else []
        if self.versions is not None:
            parts.append(f"people were counted anew (version {self.versions[1]}, it has {self.versions[0] or 'none'})")
        return f"{self.filing.reference} to {self.filing.authority} wants a supplement; {'; '.join(parts)}."


def wanted(tx: Session, incident_id: str) -> list[Wanted]:
    """The supplements that are wanted, one an authority and form, in the order of the last reports.

    A law names no limit for most of them: nothing in the ledger would say that a promise to an authority is still open.
    A final report promises nothing more; only a new count reopens it.
    """
    snapshot = newest(tx, incident_id)
    found = []
    for filing, submission in _last_reports(tx, incident_id):
        moved = snapshot is not None and (filing.snapshot_version or 0) < snapshot.version
        versions = (filing.snapshot_version, snapshot.version) if snapshot is not None and moved else None
        to_follow = () if filing.stage == Stage.FINAL else _open_questions(submission)
        if to_follow or versions:
            found.append(Wanted(filing, to_follow, versions))
    return found


def _last_reports(tx: Session, incident_id: str) -> list[tuple[Filing, Submission]]:
    query = (
        select(Filing, Submission)
        .join(Submission, Submission.filing_id == Filing.id)
        .where(Filing.incident_id == incident_id)
        .order_by(Submission.submitted_at, Submission.id)
    )
    last = {(row[0].party, row[0].authority, row[0].form): (row[0], row[1]) for row in tx.execute(query)}
    return list(last.values())


def _open_questions(submission: Submission) -> tuple[str, ...]:
    return tuple(answer["question"] for answer in submission.content["answers"] if answer["state"] in _PROMISED)
