"""The twin of Moqi's story: with 1,000,000 people the CAC report is owed within four hours, with 999,999 it is not."""

from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import sample
from affected import cohorts, open_directory, read_mapping, resolve, with_cohorts
from affected.evidence import evidence_from
from policies.evaluate import evaluate
from policies.facts import CohortFacts, Facts
from policies.load import load
from policies.vocabulary import Decision
from tests.drills.cast import ORDINARY

MILLION = 1_000_000
FOUND_AT = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)
REPORT = "cn/cac-incident-reporting/initial-report"


@pytest.fixture(scope="module")
def read_whole(tmp_path_factory):
    """The people found when the account table was read in order of its ids, up to the millionth of the country."""
    folder = tmp_path_factory.mktemp("million")
    made = sample.make(folder, people=1_060_000, only=["moqi"]).directory("moqi")
    accounts = pq.read_table(made.path, columns=["uid", "country"])
    last = accounts.filter(pc.equal(accounts["country"], "CN"))["uid"][MILLION - 1].as_py()
    said = folder / "read-whole.txt"
    said.write_text(f"country = 'CN' AND person_id <= '{last}'")
    item = evidence_from("read-whole", "predicate", said, {"exposed": ["phone", "account_id"]})
    work = tmp_path_factory.mktemp("work")
    directory = open_directory(made.path, read_mapping(made.mapping))
    return resolve(directory, [item], as_of=FOUND_AT.date(), work_dir=work).people


def _report(people):
    found = cohorts(with_cohorts(people))
    facts = Facts.model_validate(
        {
            "as_of": FOUND_AT + timedelta(hours=1),
            "company": "moqi",
            "breach": {"kinds": ["confidentiality"]},
            "parties": [{"id": "moqi", "anchors": {"became_aware_at": FOUND_AT}}],
            "answers": ORDINARY,
            "cohorts": [_as_facts(one) for one in found],
        }
    )
    (report,) = [one for one in evaluate(load(), facts).obligations if one.id == REPORT]
    return report


def _as_facts(cohort):
    key = {name: getattr(cohort.key, name) for name in CohortFacts.model_fields if hasattr(cohort.key, name)}
    return key | {"id": cohort.key.id, "people": cohort.people}


def test_a_million_people_owe_the_report_in_four_hours_and_one_fewer_do_not(read_whole):
    people = read_whole
    assert people.num_rows == MILLION
    million, one_fewer = _report(people), _report(people.slice(1))
    assert million.decision is Decision.OWED
    assert million.deadline.due_at == FOUND_AT + timedelta(hours=4)
    assert one_fewer.decision is Decision.NOT_OWED
    assert any("999,999" in sentence and "1,000,000" in sentence for sentence in one_fewer.because)
