"""Names and texts as SQL, safely quoted."""

import calendar
from collections.abc import Iterable

from sqlglot import exp


def quoted(name: str) -> str:
    """A column's name."""
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def literal(value: str) -> str:
    """A text value. Written here, because sqlglot takes ten thousand times as long, and a filter can name thousands."""
    return "'" + value.replace("'", "''") + "'"


def text(column: str) -> str:
    """What stands in a column, trimmed; NULL where it is empty."""
    shown = f"TRIM(CAST({quoted(column)} AS VARCHAR))"
    return f"CASE WHEN {shown} = '' THEN NULL ELSE {shown} END"


def cases(shown: str, values: Iterable[str], result: str) -> str:
    """The WHENs of a CASE in which any of these values gives `result`."""
    # Case by case: DuckDB makes a join of an IN of several texts, for everybody, even where nobody asks for the column.
    return " ".join(f"WHEN {shown} = {literal(value)} THEN {result}" for value in values)


def iso_date(text: str) -> str:
    """A text as a DATE where it begins with a day as ISO 8601 writes it, else NULL; portable, so without trying a cast.

    The 29th of February counts in the years from 1904 to 2104 that have one.
    """
    day, rest = f"SUBSTRING({text}, 1, 10)", f"SUBSTRING({text}, 11, 1)"
    month = f"SUBSTRING({text}, 6, 2)"
    leap = ", ".join(f"'{year}-02-29'" for year in range(1904, 2105, 4) if calendar.isleap(year))
    long = f"CASE WHEN {month} IN ('04', '06', '09', '11') THEN '30' WHEN {month} = '02' THEN '28' ELSE '31' END"
    fits = (
        f"TRANSLATE({day}, '0123456789', '') = '--' AND SUBSTRING({text}, 5, 1) = '-' AND SUBSTRING({text}, 8, 1) = '-'"
        f" AND LENGTH({day}) = 10 AND {rest} IN ('', 'T', ' ') AND SUBSTRING({text}, 1, 4) >= '0001'"
        f" AND {month} >= '01' AND {month} <= '12' AND SUBSTRING({text}, 9, 2) >= '01'"
        f" AND (SUBSTRING({text}, 9, 2) <= {long} OR {day} IN ({leap}))"
    )
    return f"CASE WHEN {fits} THEN CAST({day} AS DATE) END"
