"""Access logs: who read which record when and from where; the lines of a stranger become the people read."""

import ipaddress
import re
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AwareDatetime, Field, model_validator

from affected.evidence.cleaning import Cleaned, bench, put, read_cells, write
from affected.evidence.coverage import Coverage
from affected.evidence.files import Batch, RowFile, open_rows
from affected.evidence.reading import Reading, naive_utc
from affected.words import Malformed
from packs import BadInput, Strict

LogField = Literal["time", "actor", "address", "session", "record", "action", "outcome", "target"]
_FIELDS: tuple[LogField, ...] = ("time", "actor", "address", "session", "record", "action", "outcome", "target")
# The common and the combined log format of web servers (Apache HTTP Server, mod_log_config).
_WEB = (
    r'^(?P<address>\S+) \S+ (?P<actor>\S+) \[(?P<time>[^\]]+)\] "(?P<action>[A-Z]+) (?P<target>\S+)[^"]*" '
    r"(?P<outcome>\d{3}) .*$"
)
_UNREAD = (Malformed.NOT_A_LOG_LINE, Malformed.NOT_JSON, Malformed.EMPTY, Malformed.UNDECODABLE)


class Where(Strict):
    """Which lines count: any of the addresses (or networks), actors or sessions, and all of the rest."""

    addresses: list[str] = Field(default_factory=list)
    actors: list[str] = Field(default_factory=list)
    sessions: list[str] = Field(default_factory=list)
    actions: list[str] = Field(default_factory=list)
    outcomes: list[str] = Field(default_factory=list)
    from_at: AwareDatetime | None = None
    to_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Where":
        if not (self.addresses or self.actors or self.sessions or (self.from_at and self.to_at)):
            raise ValueError("say whose lines count (addresses, actors, sessions) or a window from_at, to_at")
        for address in self.addresses:
            try:
                ipaddress.ip_network(address, strict=False)
            except ValueError:
                raise ValueError(f"'{address}' is neither an address nor a network") from None
        if self.from_at and self.to_at and self.from_at > self.to_at:
            raise ValueError("from_at is after to_at")
        return self


class LogReading(Reading):
    """`columns` names the columns (by heading, or number from 1). A web server's text log (`format: web`) has its own;
    there `record` is a pattern of the path such as `/learners/{record}/profile`. Times without a zone are in
    `utc_offset_minutes`. `record_kind` says what the record is: the person's id, or an address of theirs."""

    format: Literal["columns", "web"] = "columns"
    columns: dict[LogField, str | int] = Field(default_factory=dict)
    record: str | None = None
    record_kind: Literal["person_id", "phone", "email"] = "person_id"
    where: Where
    utc_offset_minutes: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _names_the_record(self) -> "LogReading":
        if self.format == "web" and (self.record is None or self.record.count("{record}") != 1):
            raise ValueError("a web log needs record: a path with {record} in it once")
        if self.format == "columns" and not {"time", "record"} <= set(self.columns):
            raise ValueError("columns must name at least time and record")
        if self.format == "columns":
            asked = {"address": "addresses", "actor": "actors", "session": "sessions", "action": "actions"}
            for column, said in (asked | {"outcome": "outcomes"}).items():
                if getattr(self.where, said) and column not in self.columns:
                    raise ValueError(f"where.{said} needs columns.{column}")
        elif self.where.sessions:
            raise ValueError("a web log has no sessions")
        return self


READING = LogReading


def clean(path: Path, reading: LogReading, work_dir: Path, *, region: str | None) -> Cleaned:
    """Write the lines that count, and those that cannot be read, as rows and keys into `work_dir`. Raises BadInput.

    The report counts every line: read, outside (of the filter), and those kept; and tells which days are covered.
    """
    web = reading.format == "web"
    header = False if web else True if any(isinstance(c, str) for c in reading.columns.values()) else None
    file = open_rows(
        path,
        looks_like_heading=lambda _first, _rest: False,
        encoding=reading.encoding,
        delimiter="" if web else reading.delimiter,
        header=header,
        sheet=reading.sheet,
    )
    positions = {} if web else _positions(file, reading)
    selection = _Selection(reading)
    coverage = Coverage()
    with bench(work_dir) as connection:
        for batch in file.batches():
            fields = _web_fields(batch, reading) if web else _fields(batch, positions)
            _put_batch(connection, fields, selection, coverage)
        read_cells(connection, region=reading.phone_region or region, region_is_sure=True)
        kept = write(connection, work_dir, find_copies=False)
    report: dict[str, Any] = {"shape": file.shape, "encoding": file.encoding, "lines": coverage.lines, "kept": kept}
    report |= {"outside": coverage.lines - kept, "coverage": coverage.told(reading.where.from_at, reading.where.to_at)}
    return Cleaned(kept, report)


class _Selection:
    """The filter of one log, ready for columns of text."""

    def __init__(self, reading: LogReading) -> None:
        where = reading.where
        self.kind = reading.record_kind
        self.offset = reading.utc_offset_minutes
        self.from_at, self.to_at = naive_utc(where.from_at), naive_utc(where.to_at)
        self._networks = [ipaddress.ip_network(address, strict=False) for address in where.addresses]
        self._any = {"actor": where.actors, "session": where.sessions}
        self._all = {"action": where.actions, "outcome": where.outcomes}
        self.by_whom = bool(where.actors or where.sessions or where.addresses)
        self._seen: dict[str, bool] = {}

    def whose(self, fields: dict[str, pa.Array], n: int) -> pa.Array:
        """Whether each line is of one of the addresses, actors or sessions, with an action and outcome that count."""
        parts = [pc.is_in(fields[name], value_set=pa.array(said)) for name, said in self._any.items() if said]
        if self._networks:
            parts.append(self._in_networks(fields["address"]))
        kept = pa.array([not parts] * n)
        for part in parts:
            kept = pc.or_(kept, part)
        for name, said in self._all.items():
            if said:
                kept = pc.and_(kept, pc.is_in(fields[name], value_set=pa.array(said)))
        return kept

    def when(self, at: pa.Array) -> pa.Array:
        """Whether each time lies in the window, both ends included; unknown where the time is."""
        kept = pc.is_valid(at)
        if self.from_at is not None:
            kept = pc.and_(kept, pc.fill_null(pc.greater_equal(at, pa.scalar(self.from_at, at.type)), False))
        if self.to_at is not None:
            kept = pc.and_(kept, pc.fill_null(pc.less_equal(at, pa.scalar(self.to_at, at.type)), False))
        return kept

    def _in_networks(self, addresses: pa.Array) -> pa.Array:
        coded = addresses.dictionary_encode()
        inside = pa.array([self._is_inside(address) for address in coded.dictionary.to_pylist()], pa.bool_())
        return inside.take(coded.indices)

    def _is_inside(self, address: str) -> bool:
        if address not in self._seen:
            self._seen[address] = _inside(address, self._networks)
        return self._seen[address]


def _inside(text: str, networks: list[Any]) -> bool:
    try:
        address = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


def _positions(file: RowFile, reading: LogReading) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, name in reading.columns.items():
        if isinstance(name, int):
            found[field] = name - 1
        elif name in file.names:
            found[field] = file.names.index(name)
        else:
            some = ", ".join(file.names[:12])
            raise BadInput(f"{file.path.name}: columns.{field}: there is no column '{name}'; the file has {some}.")
    return found


def _fields(batch: Batch, positions: dict[str, int]) -> dict[str, pa.Array]:
    fields = {name: batch.column(at) for name, at in positions.items()}
    return _whole(fields, batch)


def _web_fields(batch: Batch, reading: LogReading) -> dict[str, pa.Array]:
    found = pc.extract_regex(batch.column(0), pattern=_WEB)
    names = ("address", "actor", "time", "action", "target", "outcome")
    fields = {name: found.field(name).fill_null("") for name in names}
    front, back = (re.escape(part) for part in str(reading.record).split("{record}"))
    path = pc.replace_substring_regex(fields["target"], r"[?#].*$", "")
    fields["record"] = pc.extract_regex(path, pattern=f"^{front}(?P<record>[^/]+){back}").field("record").fill_null("")
    explained = pc.and_(pc.is_valid(found), pc.not_equal(fields["time"], ""))
    trouble = pc.if_else(explained, pa.scalar(None, pa.string()), Malformed.NOT_A_LOG_LINE.value)
    return _whole(fields, batch) | {"trouble": pc.coalesce(pa.array(batch.trouble, pa.string()), trouble)}


def _whole(fields: dict[str, pa.Array], batch: Batch) -> dict[str, pa.Array]:
    n = len(batch.row_nos)
    blank = pa.array([""] * n, pa.string())
    whole = {name: fields.get(name, blank) for name in _FIELDS}
    return whole | {"row_no": pa.array(batch.row_nos, pa.int64()), "trouble": pa.array(batch.trouble, pa.string())}


def _put_batch(connection: Any, fields: dict[str, pa.Array], selection: _Selection, coverage: Coverage) -> None:
    at = _times(connection, fields["time"], selection.offset)
    n = len(at)
    coverage.add(at, n)
    record = pc.utf8_trim_whitespace(fields["record"])
    unread = pc.is_in(fields["trouble"], value_set=pa.array(list(_UNREAD)))
    timeless = pc.and_(pc.invert(unread), pc.is_null(at))
    hit = pc.and_(selection.whose(fields, n), pc.and_(pc.invert(unread), pc.or_(timeless, selection.when(at))))
    nameless = pc.and_(hit, pc.equal(record, ""))
    trouble = pc.if_else(
        pc.and_(hit, timeless),
        Malformed.BAD_TIME.value,
        pc.if_else(nameless, Malformed.NO_RECORD_ID.value, fields["trouble"]),
    )
    kept = pc.or_(hit, unread)
    line = {"row_no": fields["row_no"], "trouble": trouble.cast(pa.string()), "seen_at": at}
    put(connection, "line", pa.table(line).filter(kept))
    # A stranger's line whose time cannot be read still names the record: it counts, and says so. Where only the time
    # tells whose a line is, it is kept as malformed.
    named = pc.and_(hit, pc.invert(nameless))
    named = named if selection.by_whom else pc.and_(named, pc.invert(timeless))
    raw = record.filter(named)
    size = len(raw)
    cells = {"row_no": fields["row_no"].filter(named), "raw": raw, "kind": pa.repeat(selection.kind, size)}
    put(connection, "cell", pa.table(cells | {"cell": pa.repeat(pa.scalar(0, pa.int32()), size)}))


def _times(connection: Any, raw: pa.Array, offset_minutes: int) -> pa.Array:
    """Text to UTC without a zone: ISO 8601, a web server's form, or seconds or milliseconds since 1970; else NULL."""
    connection.register("times", pa.table({"n": pa.array(range(len(raw))), "raw": pc.utf8_trim_whitespace(raw)}))
    found = connection.sql(_TIMES, params={"offset": offset_minutes}).to_arrow_table()
    connection.unregister("times")
    return found.column("seen_at").combine_chunks().cast(pa.timestamp("us"))


_ZONE = r"(?:[zZ]|[+-]\d\d:?(?:\d\d)?)$"
_TIMES = rf"""
SELECT CASE
    WHEN regexp_full_match(raw, '\d{{10}}(?:\.\d+)?') THEN make_timestamp(CAST(CAST(raw AS DOUBLE) * 1000000 AS BIGINT))
    WHEN regexp_full_match(raw, '\d{{13}}') THEN make_timestamp(CAST(raw AS BIGINT) * 1000)
    WHEN raw LIKE '%/%/%:%:%:%' THEN CAST(try_strptime(raw, '%d/%b/%Y:%H:%M:%S %z') AS TIMESTAMP)
    WHEN regexp_matches(raw, ':\d\d.*{_ZONE}') THEN CAST(TRY_CAST(raw AS TIMESTAMPTZ) AS TIMESTAMP)
    ELSE TRY_CAST(raw AS TIMESTAMP) - to_minutes(CAST($offset AS BIGINT))
  END AS seen_at
FROM times ORDER BY n
"""  # noqa: S608 - no value is pasted
