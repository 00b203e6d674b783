"""Snapshot files at rest: Parquet under Parquet's own encryption, with a digest of the rows and one of the bytes.

The digest of a table is SHA-256 over its columns in order, each as: name, NUL, number of rows in decimal, NUL, one byte
a row (1 where there is a value), the length of each value's UTF-8 text as 4 bytes little-endian, and the texts one
after another. Times are microseconds since 1970 in decimal, truth is `true` or `false`, a probability is its shortest
decimal, lists are their items with commas. It says nothing of the writer, so two engines, or two versions of one, can
be compared.
"""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from affected.export import repeated
from incidents.foundation.errors import Refused

_GROUP = 122_880  # rows, which is what DuckDB gives one thread
_PAGE = 1 << 28


def flat(table: pa.Table) -> pa.Table:
    """Lists as text with commas: DuckDB 2.0 cannot read an encrypted nested column, and no category holds a comma."""
    for index, found in enumerate(table.schema):
        if pa.types.is_list(found.type):
            table = table.set_column(index, found.name, pc.binary_join(table.column(index), ","))
    return table


def unflat(table: pa.Table) -> pa.Table:
    """The column `categories` as lists again; nothing for everybody of whom nothing was exposed."""
    if "categories" not in table.schema.names:
        return table
    coded = table["categories"].combine_chunks().dictionary_encode()
    lists = pa.array(
        [[c for c in said.split(",") if c] for said in coded.dictionary.to_pylist()], pa.list_(pa.string())
    )
    return table.set_column(table.schema.get_field_index("categories"), "categories", lists.take(coded.indices))


def digest_of(table: pa.Table) -> str:
    """The digest of the rows of a table, in the order they stand."""
    said, table = hashlib.sha256(), flat(table)
    for name in table.schema.names:
        column = _text(table.column(name)).combine_chunks()
        said.update(f"{name}\0{table.num_rows}\0".encode())
        said.update(pc.is_valid(column).cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
        said.update(pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False).astype("<i4").tobytes())
        said.update(_bytes(pc.fill_null(column, "")))
    return said.hexdigest()


def write(path: Path, table: pa.Table, key: bytes) -> tuple[int, str]:
    """Write `table` under `key`, readable by its owner only, and read it back; its size and the digest of its bytes."""
    properties = pe.create_encryption_properties(_key_of(key, path.stem))
    path.touch(mode=0o600, exist_ok=False)
    # Of encrypted Parquet DuckDB 2.0 reads only pages of version 1, and only one of them a column of a row group.
    plain = flat(table)
    pq.write_table(
        plain,
        path,
        encryption_properties=properties,
        compression="zstd",
        data_page_version="1.0",
        row_group_size=_GROUP,
        max_rows_per_page=_GROUP,
        data_page_size=_PAGE,
        dictionary_pagesize_limit=_PAGE,
        use_dictionary=repeated(plain),
    )
    _read_back(path, table, key)
    path.chmod(0o400)
    return path.stat().st_size, sealed_digest(path)


def read(path: Path, key: bytes) -> pa.Table:
    """The rows of a file. Raises Refused when the key does not fit or the bytes are damaged."""
    try:
        found = pq.read_table(path, decryption_properties=pe.create_decryption_properties(_key_of(key, path.stem)))
    except (OSError, pa.ArrowInvalid):
        raise Refused("snapshot_unreadable", f"The file {path.name} of this snapshot cannot be opened.") from None
    return unflat(found)


def sealed_digest(path: Path) -> str:
    """SHA-256 of the bytes as they lie, which holds when the key is gone."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key_of(key: bytes, name: str) -> bytes:
    # One key for several files would draw all nonces from one pool.
    derived: bytes = HKDF(SHA256(), 32, salt=None, info=f"snapshot file {name}".encode()).derive(key)
    return derived


def _read_back(path: Path, table: pa.Table, key: bytes) -> None:
    """Another reader than the writer must be able to open the file, or it is not kept."""
    connection = duckdb.connect()
    try:
        connection.execute(f"PRAGMA add_parquet_key('k', '{b64encode(_key_of(key, path.stem)).decode()}')")
        source = "read_parquet($path, encryption_config = {footer_key: 'k'})"
        name = f'"{table.schema.names[0]}"'  # a column of ours, of texts
        question = f"SELECT COUNT(*), MIN({name}), MAX({name}), SUM(strlen({name})) FROM {source}"  # noqa: S608
        found = connection.execute(question, {"path": str(path)}).fetchone()
    except duckdb.Error:
        found = None
    finally:
        connection.close()
    first = table.column(0)
    least, most = pc.min_max(first).as_py().values()
    if found != (table.num_rows, least, most, pc.sum(pc.binary_length(first)).as_py()):
        raise Refused("snapshot_unreadable", f"The file {path.name} could not be read back after it was written.")


def _bytes(column: Any) -> Any:
    """The texts of a column without nulls, one after another."""
    offsets = np.frombuffer(column.buffers()[1], "<i8")[column.offset : column.offset + len(column) + 1]
    data = column.buffers()[2]
    return memoryview(data)[offsets[0] : offsets[-1]] if data is not None and len(column) else b""


def _text(column: Any) -> Any:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).cast(pa.large_string())
    return column.cast(pa.large_string())
