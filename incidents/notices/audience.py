"""To whom a notice goes, and the digest that an approval is bound to."""

import hashlib
import json
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.notices.tables import Notice, NoticeVariant
from incidents.snapshots.in_force import decisions
from incidents.snapshots.standing import reviews_touching
from incidents.snapshots.tables import Snapshot


class Kind(StrEnum):
    """Where the readers of a notice come from."""

    COHORTS = "cohorts"  # the people of the variants' cohorts in the notice's snapshot
    GUARDIANS = "guardians"  # the guardians of those people
    CONTROLLERS = "controllers"  # whoever speaks for each variant's subject
    PUBLIC = "public"  # everybody, by announcement
    RECIPIENTS_OF = "recipients_of"  # exactly those who got the notice `notice_id`
    NOBODY = "nobody"  # a script for our own staff


# For the affected as such. What speakers for a controller, or readers of a correction, are sent stands on other feet.
TO_THE_AFFECTED = (Kind.COHORTS, Kind.GUARDIANS)


def audience_digest(tx: Session, notice: Notice, language: str) -> str:
    """SHA-256 over who reads this in `language`: the snapshot, its cohorts, and what was decided about them since."""
    rows = tx.scalars(
        select(NoticeVariant).where(NoticeVariant.notice_id == notice.id, NoticeVariant.language == language)
    ).all()
    cohorts = {cohort for row in rows for cohort in row.cohorts}
    snapshot = tx.get(Snapshot, notice.snapshot_id) if notice.snapshot_id else None
    decided = decisions(tx, notice.incident_id)
    return digest_of(
        {
            "audience": notice.audience,
            "language": language,
            "snapshot": snapshot.digest if snapshot else None,
            "readers": sorted([row.key, sorted(row.cohorts)] for row in rows),
            "decided": sorted([*key, row.decision] for key, row in decided.items() if key[0] in cohorts),
        }
        # Only where there are any, so that approvals from before people could be reviewed still stand.
        | ({"reviews": reviews} if (reviews := reviews_touching(tx, notice.incident_id, cohorts)) else {})
    )


def digest_of(plain: Any) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of `plain`."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
