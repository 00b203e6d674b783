"""The answer: what was found, in the tables that are frozen, sorted and in the words of the room."""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from affected.merged import ALIASES
from affected.phones import residence_guess
from affected.statements import RULES
from affected.words import UNKNOWN, Certainty, RowOutcome
from packs import BadInput

_FLAGS = ("phone", "email", "device_token", "messenger_id", "postal")
# The category that an address in the evidence shows to have been exposed, where it has another name.
_EXPOSES = {"device_token": "device_id", "messenger_id": "platform_id"}
_AT = pa.timestamp("us", tz="UTC")
_SURENESS = (Certainty.POSSIBLE.value, Certainty.PROBABLE.value, Certainty.CERTAIN.value)


@dataclass(frozen=True)
class Resolution:
    """The answer, in Arrow tables, each sorted by its first columns.

    `people` and `undecided`: person_id, controller, residence, region, role, language, age_band, standing, categories,
    certainty, presumed, has_phone and so on, has_guardian, first_exposed_at, last_exposed_at.
    `why`: person_id, evidence_id, rule, rows, first_at, last_at, weight (0 to 1; the probability of a likeness).
    `rows`: evidence_id, row_no, outcome, reason: each row of each list or log selection exactly once.
    `strangers`: token, kind, value, evidence_id, rows, residence (a guess), categories, beside, presumed,
    first_exposed_at, last_exposed_at.
    `unknown_ids`: kind, value, evidence_id, rows: ids that are in no directory; there is no address to write to.
    `likenesses`: evidence_id, row_no, person_id, probability, probable: whom each row of free text is like, those whom
    a person has still to review among them.
    `hits`: person_id, evidence_id, row_no, rule: each row that led to each person, so that it can be shown.
    `aliases`: person_id, was: ids that the directory merged into another.
    `reports`: by evidence id, its kind and what it exposed, how the file was read, and for a log what it covers.
    """

    people: pa.Table
    why: pa.Table
    rows: pa.Table
    strangers: pa.Table
    undecided: pa.Table
    unknown_ids: pa.Table
    likenesses: pa.Table
    hits: pa.Table
    aliases: pa.Table = field(default_factory=ALIASES.empty_table)
    reports: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)


def resolution_of(answers: dict[str, pa.Table], reports: dict[str, Any], names: list[str], salt: bytes) -> Resolution:
    """The answers of an engine (statements.ANSWERS, each in the order of statements.ORDER) as a Resolution; `reports`
    by the ids of the items in the order of their numbers, `names` of the categories in the order of bits.

    Each is taken out of `answers`, so that none is held in two forms for longer than it takes to make the other.
    """
    ids = pa.array(list(reports), pa.string())
    with ThreadPoolExecutor(1) as hand:  # who takes an answer out is who holds it, so it is let go of in there
        found = hand.submit(lambda: _people(answers.pop("people"), names))
        strangers, unknown = _unmatched(answers.pop("strangers"), ids, names, salt)
        why = _zoned(_named(answers.pop("why"), ids).rename_columns({"evidence_rows": "rows"}))
        hits, rows = _named(answers.pop("hits"), ids), _named(answers.pop("rows"), ids)
        undecided = _people(answers.pop("undecided"), names)
        likenesses = _likenesses(answers.pop("likenesses"), ids)
        aliases = answers.pop("aliases").cast(ALIASES)
    people = found.result()
    counts = {
        "people": people.num_rows,
        "certain": pc.sum(pc.equal(people.column("certainty"), Certainty.CERTAIN.value)).as_py() or 0,
        "probable": pc.sum(pc.equal(people.column("certainty"), Certainty.PROBABLE.value)).as_py() or 0,
        "undecided": undecided.num_rows,
        "strangers": strangers.num_rows,
        "unknown_ids": unknown.num_rows,
        "rows": {outcome.value: 0 for outcome in RowOutcome} | _tally(rows.column("outcome")),
    }
    return Resolution(people, why, rows, strangers, undecided, unknown, likenesses, hits, aliases, reports, counts)


def _unmatched(loose: pa.Table, ids: pa.Array, names: list[str], salt: bytes) -> tuple[pa.Table, pa.Table]:
    """What leads to nobody: addresses, as strangers, and ids."""
    loose = _named(loose, ids)
    address = pc.not_equal(loose.column("kind"), "person_id")
    unknown = loose.filter(pc.invert(address)).select(["kind", "key", "evidence_id", "evidence_rows"])
    unknown = unknown.rename_columns(["kind", "value", "evidence_id", "rows"]).sort_by("value")
    return _strangers(loose.filter(address), names, salt), unknown


def _likenesses(found: pa.Table, ids: pa.Array) -> pa.Table:
    found = _named(found, ids)
    return found.set_column(4, "probable", pc.equal(found["probable"], 1))


def _named(found: pa.Table, ids: pa.Array) -> pa.Table:
    """`found` with names in place of the numbers of items and rules."""
    for number, name, values in (("evidence_no", "evidence_id", ids), ("rule_no", "rule", pa.array(RULES))):
        at = found.schema.get_field_index(number)
        found = found if at < 0 else found.set_column(at, name, values.take(found.column(at).combine_chunks()))
    return found


def _people(found: pa.Table, names: list[str]) -> pa.Table:
    found = found.sort_by("person_id")  # not in the engine, which would need half as much memory again for it
    ids = found["person_id"].combine_chunks()
    if pc.any(pc.equal(ids[1:], ids[:-1])).as_py():
        raise BadInput(
            "The directory holds several rows for one person id; the mapping must name an id that is unique."
        )
    plain = ["person_id", "controller", "residence", "region", "role", "language", "age_band", "standing"]
    columns = {name: found.column(name).cast(pa.string()) for name in plain}
    columns["categories"] = category_lists(found.column("exposed"), names)
    columns["certainty"] = pa.array(_SURENESS, pa.string()).take(found.column("sureness").combine_chunks())
    columns["presumed"] = pc.equal(found.column("presumed"), 1)
    for flag in (*_FLAGS, "guardian"):
        columns[f"has_{flag}"] = pc.equal(found.column(f"has_{flag}"), 1)
    columns["first_exposed_at"] = found.column("first_at").cast(_AT)
    columns["last_exposed_at"] = found.column("last_at").cast(_AT)
    return pa.table(columns)


def _strangers(found: pa.Table, names: list[str], salt: bytes) -> pa.Table:
    kind, value = found["kind"].combine_chunks(), found["key"]
    kinds, values = kind.to_pylist(), value.to_pylist()
    coded = kind.dictionary_encode()
    own = pa.array([[_EXPOSES.get(one, one)] for one in coded.dictionary.to_pylist()], pa.list_(pa.string()))
    # Evidence that says of nothing that it was exposed has exposed the address.
    unsaid = pc.equal(found["exposed"].combine_chunks(), 0)
    guesses = [residence_guess(v) if k == "phone" else UNKNOWN for k, v in zip(kinds, values, strict=True)]
    columns = {
        "token": pa.array(_tokens(kinds, values, salt), pa.string()),
        "kind": kind,
        "value": value,
        "evidence_id": found["evidence_id"],
        "rows": found["evidence_rows"],
        "residence": pa.array(guesses, pa.string()),
        "categories": pc.if_else(unsaid, own.take(coded.indices), category_lists(found["exposed"], names)),
        "beside": pc.equal(found["beside"], 1),
        "presumed": pc.equal(found["presumed"], 1),
        "first_exposed_at": found["first_at"].cast(_AT),
        "last_exposed_at": found["last_at"].cast(_AT),
    }
    return pa.table(columns).sort_by("token")


def category_lists(masks: pa.ChunkedArray, names: list[str]) -> pa.Array:
    """Sets of categories as bits, to lists of names in alphabetical order."""
    coded = masks.combine_chunks().dictionary_encode()
    lists = [[n for bit, n in enumerate(names) if mask >> bit & 1] for mask in coded.dictionary.to_pylist()]
    return pa.array(lists, pa.list_(pa.string())).take(coded.indices)


def _tokens(kinds: Iterable[str], values: Iterable[str], salt: bytes) -> Iterator[str]:
    keyed = hashlib.blake2b(key=salt[:64], digest_size=15)  # the key goes in once, and each goes on from there
    for kind, value in zip(kinds, values, strict=True):
        said = keyed.copy()
        said.update(f"{kind}:{value}".encode())
        yield "x" + said.hexdigest()


def _tally(column: pa.ChunkedArray) -> dict[str, int]:
    return {str(item["values"]): int(item["counts"]) for item in pc.value_counts(column).to_pylist()}


def _zoned(table: pa.Table) -> pa.Table:
    for index, found in enumerate(table.schema):
        if pa.types.is_timestamp(found.type):
            table = table.set_column(index, found.name, table.column(index).cast(_AT))
    return table
