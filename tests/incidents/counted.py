"""A snapshot by its counts alone, for tests that need no people."""

from incidents.foundation.ids import new_id
from incidents.snapshots.opened import newest
from incidents.snapshots.tables import Snapshot, SnapshotCohort


def counted(tx, incident, clock, *cohorts):
    """A new version in which these cohorts are counted; its digest is as good as its number."""
    before = newest(tx, incident.id)
    number = before.version + 1 if before else 1
    made = Snapshot(
        id=new_id("snp"),
        incident_id=incident.id,
        version=number,
        directory=incident.company,
        as_of_on=clock.now().date(),
        evidence_ids=[],
        key_id="none",
        salt_key_id="none",
        digest=f"digest of version {number}",
        counts={},
        changes={},
        reports={},
        frozen_at=clock.now(),
        frozen_by="acc",
        frozen_by_name="Rana",
    )
    tx.add(made)
    tx.flush()
    for cohort in cohorts:
        tx.add(SnapshotCohort(id=new_id("cht"), snapshot_id=made.id, **cohort))
    tx.flush()
    return made


def cohort(cohort_id, people, **other):
    """One row of counts: an adult in China with a name and a phone, unless said otherwise."""
    row = {
        "cohort_id": cohort_id,
        "membership": "affected",
        "controller": "moqi",
        "residence": "CN",
        "region": None,
        "role": "registered_person",
        "language": "zh-Hans",
        "age_band": "adult",
        "standing": "active",
        "categories": ["name", "phone"],
        "people": people,
        "certain": people,
        "possible": 0,
        "presumed": 0,
        "with_guardian": 0,
        "unreachable": 0,
        "by_address": {},
    }
    return row | other
