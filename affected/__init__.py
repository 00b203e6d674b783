"""Who is affected: a directory and evidence in, an explained set of people out. Knows no incident."""

from affected.accounts import accounts
from affected.answer import Resolution
from affected.cohorts import Cohort, CohortKey, cohorts, everybody, strangers_as_people, with_cohorts
from affected.contacts import contacts
from affected.directory import Directory, company_directory, open_directory
from affected.engines.engine import Limits
from affected.evidence import Evidence, evidence_from, read_evidence_file
from affected.evidence.log_notes import notes
from affected.evidence.sandbox import Sandbox
from affected.known import known
from affected.mapping import Mapping, read_mapping
from affected.resolve import resolve
from affected.roll import Roll, roll
from affected.spokespeople import spokespeople

__all__ = [
    "Cohort",
    "CohortKey",
    "Directory",
    "Evidence",
    "Limits",
    "Mapping",
    "Resolution",
    "Roll",
    "Sandbox",
    "accounts",
    "cohorts",
    "company_directory",
    "contacts",
    "everybody",
    "evidence_from",
    "known",
    "notes",
    "open_directory",
    "read_evidence_file",
    "read_mapping",
    "resolve",
    "roll",
    "spokespeople",
    "strangers_as_people",
    "with_cohorts",
]
