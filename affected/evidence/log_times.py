"""The time of a log's line as SQL: whatever a format writes becomes UTC without a zone, or NULL."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from affected.evidence.reading import naive_utc

# A trailing abbreviation is a zone only where it is unambiguous (CST is China's and Chicago's).
_UTC = r"(?:UTC|GMT|utc|gmt|[zZ])$"
_ABBREVIATED = r"\s[A-Za-z]{2,5}$"
_ZONE = r":\d\d.*(?:[zZ]|UTC|GMT|[+-]\d\d:?(?:\d\d)?|[A-Z][a-z]+/[A-Za-z_/]+)$"
_LOCAL = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?"
_WEB = "%d/%b/%Y:%H:%M:%S %z"
_TYPED = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE", "TIMESTAMP WITH TIME ZONE"}


@dataclass(frozen=True)
class Time:
    """A time in SQL: `at` is the moment in UTC, and `column`, if the engine can skip rows by it, what is compared."""

    at: str
    column: str | None = None
    zoned: bool = False
    shift: timedelta = timedelta(0)

    def within(self, from_at: datetime | None, to_at: datetime | None) -> str:
        """The condition that the time lies in the window, both ends included, or cannot be read."""
        left = self.column or self.at
        ends = [f"{left} {sign} {self._moment(end)}" for sign, end in ((">=", from_at), ("<=", to_at)) if end]
        return f"({left} IS NULL OR ({' AND '.join(ends)}))" if ends else "TRUE"

    def _moment(self, moment: datetime) -> str:
        plain = naive_utc(moment)
        assert plain is not None  # noqa: S101 - a moment was given
        if self.zoned:
            return f"TIMESTAMPTZ '{plain.isoformat(sep=' ')}+00'"
        return f"TIMESTAMP '{(plain + self.shift).isoformat(sep=' ')}'"


def time_of(sql: str, kind: str, offset_minutes: int | None) -> Time:
    """The time in the column or expression `sql` of the engine's type `kind`; text in any form that logs write.

    Text: ISO 8601, a web server's form, `20260301 10:00:00`, seconds (10 digits, decimals) or milliseconds (13) since
    1970. Where it has no zone, it is in `offset_minutes`; an abbreviation such as CST counts only where that was said.
    """
    shift = timedelta(minutes=offset_minutes or 0)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return Time(f"CAST({sql} AS TIMESTAMP)", sql, zoned=True)
    if kind in _TYPED:
        at = f"CAST({sql} AS TIMESTAMP)"
        return Time(_back(at, shift), None if kind == "DATE" else sql, shift=shift)
    return Time(_text(sql if kind == "VARCHAR" else f"CAST({sql} AS VARCHAR)", shift, offset_minutes is not None))


def _text(sql: str, shift: timedelta, said: bool) -> str:
    iso = "CAST(TRY_CAST(t AS TIMESTAMPTZ) AS TIMESTAMP)"
    local = f"{_back('TRY_CAST(' + _bare('t') + ' AS TIMESTAMP)', shift)}" if said else "NULL"
    plain = iso if not shift else f"CASE WHEN regexp_matches(t, '{_ZONE}') THEN {iso} ELSE {_back(iso, shift)} END"
    # What most logs write is taken before anything costs more than a cast.
    return f"""CASE WHEN {sql} LIKE '____-__-__T__:__:__%Z' THEN TRY_CAST({sql} AS TIMESTAMP)
      WHEN {sql} LIKE '__/___/____:__:__:__ _____' THEN CAST(try_strptime({sql}, '{_WEB}') AS TIMESTAMP)
      WHEN {sql} LIKE '____-__-__%:__:__%+__:__' THEN {iso.replace("TRY_CAST(t ", f"TRY_CAST({sql} ")}
      WHEN regexp_full_match({sql}, '{_LOCAL}') THEN {_back(f"TRY_CAST({sql} AS TIMESTAMP)", shift)}
      ELSE list_transform([trim({sql}, E' \\t\\r\\n')], lambda t: CASE
        WHEN regexp_full_match(t, '\\d{{9,10}}(?:\\.\\d+)?')
          THEN make_timestamp(CAST(round(CAST(t AS DOUBLE) * 1000000) AS BIGINT))
        WHEN regexp_full_match(t, '\\d{{12,13}}') THEN make_timestamp(CAST(t AS BIGINT) * 1000)
        WHEN regexp_full_match(t, '\\d{{8}} \\d\\d:\\d\\d:\\d\\d')
          THEN {_back("try_strptime(t, '%Y%m%d %H:%M:%S')", shift)}
        WHEN t LIKE '%/%/%:%:%:%' THEN CAST(try_strptime(t, '{_WEB}') AS TIMESTAMP)
        WHEN regexp_matches(t, '{_ABBREVIATED}') AND NOT regexp_matches(t, '{_UTC}') THEN {local}
        ELSE {plain} END)[1] END"""


def _bare(name: str) -> str:
    return f"regexp_replace({name}, '{_ABBREVIATED}', '')"


def _back(sql: str, shift: timedelta) -> str:
    return sql if not shift else f"({sql} - to_minutes(CAST({int(shift.total_seconds() // 60)} AS BIGINT)))"
