"""Why a person stands in an answer: rows and rules, how surely, each category with its times; or why they do not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from affected.answer import Resolution
from affected.cohorts import everybody
from affected.evidence import predicate, reviewed
from affected.merged import surviving_ids
from affected.words import Membership, RowOutcome, Rule

SHOWN = 100  # rows of one item named by number; the count beside them is of all
NOT_FOUND = "not_found"
_PROFILE = ("controller", "residence", "region", "role", "language", "age_band", "standing", "cohort_id")
SAYS: Mapping[str, str] = {
    Rule.PERSON_ID: "The row holds this person's id.",
    Rule.PERSON_ID_REPAIRED: "The row holds this person's id with what a spreadsheet adds (.0, zeros in front).",
    Rule.EMAIL: "The row holds this person's e-mail address.",
    Rule.PHONE_INTERNATIONAL: "The row holds this person's telephone number with its country code.",
    Rule.PHONE_NATIONAL: "The row holds this person's telephone number without a country code; the country is known.",
    Rule.PHONE_NO_PLUS: "The row holds this person's telephone number with a country code and no plus sign.",
    Rule.PHONE_ASSUMED_COUNTRY: "The row holds a number without a country code, and the country was assumed.",
    Rule.PHONE_REPAIRED: "The row holds a number that had to be put right to be this person's.",
    Rule.DEVICE_TOKEN: "The row holds the token of this person's device.",
    Rule.MESSENGER_ID: "The row holds this person's id in a messenger.",
    Rule.GUARDIAN_EMAIL: "The row holds the e-mail address of this person's guardian.",
    Rule.GUARDIAN_PHONE: "The row holds the telephone number of this person's guardian.",
    Rule.PREDICATE: "The condition holds of what the directory says of this person.",
    Rule.BULK_ACTION: "A log shows an export or a list that names nobody, and people like this one may be in it.",
    Rule.INVENTORY: "The inventory says that what this person gave lay in a system that was reached.",
    Rule.LIKENESS: "The row's name, birth date or address are like this person's.",
    Rule.REVIEWED: "No evidence found this person: a reviewer named them.",
}


@dataclass(frozen=True)
class Answered:
    """The tables that an explanation reads: `people` as cohorts.everybody gives them, the rest as in Resolution.

    `hits` is None where an answer was frozen before rows were kept.
    """

    people: pa.Table
    why: pa.Table
    rows: pa.Table
    unknown_ids: pa.Table
    hits: pa.Table | None
    aliases: pa.Table | None
    reports: Mapping[str, Any] = field(default_factory=dict)


def answered(found: Resolution, *, controller: str = "") -> Answered:
    """A resolution in the shape that an explanation reads."""
    people = everybody(found.people, found.undecided, found.strangers, controller=controller)
    return Answered(people, found.why, found.rows, found.unknown_ids, found.hits, found.aliases, found.reports)


def explain(answer: Answered, person_id: str) -> dict[str, Any]:
    """Everything that the answer knows of one person, as plain values; of one not in it, what would have found them.

    `found`: affected, undecided, stranger or not_found. `because`: one entry an item and rule, with the numbers of its
    first rows. `categories`: each with the first and last time that an item exposed it. It is personal data.
    """
    living = surviving_ids(pa.array([person_id], pa.string()), answer.aliases)[0].as_py()
    said: dict[str, Any] = {"person_id": living, "merged": living != person_id}
    row = next(iter(_of(answer.people, living).to_pylist()), None)
    if row is None:
        return said | {"found": NOT_FOUND, "because": [], "categories": [], "else": [*_elsewhere(answer, person_id)]}
    because = [_reason(answer, living, why) for why in _of(answer.why, living).to_pylist()]
    said |= {"found": row["membership"], "certainty": row["certainty"], "presumed": row["presumed"]}
    said |= {name: row[name] for name in _PROFILE}
    said |= {"first_exposed_at": row["first_exposed_at"], "last_exposed_at": row["last_exposed_at"]}
    categories = [_category(name, row, because, answer.reports) for name in row["categories"]]
    return said | {"because": because, "categories": categories, "else": [*_beside(answer, row)]}


def _of(table: pa.Table, person_id: str) -> pa.Table:
    return table.filter(pc.equal(table["person_id"], person_id))


def _reason(answer: Answered, person_id: str, why: dict[str, Any]) -> dict[str, Any]:
    report = answer.reports.get(why["evidence_id"], {})
    said = {"evidence": why["evidence_id"], "kind": report.get("kind"), "rule": why["rule"], "says": SAYS[why["rule"]]}
    said |= {name: why.get(name) for name in ("rows", "first_at", "last_at", "weight")}
    return said | {"row_numbers": _row_numbers(answer.hits, person_id, why)}


def _row_numbers(hits: pa.Table | None, person_id: str, why: dict[str, Any]) -> list[int]:
    if hits is None:
        return []
    mine = _of(hits, person_id)
    here = pc.and_(pc.equal(mine["evidence_id"], why["evidence_id"]), pc.equal(mine["rule"], why["rule"]))
    numbers: list[int] = mine.filter(here)["row_no"].slice(0, SHOWN).to_pylist()
    return numbers


def _category(
    name: str, row: dict[str, Any], because: list[dict[str, Any]], reports: Mapping[str, Any]
) -> dict[str, Any]:
    exposing = [one for one in because if name in reports.get(one["evidence"], {}).get("exposed", ())]
    times = [(one["first_at"], one["last_at"]) for one in exposing] or [
        (row["first_exposed_at"], row["last_exposed_at"])
    ]
    return {
        "category": name,
        "first_at": min((first for first, _ in times if first is not None), default=None),
        "last_at": max((last for _, last in times if last is not None), default=None),
        "evidence": sorted({one["evidence"] for one in exposing}),
    }


def _beside(answer: Answered, row: dict[str, Any]) -> Iterator[str]:
    if row["membership"] == Membership.UNDECIDED:
        conditions = [name for name, report in answer.reports.items() if report.get("kind") == predicate.KIND]
        if conditions:
            yield (
                f"A condition ({', '.join(conditions)}) can be neither affirmed nor denied of this person: "
                "the directory does not say what it asks for."
            )
        else:
            yield "It is not certain that the evidence means this person; somebody must decide."
    if row["membership"] == Membership.STRANGER:
        yield "This is a contact in the evidence that is in no directory; nobody knows whose it is."


def _elsewhere(answer: Answered, person_id: str) -> Iterator[str]:
    """What would have found somebody who is not in the answer, item by item."""
    named = answer.unknown_ids.filter(pc.equal(answer.unknown_ids["value"], person_id))
    for item in named["evidence_id"].to_pylist():
        yield f"{item}: names this id, and the directory does not know it."
    for item, report in sorted(answer.reports.items()):
        yield f"{item}: {_would_find(report)}{_unread(answer.rows, item)}."


def _would_find(report: Mapping[str, Any]) -> str:
    kind = report.get("kind")
    if kind == predicate.KIND:
        return "its condition does not hold of them"
    if kind == reviewed.KIND:
        return "a reviewer did not name them"
    if "coverage" in report:
        return "no line of it that counts names their record"
    keys = [name.replace("_", " ") for name in sorted(report.get("columns") or report.get("read_by") or ())]
    return f"no row of it holds their {' or '.join(keys) or 'identifiers'}"


def _unread(rows: pa.Table, item: str) -> str:
    mine = rows.filter(pc.equal(rows["evidence_id"], item))["outcome"]
    counted = {word: pc.sum(pc.equal(mine, word.value)).as_py() or 0 for word in _LOOSE}
    loose = [f"{count:,} {word}" for word, count in counted.items() if count]
    return f"; of its rows {' and '.join(loose)} may mean anybody" if loose else ""


_LOOSE = (RowOutcome.UNMATCHED, RowOutcome.MALFORMED)
