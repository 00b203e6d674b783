"""The filter of one log as one SQL statement over whatever its lines were read into, and whose addresses those are."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from affected.evidence.log_formats import LogField
from affected.evidence.log_reading import LogReading
from affected.evidence.log_times import Time
from affected.evidence.record_patterns import found_records
from affected.sql import literal
from affected.words import Malformed

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_UNREAD = (Malformed.NOT_A_LOG_LINE, Malformed.NOT_JSON, Malformed.EMPTY, Malformed.UNDECODABLE)
_BEHIND = r"(?:$|[:\s])"  # what can follow an address: a port, or a blank
_MOST_RANGES = 4
# How a statement begins that reads; without a record id it reads in bulk.
_READS = r"(?i)^[\s\x27\x22(]*(?:select|table|with|copy|unload|export|values)\b"


@dataclass(frozen=True)
class Lines:
    """Some lines as SQL: what follows FROM (with row_no and trouble), where the fields stand in it as text, the time,
    and whether some of the lines may be unreadable."""

    relation: str
    fields: Mapping[LogField, str]
    time: Time
    row_no: str = "row_no"
    trouble: str = "trouble"
    may_be_unread: bool = True
    only: str | None = None


class Selection:
    """The filter of one log."""

    def __init__(self, reading: LogReading) -> None:
        self._reading = reading
        self._networks: list[Network] = [ipaddress.ip_network(a, strict=False) for a in reading.where.addresses]
        self._seen: dict[str, bool] = {}

    def take(self, connection: Any, lines: Lines) -> None:
        """Put the lines that count, and those that cannot be read, into the tables `line` and `cell`."""
        (kept,) = connection.execute(f"CREATE OR REPLACE TEMP TABLE hit AS {self._statement(lines)}").fetchone()
        if not kept:
            return
        if self._networks:
            self._leave_out_strange_addresses(connection)
        by_whom = "TRUE" if self._reading.where.by_whom else "FALSE"
        several = bool(self._reading.patterns)
        line = _LINE.format(by_whom=by_whom, none=_NONE[several], untold=_UNTOLD[several])
        connection.execute(f"INSERT INTO line BY NAME {line}")
        cell = _CELL[several].format(by_whom=by_whom, kind=literal(self._reading.record_kind))
        connection.execute(f"INSERT INTO cell BY NAME {cell}")

    def _statement(self, lines: Lines) -> str:
        where, fields = self._reading.where, lines.fields
        which: list[tuple[LogField, list[str]]] = [("action", where.actions), ("outcome", where.outcomes)]
        named = self._named(fields)
        address = fields["address"] if self._networks else "NULL"
        parts = [*([named] if named != "FALSE" else []), *_possibly(address, self._networks)]
        counts = [_any(parts)] if parts else []
        counts += [_among(fields[field], said) for field, said in which if said]
        counts += [lines.only] if lines.only else []
        hit = " AND ".join([*counts, lines.time.within(where.from_at, where.to_at)])
        unread = f"COALESCE({_among(lines.trouble, _UNREAD)}, FALSE)" if lines.may_be_unread else "FALSE"
        kept = f"{unread} OR (NOT {unread} AND {hit})" if lines.may_be_unread else hit
        record = f"trim({fields.get('record', 'NULL')}, E' \\t\\r\\n')"
        found = found_records(self._reading, fields) if self._reading.patterns else record
        return (
            f"SELECT {lines.row_no} AS row_no, {lines.trouble} AS trouble, {lines.time.at} AS seen_at, "  # noqa: S608
            f"{unread} AS unread, COALESCE({named}, FALSE) AS named, {address} AS address, "
            f"{self._bulk(fields)} AS bulk, {found} AS found FROM {lines.relation} WHERE {kept}"
        )

    def _named(self, fields: Mapping[LogField, str]) -> str:
        """Whether a line is of an actor or a session that is asked for."""
        where = self._reading.where
        whose: list[tuple[LogField, list[str]]] = [("actor", where.actors), ("session", where.sessions)]
        return _any([_among(fields[field], said) for field, said in whose if said])

    def _bulk(self, fields: Mapping[LogField, str]) -> str:
        """Whether a line that names no record reads in bulk."""
        target = fields.get("target", "NULL")
        if self._reading.bulk is None:
            reads = f"COALESCE(regexp_matches({target}, {literal(_READS)}), FALSE)"
            return reads if self._reading.target == "statement" else "FALSE"
        actions = [action.lower() for action in self._reading.bulk.actions]
        verb = f"lower(regexp_extract({target}, '(\\w+)', 1))" if self._reading.target == "statement" else "NULL"
        action = f"lower({fields['action']})" if "action" in fields else "NULL"
        said = _any([f"COALESCE({_among(each, actions)}, FALSE)" for each in (action, verb)])
        return said if actions else "TRUE"

    def _leave_out_strange_addresses(self, connection: Any) -> None:
        """The engine has compared addresses as text, too widely; here each distinct one is read."""
        doubtful = "NOT named AND NOT unread"
        found = connection.execute(f"SELECT DISTINCT address FROM hit WHERE {doubtful}").fetchall()  # noqa: S608
        strange = [address for (address,) in found if not self._is_inside(address)]
        if strange:
            gone = f"DELETE FROM hit WHERE {doubtful} AND address IN (SELECT unnest($strange))"  # noqa: S608
            connection.execute(gone, {"strange": strange})

    def _is_inside(self, address: str) -> bool:
        if address not in self._seen:
            self._seen[address] = inside(address, self._networks)
        return self._seen[address]


def inside(text: str, networks: Iterable[Network]) -> bool:
    """Whether an address, with or without brackets or a port, lies in one of the networks; a mapped one counts as
    what it maps."""
    bare = text.strip()
    bare = (
        bare[1:].partition("]")[0] if bare.startswith("[") else bare.partition(":")[0] if bare.count(":") == 1 else bare
    )
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


def _possibly(address: str, networks: Iterable[Network]) -> list[str]:
    """Conditions on the text; one of them holds of every spelling of every address of the networks, and of few others.

    Most lines are told by the order of texts alone: a plain address, with or without a port or a blank behind it, lies
    between the ends of a range, and what begins with a bracket, a blank or a mapping into IPv6 begins as no plain one
    does. So one pattern for all spellings is asked of few lines; joining a list of addresses would cost more.
    """
    networks = list(networks)
    fronts = [_front(network) for network in networks if network.version == 4]
    found = []
    if fronts:
        near = [f"({address} >= '{first}' AND {address} < '{end}')" for first, end in _ranges(fronts)]
        odd = [f"{address} < '1'", f"{address} >= ':'"]
        found.append(f"({_any(near + odd)} AND regexp_matches({address}, {literal(_spelled(fronts))}))")
    return found + ([f"contains({address}, ':')"] if len(fronts) < len(networks) else [])


def _ranges(fronts: list[str]) -> list[tuple[str, str]]:
    """From where to before where the texts lie that begin so: a range for each pair of octets, or one for too many."""
    groups: dict[str, list[str]] = defaultdict(list)
    for front in fronts:
        groups[".".join(front.split(".")[:2])].append(front)
    near = list(groups.values()) if len(groups) <= _MOST_RANGES else [fronts]
    return [(min(group), max(f"{front}~" for front in group)) for group in near]


def _spelled(fronts: list[str]) -> str:
    """A pattern (RE2) of what begins so with an address, a port or a blank behind it, or has it after an odd start."""
    plain = "|".join(re.escape(front) + ("" if front.endswith(".") or not front else _BEHIND) for front in fronts)
    return rf"(?is)^(?:{plain})|^[^1-9].*(?:{'|'.join(map(re.escape, fronts))}|ffff:)"


def _front(network: Network) -> str:
    """How every address of an IPv4 network begins."""
    fixed = str(network.network_address).split(".")[: network.prefixlen // 8]
    return ".".join(fixed) + ("." if 0 < len(fixed) < 4 else "")


def _among(field: str, said: Iterable[str]) -> str:
    return f"{field} IN ({', '.join(map(literal, said))})"


def _any(parts: list[str]) -> str:
    return f"({' OR '.join(parts)})" if parts else "FALSE"


# A stranger's line whose time cannot be read still names the record: it counts, and says so. Where only the time tells
# whose a line is, it is kept as malformed.
_LINE = """
SELECT row_no, seen_at, CASE
    WHEN unread THEN trouble
    WHEN bulk AND {none} AND (seen_at IS NOT NULL OR {by_whom}) THEN 'bulk_action'
    WHEN seen_at IS NULL THEN 'bad_time'
    WHEN {untold} THEN 'no_record_id'
    ELSE trouble END AS trouble
FROM hit
"""
# `found` is the id where a column holds it, and a list of them where patterns find it: the second costs more.
_NONE = {False: "COALESCE(found, '') = ''", True: "len(found) = 0"}
_UNTOLD = {False: _NONE[False], True: "len(list_filter(found, lambda r: r IS NOT NULL)) = 0"}
_ONE = """
SELECT row_no, 0 AS cell, {kind} AS kind, found AS raw
FROM hit WHERE NOT unread AND found <> '' AND (seen_at IS NOT NULL OR {by_whom})
"""
_SEVERAL = """
SELECT row_no, CAST(cell - 1 AS INTEGER) AS cell, {kind} AS kind, raw
FROM (
  SELECT row_no, unnest(found) AS raw, generate_subscripts(found, 1) AS cell
  FROM hit WHERE NOT unread AND (seen_at IS NOT NULL OR {by_whom})
)
WHERE raw IS NOT NULL
"""
_CELL = {False: _ONE, True: _SEVERAL}
