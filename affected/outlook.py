"""What finding who is affected will read, said before anything is read."""

from collections.abc import Sequence
from typing import Any

from affected.directory import Directory
from affected.evidence.reading import Evidence


def outlook(directory: Directory, evidence: Sequence[Evidence], *, engine: str) -> dict[str, Any]:
    """The directory with its rows and bytes (None where only reading tells) and the columns that are looked at, the
    files of evidence with their bytes, and where the work is done. Raises BadInput for a directory that cannot be
    read."""
    directory.check()
    size = directory.source.size()
    return {
        "engine": engine,
        "directory": {
            "name": directory.source.name,
            "people": size.rows,
            "bytes": size.bytes,
            "columns": directory.columns,
        },
        "evidence": [{"id": item.id, "kind": item.kind, "bytes": _bytes(item)} for item in evidence],
    }


def lines(seen: dict[str, Any]) -> list[str]:
    """An outlook for people."""
    people = seen["directory"]
    many = "people" if people["people"] is None else f"{people['people']:,} people"
    told = [f"reads {many} of {people['name']}{_size(people['bytes'])}, {len(people['columns'])} columns, "
            f"by the engine {seen['engine']}"]  # fmt: skip
    return told + [f"  and {item['id']} ({item['kind']}){_size(item['bytes'])}" for item in seen["evidence"]]


def _bytes(item: Evidence) -> int | None:
    if item.path.is_dir():
        return sum(path.stat().st_size for path in item.path.rglob("*") if path.is_file())
    return item.path.stat().st_size if item.path.is_file() else None


def _size(size: int | None) -> str:
    return "" if size is None else f", {size / 1_000_000:,.1f} MB"
