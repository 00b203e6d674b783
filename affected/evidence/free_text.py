"""Free text: files whose rows name people only by name, birth date and postal address."""

import re
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field, model_validator

from affected.evidence.cleaning import KEY_COLUMNS, Cleaned
from affected.evidence.files import ColumnName, RowFile, column_at, listed, open_rows
from affected.evidence.reading import Reading
from affected.likeness.fields import COMPARED, normal
from affected.words import Malformed
from packs import BadInput

TextField = Literal[
    "given_name",
    "surname",
    "full_name",
    "birth_date",
    "street_number",
    "address_1",
    "address_2",
    "suburb",
    "postcode",
    "address",
]
# Words that headings use; the first that fits takes the column.
HEADINGS: tuple[tuple[TextField, str], ...] = (
    ("given_name", r"^(given|first|fore)[ _.-]?names?$|^vorname$|^prénom$|^名$"),
    ("surname", r"^(sur|family|last)[ _.-]?names?$|^nachname$|^nom$|^姓$|^姓氏$"),
    ("full_name", r"^(full|legal|customer|person|student|recipient)?[ _.-]?name$|^姓名$|^收件人$|^အမည်$"),
    ("birth_date", r"^(date[ _.-]?of[ _.-]?birth|dob|birth[ _.-]?(date|day)|born)$|^出生日期$|^生日$"),
    ("street_number", r"^(street|house)[ _.-]?(number|no)$"),
    ("address_1", r"^(address[ _.-]?(line)?[ _.-]?1|street([ _.-]?name)?)$"),
    ("address_2", r"^address[ _.-]?(line)?[ _.-]?2$"),
    ("suburb", r"^(suburb|town|city|locality)$|^城市$"),
    ("postcode", r"^(post|postal|zip)[ _.-]?code$|^zip$|^plz$|^邮编$"),
    ("address", r"^(full|postal|home|delivery)?[ _.-]?address$|^(收货)?地址$|^လိပ်စာ$"),
)


class FreeTextReading(Reading):
    """`columns`: which columns hold what, several joined by a space; guessed from the headings when left out.

    `threshold`: from which probability (0 to 1) somebody is probably meant; `review_from`: from which a person has to
    look before anybody counts. `name_region`: the country whose customs the names follow (MM: honorifics come off).
    """

    columns: dict[TextField, ColumnName | list[ColumnName]] = Field(default_factory=dict)
    threshold: float = Field(default=0.99, le=0.9999)  # a probability has four places
    review_from: float = Field(default=0.90, ge=0.5)
    name_region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review_from > self.threshold:
            raise ValueError("review_from lies above threshold")
        return self


READING = FreeTextReading


def clean(path: Path, reading: FreeTextReading, work_dir: Path, *, region: str | None) -> Cleaned:
    """Write rows.parquet and an empty keys.parquet (cleaning.write) and names.parquet, the rows that say something in
    their normal form (row_no and fields of likeness.fields.COMPARED), into `work_dir`. Raises BadInput."""
    named = any(isinstance(name, str) for said in reading.columns.values() for name in listed(said))
    file = open_rows(
        path,
        looks_like_heading=lambda first, _rest: bool(_guessed(first)),
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        header=True if reading.header is None and named else reading.header,
        sheet=reading.sheet,
    )
    columns = _columns(file, reading)
    said = normal(_read(file, columns), region=reading.name_region or reading.phone_region or region)
    rows = _rows(said)
    pq.write_table(rows, work_dir / "rows.parquet")
    pq.write_table(KEY_COLUMNS.empty_table(), work_dir / "keys.parquet")
    kept = pc.and_(pc.equal(rows["readable"], 1), pc.equal(rows["copy"], 0))
    pq.write_table(said.drop_columns(["trouble"]).filter(kept), work_dir / "names.parquet")
    report = {"shape": file.shape, "encoding": file.encoding, "delimiter": file.delimiter, "header": file.header}
    shown = {field: [file.names[n] if file.names else n + 1 for n in at] for field, at in columns.items()}
    return Cleaned(rows.num_rows, report | {"columns": shown})


def _guessed(headings: list[str]) -> dict[TextField, list[int]]:
    found: dict[TextField, list[int]] = {}
    for n, heading in enumerate(headings):
        field = next((field for field, pattern in HEADINGS if re.search(pattern, heading.strip().lower())), None)
        if field:
            found.setdefault(field, []).append(n)
    return found


def _columns(file: RowFile, reading: FreeTextReading) -> dict[TextField, list[int]]:
    named = {field: [column_at(file, field, name) for name in listed(said)] for field, said in reading.columns.items()}
    found = named or _guessed(file.names)
    if not {"given_name", "surname", "full_name"} & set(found):
        raise BadInput(f"{file.path.name}: none of its columns is known to hold people's names; say which in columns.")
    return found


def _read(file: RowFile, columns: dict[TextField, list[int]]) -> pa.Table:
    """row_no, trouble and the fields as they are written."""
    parts = []
    for batch in file.batches():
        table: dict[str, Any] = {"row_no": batch.row_no, "trouble": batch.trouble}
        for field, at in columns.items():
            table[field] = pc.binary_join_element_wise(*(batch.columns[n] for n in at), " ")
        parts.append(pa.table(table))
    if not parts:
        raise BadInput(f"{file.path.name}: the file holds no rows.")
    return pa.concat_tables(parts)


def _rows(said: pa.Table) -> pa.Table:
    """The rows as cleaning.write gives them. A row is readable when it says something; a copy says no more than an
    earlier one."""
    fields = [name for name in COMPARED if name in said.column_names]
    whole = pc.binary_join_element_wise(*(pc.fill_null(said[name], "") for name in fields), "\x1f")
    coded = whole.combine_chunks().dictionary_encode()
    indices = coded.indices.to_numpy()
    _, first = np.unique(indices, return_index=True)
    silent = pc.equal(pc.replace_substring(whole, "\x1f", ""), "")
    copy = pc.and_(pa.array(first[indices] != np.arange(len(indices))), pc.invert(silent))
    reason = pc.coalesce(said["trouble"], pc.if_else(silent, Malformed.EMPTY.value, None))
    return pa.table(
        {
            "row_no": said["row_no"],
            "readable": pc.invert(silent).cast(pa.int32()),
            "copy": copy.cast(pa.int32()),
            "reason": reason,
            "seen_at": pa.nulls(said.num_rows, pa.timestamp("us")),
        }
    )
