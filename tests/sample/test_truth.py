"""What the room of the affected finds in each leak is what the leak means: nobody missing, nobody too many."""

from collections import Counter
from datetime import date

import pytest

import sample
from affected.directory import open_directory
from affected.evidence import evidence_from
from affected.mapping import read_mapping
from affected.resolve import resolve
from sample.story import stories


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("truth")
    sample.make(made, people=5_000)
    return made


def _resolved(folder, leak, work_dir):
    directory = sample.read_manifest(folder).directory(leak.company)
    named = [(f"e{n}", file) for n, file in enumerate(leak.files) if file.kind != "document"]
    evidence = [evidence_from(word, file.kind, file.path, file.reading) for word, file in named]
    opened = open_directory(directory.path, read_mapping(directory.mapping))
    return resolve(opened, evidence, as_of=date(2026, 3, 6), work_dir=work_dir)


@pytest.mark.parametrize("name", stories())
def test_the_affected_are_exactly_those_whom_the_leak_means(folder, tmp_path, name):
    leak = sample.leak(name, folder)
    truth = sample.read_truth(leak.truth)
    found = _resolved(folder, leak, tmp_path)
    assert sorted(found.people["person_id"].to_pylist()) == truth.people
    loose = found.strangers["value"].to_pylist() + found.unknown_ids["value"].to_pylist()
    assert sorted(loose) == truth.strangers


def test_every_row_of_the_partner_export_is_counted_as_what_it_was_made(folder, tmp_path):
    leak = sample.leak("moqi", folder)
    made = sample.read_truth(leak.truth).files[0].rows
    rows = _resolved(folder, leak, tmp_path).rows.to_pylist()
    found = Counter(row["outcome"] for row in rows if row["evidence_id"] == "e0")
    assert found == {
        "matched": made["people"],
        "duplicate": made["repeats"],
        "unmatched": made["strangers"],
        "malformed": made["malformed"],
    }
    assert sum(found.values()) == made["total"]


def test_a_customer_of_two_shops_is_affected_only_in_the_shop_that_leaked(folder, tmp_path):
    leak = sample.leak("onami", folder)
    shops = set(_resolved(folder, leak, tmp_path).people["controller"].to_pylist())
    assert shops == {"onami:shop-0001", "onami:shop-0002", "onami:shop-0004"}
