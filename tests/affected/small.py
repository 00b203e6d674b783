"""A small directory and evidence for the tests of the room, written to a folder."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from affected import Directory, Evidence, Resolution, evidence_from, open_directory, read_mapping, resolve
from affected.evidence.sandbox import clean_here

AS_OF = date(2026, 3, 6)
MAPPING = """
directory: moqi
person_id: {column: uid}
contact:
  phone: {column: mobile, region: CN}
  email: {column: mail}
  device_token: {column: push}
guardian: {phone: {column: g_mobile, region: CN}, email: {column: g_mail}}
residence: {country: {column: country}, region: {column: province}}
language: {column: lang, default: zh-Hans}
birth_date: {column: born}
role: {column: kind, default: registered_person}
account_state: {column: state, values: {active: [active], deleted: [closed], anonymised: [anonymised]}}
categories: {phone: always, identity_document: {column: has_idcard}, order: {column: has_order}}
"""
COLUMNS = {
    "uid": pa.string(),
    "mobile": pa.string(),
    "mail": pa.string(),
    "push": pa.string(),
    "g_mobile": pa.string(),
    "g_mail": pa.string(),
    "country": pa.string(),
    "province": pa.string(),
    "lang": pa.string(),
    "born": pa.date32(),
    "kind": pa.string(),
    "state": pa.string(),
    "has_idcard": pa.bool_(),
    "has_order": pa.int32(),
}


def directory_of(folder: Path, people: Iterable[Any], mapping: str = MAPPING) -> Directory:
    """A Parquet directory of these people; what is not said of one is null."""
    (folder / "moqi.yaml").write_text(mapping, encoding="utf-8")
    rows = [{name: person.get(name) for name in COLUMNS} for person in people]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(list(COLUMNS.items()))), folder / "moqi.parquet")
    return open_directory(folder / "moqi.parquet", read_mapping(folder / "moqi.yaml"))


def list_of(path: Path, text: str | bytes, item: str = "evd_1", **reading: Any) -> Evidence:
    """An identifier list with this text."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return evidence_from(item, "identifier_list", path, {"exposed": ["phone", "identity_document"]} | reading)


def resolved(directory: Directory, folder: Path, *evidence: Evidence, **more: Any) -> Resolution:
    """Resolve in this process: a child for each of many examples would only cost time."""
    work = folder / f"work-{len(list(folder.glob('work-*')))}"
    work.mkdir()
    terms: dict[str, Any] = {"as_of": AS_OF, "cleaner": clean_here, **more}
    return resolve(directory, evidence, work_dir=work, **terms)


def outcomes(resolution: Resolution) -> dict[int, str]:
    """Row number to outcome, of the only list."""
    return {row["row_no"]: row["outcome"] for row in resolution.rows.to_pylist()}


def people(resolution: Resolution) -> dict[str, dict[str, Any]]:
    """The affected by person id."""
    return {row["person_id"]: row for row in resolution.people.to_pylist()}
