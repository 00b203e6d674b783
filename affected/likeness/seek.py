"""Finds whom rows of free text are like, and puts it before the engine beside what the keys find."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affected.directory import Directory
from affected.engines.engine import TABLES, Engine
from affected.evidence.free_text import FreeTextReading
from affected.evidence.reading import Evidence
from affected.likeness import people
from affected.likeness.fields import normal
from affected.likeness.verdicts import judged, vague
from packs import BadInput


def put_likeness(
    engine: Engine, directory: Directory, evidence: Sequence[Evidence], folders: Mapping[str, Path]
) -> dict[str, dict[str, Any]]:
    """Fill `likeness` for every item of free text; what is to be told of each, by its id. Raises BadInput where the
    directory's mapping does not say where people's names are."""
    items = {item.id: item.reading for item in evidence if isinstance(item.reading, FreeTextReading)}
    numbers = {item.id: number for number, item in enumerate(evidence)}
    if not items:
        return {}
    # Splink brings pandas: a second and 50 MiB for every process of ours, and hardly any evidence is free text.
    from affected.likeness.matching import match  # noqa: PLC0415

    mapping = directory.mapping
    if not people.has_names(mapping):
        raise BadInput(
            f"{next(iter(items))}: the mapping of '{mapping.directory}' does not say where people's names are."
        )
    everybody = engine.ask(people.statement(mapping))
    everybody = normal(everybody.filter(pc.is_valid(everybody["person_id"])), region=people.region(mapping))
    reports = {}
    for item_id, reading in items.items():
        rows = pq.read_table(folders[item_id] / "names.parquet")
        found = match(rows, everybody)
        pairs = judged(found.pairs, threshold=reading.threshold, review_from=reading.review_from)
        unclear = {"too_common": found.too_common, "vague": vague(found.pairs, pairs)}
        engine.put("likeness", _table(numbers[item_id], pairs, pa.concat_arrays(list(unclear.values()))))
        told = {"threshold": reading.threshold, "review_from": reading.review_from}
        told |= {word: len(rows) for word, rows in unclear.items()}
        reports[item_id] = {"likeness": found.report | told}
    return reports


def _table(evidence_no: int, pairs: pa.Table, unclear: pa.Array) -> pa.Table:
    n = len(unclear)
    unsaid = [unclear, pa.nulls(n, pa.string()), pa.nulls(n, pa.float64()), pa.array([0] * n, pa.int32())]
    both = pa.concat_tables([pairs, pa.Table.from_arrays(unsaid, schema=pairs.schema)])
    return both.add_column(0, "evidence_no", pa.repeat(evidence_no, both.num_rows)).cast(TABLES["likeness"])
