"""The views of a directory that the statements read: its people, their addresses, and who was merged into whom."""

from collections.abc import Callable
from datetime import date

from affected.canonical import bare, key_of
from affected.mapping import ALWAYS, Column, Held, Mapping
from affected.places import address_columns, content, joined, places
from affected.sql import cases, literal, quoted, text
from affected.words import AgeBand, Standing

_EMPTY_FLAGS = ("", "false", "f", "0", "0.0")
_OLDEST = 120  # years; a birth date before that is a placeholder
Keyed = Callable[[str, str | None], str]  # (kind, region) -> the key of `raw` as SQL, NULL where it must be read
# Who lives on in place of whom. A chain is followed four steps; where it ends at nobody, or in a circle, the record
# stays a person of its own: nobody is lost by a wrong pointer.
_ALIAS = """
SELECT f.was, f.person_id
FROM (
  SELECT a.person_id AS was, COALESCE(d.merged_into, c.merged_into, b.merged_into, a.merged_into) AS person_id
  FROM {record} AS a
  LEFT JOIN {record} AS b ON b.person_id = a.merged_into AND NOT b.merged_into IS NULL
  LEFT JOIN {record} AS c ON c.person_id = b.merged_into AND NOT c.merged_into IS NULL
  LEFT JOIN {record} AS d ON d.person_id = c.merged_into AND NOT d.merged_into IS NULL
  WHERE NOT a.merged_into IS NULL AND NOT a.person_id IS NULL
) AS f
JOIN {record} AS s ON s.person_id = f.person_id
WHERE s.merged_into IS NULL
"""
# What was given under an id that was merged was given by the person who lives on.
_LIVING = """
SELECT {columns}, r.held | COALESCE(g.held, 0) AS held, r.possible | COALESCE(g.possible, 0) AS possible
FROM {record} AS r
LEFT JOIN {alias} AS a ON a.was = r.person_id
LEFT JOIN (
  SELECT x.person_id, BIT_OR(y.held) AS held, BIT_OR(y.possible) AS possible
  FROM {alias} AS x JOIN {record} AS y ON y.person_id = x.was
  GROUP BY x.person_id
) AS g ON g.person_id = r.person_id
WHERE a.was IS NULL
"""


def views(mapping: Mapping, as_of: date, bits: dict[str, int], *, keyed: Keyed = key_of) -> dict[str, str]:
    """name -> statement, in the order in which they are made over a view or table `source`: `person` one row a person;
    `contact` their addresses; `alias` (person_id, was) of ids that were merged."""
    people = people_views(mapping, as_of, bits)
    if mapping.merged_into is None:
        return people | {"contact": contact_statement(mapping, keyed=keyed)}
    addresses = ", ".join(f"r.{name}" for name in _living(mapping, as_of, bits) if name != "person_id")
    contacts = [contact_statement(mapping, keyed=keyed, person=view) for view in ("person", "former")]
    return people | {
        "former": f"SELECT a.person_id, {addresses} FROM record AS r JOIN alias AS a ON a.was = r.person_id",  # noqa: S608
        "contact": f"{contacts[0]} UNION ALL {contacts[1]}",
    }


def people_views(
    mapping: Mapping, as_of: date, bits: dict[str, int], *, source: str = "source", front: str = ""
) -> dict[str, str]:
    """`person` and `alias` over a view or table like `source`, each name with `front` before it."""
    named = {name: front + name for name in ("record", "alias", "person")}
    record = person_statement(mapping, as_of, bits, source=source)
    if mapping.merged_into is None:
        nobody = f"SELECT person_id, person_id AS was FROM {named['person']} WHERE 1 = 0"  # noqa: S608
        return {named["person"]: record, named["alias"]: nobody}
    columns = ", ".join(f"r.{name}" for name in _living(mapping, as_of, bits))
    living = _LIVING.format(columns=columns, **named)
    return {named["record"]: record, named["alias"]: _ALIAS.format(**named), named["person"]: living}


def concerned_statement(mapping: Mapping) -> str:
    """The rows of `source` whose ids are in `concerned_id`, in the columns that the mapping names. What the answer says
    of people is worked out from these: of everybody, it would cost more than finding whom it is about."""
    columns = dict.fromkeys(column for _, column in mapping.columns())
    listed = ", ".join(quoted(name) for name in columns)
    own = text(mapping.person_id.column)
    # No join: the directory may have a column of the same name.
    return f"SELECT {listed} FROM source WHERE {own} IN (SELECT person_id FROM concerned_id)"  # noqa: S608 - quoted


def _living(mapping: Mapping, as_of: date, bits: dict[str, int]) -> list[str]:
    return [name for name in _columns(mapping, as_of, bits) if name not in {"held", "possible"}]


def person_statement(mapping: Mapping, as_of: date, bits: dict[str, int], *, source: str = "source") -> str:
    """One row a record of the source; NULL is unknown. `held` and `possible` are sets of categories as bits: what the
    person is known to have given, and that with whatever the mapping says nothing of."""
    listed = ", ".join(f"{said} AS {name}" for name, said in _columns(mapping, as_of, bits).items())
    return f"SELECT {listed} FROM {source}"  # noqa: S608 - every name is quoted, every value a literal


def _columns(mapping: Mapping, as_of: date, bits: dict[str, int]) -> dict[str, str]:
    held = [_held(said, bits[name]) for name, said in sorted(mapping.categories.items()) if name in bits]
    unsaid = sum(1 << bit for name, bit in bits.items() if name not in mapping.categories)
    given = " | ".join(held) or "0"
    residence, guardian = mapping.residence, mapping.guardian
    country = literal(residence.value) if residence.value else _country(residence.country)
    return {
        "person_id": text(mapping.person_id.column),
        "merged_into": _merged_into(mapping),
        "controller": f"COALESCE({_value(mapping.controller)}, {literal(mapping.directory)})",
        **address_columns(mapping),
        "own_name": _own_name(mapping),
        "guardian_name": content(guardian.name),
        "guardian_phone": content(guardian.phone),
        "guardian_email": content(guardian.email),
        "country": country,
        "region": _value(residence.region),
        "language": _value(mapping.language),
        "birth_date": quoted(mapping.birth_date.column) if mapping.birth_date else "CAST(NULL AS DATE)",
        "age_band": _age_band(mapping, as_of),
        "role": _value(mapping.role),
        "speaks_for": _value(mapping.speaks_for),
        "standing": _standing(mapping),
        "held": f"CAST({given} AS BIGINT)",
        "possible": f"CAST(({given}) | {unsaid} AS BIGINT)",
    }


def contact_statement(mapping: Mapping, *, keyed: Keyed = key_of, person: str = "person") -> str:
    """(person_id, kind, guardian 0 or 1, former 0 or 1, place among the columns of the kind, raw as the directory
    writes it behind its scheme, key or NULL where `raw` must be read to know it) of a view of people; `former` marks
    addresses of a record that was merged into another."""
    former = int(person == "former")
    selects = [
        f"SELECT person_id, '{at.kind}' AS kind, {at.guardian} AS guardian, {former} AS former, {at.place} AS place, "  # noqa: S608
        f"{at.address} AS raw, {keyed(at.kind, at.region)} AS key FROM "
        f"(SELECT person_id, {at.column} AS raw, {bare(at.column)} AS bare{at.beside} "
        f"FROM {person} WHERE NOT {at.column} IS NULL) AS s"
        for at in places(mapping)
    ]
    none = (
        "SELECT person_id, 'none' AS kind, 0 AS guardian, 0 AS former, 0 AS place, person_id AS raw, "  # noqa: S608
        f"person_id AS key FROM {person} WHERE person_id IS NULL"
    )
    return " UNION ALL ".join(selects or [none])


def _own_name(mapping: Mapping) -> str:
    name = mapping.name
    return content(name.full) if name.full or not (name.given or name.family) else joined([name.given, name.family])


def _merged_into(mapping: Mapping) -> str:
    # A record that points at itself lives on.
    if mapping.merged_into is None:
        return "CAST(NULL AS VARCHAR)"
    own, other = text(mapping.person_id.column), text(mapping.merged_into.column)
    return f"CASE WHEN {own} = {other} THEN NULL ELSE {other} END"


def birthday_bounds(as_of: date) -> tuple[date, date, date]:
    """Born up to the first: 18 or older; up to the second: 14 or older; before the third: a placeholder."""
    return _years_before(as_of, 18), _years_before(as_of, 14), _years_before(as_of, _OLDEST)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def _age_band(mapping: Mapping, as_of: date) -> str:
    if mapping.birth_date is None:
        return "CAST(NULL AS VARCHAR)"
    born, (adult, fourteen, oldest) = quoted(mapping.birth_date.column), birthday_bounds(as_of)
    return (
        f"CASE WHEN {born} IS NULL OR {born} > DATE '{as_of}' OR {born} < DATE '{oldest}' THEN NULL "
        f"WHEN {born} <= DATE '{adult}' THEN '{AgeBand.ADULT}' "
        f"WHEN {born} <= DATE '{fourteen}' THEN '{AgeBand.FROM_14_TO_17}' ELSE '{AgeBand.UNDER_14}' END"
    )


def _standing(mapping: Mapping) -> str:
    state = mapping.account_state
    if state is None:
        return literal(Standing.ACTIVE)
    whens = [
        cases(text(state.column), values, literal(standing))
        for standing, values in sorted(state.values.items())
        if values and standing != Standing.ACTIVE.value
    ]
    return f"CASE {' '.join(whens)} ELSE '{Standing.ACTIVE}' END" if whens else literal(Standing.ACTIVE)


def _held(said: str | Held, bit: int) -> str:
    if said == ALWAYS or isinstance(said, str):
        return str(1 << bit)
    column = quoted(said.column)
    empty = cases(f"LOWER(TRIM(CAST({column} AS VARCHAR)))", _EMPTY_FLAGS, "0")
    return f"CASE WHEN {column} IS NULL THEN 0 {empty} ELSE {1 << bit} END"


def _value(said: Column | None) -> str:
    if said is None:
        return "CAST(NULL AS VARCHAR)"
    if said.column is None:
        return literal(said.prefix + (said.value or said.default or ""))
    shown = text(said.column)
    if said.prefix:
        shown = f"{literal(said.prefix)} || {shown}"
    return f"COALESCE({shown}, {literal(said.default)})" if said.default else shown


def _country(said: Column | None) -> str:
    if said is None:
        return "CAST(NULL AS VARCHAR)"
    shown = f"UPPER({_value(said)})"
    return f"CASE WHEN LENGTH({shown}) = 2 THEN {shown} ELSE NULL END"
