"""Who is affected: a directory and evidence in, an explained set of people out. Knows no incident, opens no socket."""

from affected.cohorts import Cohort, CohortKey, cohorts, strangers_as_people, with_cohorts
from affected.contacts import contacts
from affected.directory import Directory, open_directory
from affected.engine import Limits
from affected.evidence import Evidence, evidence_from, read_evidence_file
from affected.evidence.log_notes import notes
from affected.evidence.sandbox import Sandbox
from affected.mapping import Mapping, read_mapping
from affected.resolve import Resolution, resolve
from affected.spokespeople import spokespeople

__all__ = [
    "Cohort",
    "CohortKey",
    "Directory",
    "Evidence",
    "Limits",
    "Mapping",
    "Resolution",
    "Sandbox",
    "cohorts",
    "contacts",
    "evidence_from",
    "notes",
    "open_directory",
    "read_evidence_file",
    "read_mapping",
    "resolve",
    "spokespeople",
    "strangers_as_people",
    "with_cohorts",
]
