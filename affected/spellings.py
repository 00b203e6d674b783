"""The directory's spellings that no engine can read by itself, read by the code that reads the evidence."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from affected.keys import normalise

_CHUNK = 200_000
SPELLING = pa.schema([("kind", pa.string()), ("guardian", pa.int32()), ("raw", pa.string()), ("key", pa.string())])


def read_spellings(odd: pa.Table, regions: Mapping[tuple[str, int], str | None]) -> pa.Table:
    """(kind, guardian, raw, key) of what each spelling surely means; one that had to be put right means nobody."""
    parts = [SPELLING.empty_table()]
    for (kind, guardian), region in regions.items():
        here = pc.and_(pc.equal(odd["kind"], kind), pc.equal(odd["guardian"], guardian))
        raw = odd["raw"].filter(here)
        for start in range(0, len(raw), _CHUNK):
            keys, _ = normalise(kind, raw.slice(start, _CHUNK).combine_chunks(), region=region)
            keys = keys.filter(keys["sure"])
            n = keys.num_rows
            columns = [pa.repeat(kind, n), pa.repeat(pa.scalar(guardian, pa.int32()), n), keys["raw"], keys["key"]]
            parts.append(pa.table(columns, schema=SPELLING))
    return pa.concat_tables(parts)
