"""A record's id inside a path, a name or a statement: the reading's patterns as SQL that gives all ids of a line."""

import re
from collections.abc import Mapping
from itertools import zip_longest

from affected.evidence.log_formats import LogField, Target
from affected.evidence.log_reading import LogReading
from affected.sql import literal

# What stands for a value that the log does not hold: $1, ?, :name, @p1, %s. Such a line names a record it does not say.
_PLACEHOLDER = r"\?|[$:@%]\w+"
_ONE = r"('(?:[^'\\]|\\.)*'|[^\s,;()'\\]+)"
_SEVERAL = r"([^()]*)"


def found_records(reading: LogReading, fields: Mapping[LogField, str]) -> str:
    """SQL for the list of the ids that the patterns find in a line, sorted; NULL in it is one that is not told."""
    assert reading.target is not None  # noqa: S101 - the reading has been checked
    text = {"path": _path, "name": _name, "statement": _statement}[reading.target](fields["target"])
    every = [f"regexp_extract_all({text}, {literal(pattern_of(p, reading.target))}, 1)" for p in reading.patterns]
    found = f"COALESCE(flatten([{', '.join(every)}]), CAST([] AS VARCHAR[]))"
    if reading.target != "statement":
        return f"list_sort(list_distinct({found}))"
    told = _told(fields.get("parameters", "CAST(NULL AS VARCHAR)"))
    one_by_one = f"flatten(list_transform({found}, lambda t: string_split(t, ',')))"
    bare = f"list_transform({one_by_one}, lambda v: trim(v, E' \\t\\r\\n''\\\\'))"
    return f"list_sort(list_transform(list_filter({bare}, lambda v: v <> ''), lambda v: {told}))"


def pattern_of(said: str, target: Target) -> str:
    """The RE2 pattern, with one group, of what a reading says of the record.

    A path counts from its beginning; a name is looked for anywhere; so is a statement, whatever its case and blanks.
    """
    front, back = said.split("{record}")
    if target == "path":
        return f"^{re.escape(front)}([^/]+){re.escape(back)}"
    if target == "name":
        return f"{re.escape(front)}([^/?#\\s]+){re.escape(back)}"
    several = front.rstrip().endswith("(") and back.lstrip().startswith(")")
    return f"(?i){_loose(front)}{_SEVERAL if several else _ONE}{_loose(back)}"


def _loose(text: str) -> str:
    """Words and signs with any blanks between them; a word at either end is a whole one."""
    parts = re.findall(r"[\w.]+|[^\w\s.]", text)
    joined = "".join(
        re.escape(part) + (r"\s+" if _word(part) and _word(after) else r"\s*")
        for part, after in zip_longest(parts, parts[1:], fillvalue="")
    )
    return (r"\b" if parts and _word(parts[0]) else "") + joined


def _word(part: str) -> bool:
    return bool(re.fullmatch(r"[\w.]+", part))


def _path(target: str) -> str:
    return f"regexp_replace({target}, '[?#].*$', '')"


def _name(target: str) -> str:
    return target


def _statement(target: str) -> str:
    # Quoted column names are compared bare; a doubled quote is one.
    return f"""replace(translate({target}, '`"', ''), '\\''', '''')"""


def _told(parameters: str) -> str:
    """The value `v` itself, or the parameter that it stands for where the log holds it."""
    plain = f"NOT contains({parameters}, '\"') AND NOT starts_with({parameters}, '<')"
    values = f"CASE WHEN {plain} THEN string_split({parameters}, ',') END"
    numbered = f"WHEN regexp_full_match(v, '\\$\\d+') THEN ({values})[TRY_CAST(substr(v, 2) AS INTEGER)]"
    return f"CASE {numbered} WHEN regexp_full_match(v, {literal(_PLACEHOLDER)}) THEN NULL ELSE v END"
