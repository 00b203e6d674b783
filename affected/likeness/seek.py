"""Finds whom rows of free text are like, and puts it before the engine beside what the keys find."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affected.directory import Directory
from affected.engine import Engine
from affected.evidence.free_text import FreeTextReading
from affected.evidence.reading import Evidence
from affected.likeness import people
from affected.likeness.fields import normal
from affected.likeness.matching import Likeness, match
from affected.likeness.verdicts import judged
from packs import BadInput

# As the engine's table `likeness` has it; a row that can mean too many people to compare stands there without a person.
LIKENESS = pa.schema(
    [
        ("evidence_id", pa.string()),
        ("row_no", pa.int64()),
        ("person_id", pa.string()),
        ("probability", pa.float64()),
        ("probable", pa.int32()),
    ]
)


def put_likeness(
    engine: Engine, directory: Directory, evidence: Iterable[Evidence], folders: Mapping[str, Path]
) -> dict[str, dict[str, Any]]:
    """Fill `likeness` for every item of free text; what is to be told of each, by its id. Raises BadInput where the
    directory's mapping does not say where people's names are."""
    items = {item.id: item.reading for item in evidence if isinstance(item.reading, FreeTextReading)}
    if not items:
        return {}
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
        engine.put("likeness", _table(item_id, pairs, found))
        told = {"threshold": reading.threshold, "review_from": reading.review_from}
        reports[item_id] = {"likeness": found.report | told | {"too_common": len(found.too_common)}}
    return reports


def _table(item_id: str, pairs: pa.Table, found: Likeness) -> pa.Table:
    n = len(found.too_common)
    unsaid = [found.too_common, pa.nulls(n, pa.string()), pa.nulls(n, pa.float64()), pa.array([0] * n, pa.int32())]
    both = pa.concat_tables([pairs, pa.Table.from_arrays(unsaid, schema=pairs.schema)])
    both = both.add_column(0, "evidence_id", pa.repeat(item_id, both.num_rows))
    return both.cast(LIKENESS)
