"""Evidence against a directory: who is affected, why, how sure, and what became of every row."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from affected.conditions import apart, conditions_of, described, together
from affected.directory import Directory
from affected.engine import Engine, Limits, embedded
from affected.evidence.cleaning import Cleaned
from affected.evidence.reading import Evidence, kinds
from affected.evidence.sandbox import Cleaner, Sandbox
from affected.phones import residence_guess
from affected.statements import ANSWERS, STEPS
from affected.words import UNKNOWN, Certainty, RowOutcome
from packs import BadInput

Progress = Callable[[str, int, int], None]
_FLAGS = ("phone", "email", "device_token", "messenger_id", "postal")
# The category that an address in the evidence shows to have been exposed, where it has another name.
_EXPOSES = {"device_token": "device_id", "messenger_id": "platform_id"}
_AT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Resolution:
    """The answer, in Arrow tables, each sorted by its first columns.

    `people` and `undecided`: person_id, controller, residence, region, role, language, age_band, standing, categories,
    certainty, presumed, has_phone and so on, has_guardian, first_exposed_at, last_exposed_at.
    `why`: person_id, evidence_id, rule, rows, first_at, last_at.
    `rows`: evidence_id, row_no, outcome, reason: each row of each list or log selection exactly once.
    `strangers`: token, kind, value, evidence_id, rows, residence (a guess), categories, beside, presumed,
    first_exposed_at, last_exposed_at.
    `unknown_ids`: kind, value, evidence_id, rows: ids that are in no directory; there is no address to write to.
    `reports`: by evidence id, how the file was read, and for a log what it covers.
    """

    people: pa.Table
    why: pa.Table
    rows: pa.Table
    strangers: pa.Table
    undecided: pa.Table
    unknown_ids: pa.Table
    reports: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)


def resolve(
    directory: Directory,
    evidence: Sequence[Evidence],
    *,
    as_of: date,
    work_dir: Path,
    progress: Progress | None = None,
    salt: bytes = b"",
    cleaner: Cleaner | None = None,
    limits: Limits | None = None,
) -> Resolution:
    """Find who is affected on the day `as_of` (ages are of that day).

    `salt` keys the strangers' tokens, so that a token cannot be guessed back into its address; the same salt gives the
    same tokens. `work_dir` is a private folder for what is made on the way; its owner removes it. Raises BadInput.
    """
    steps = _Steps(progress, len(evidence) + len(STEPS) + len(ANSWERS) + 1)
    evidence = sorted(evidence, key=lambda item: item.id)
    _check(directory, evidence)
    cleaned, folders = _clean_all(directory, evidence, work_dir, cleaner or Sandbox(), steps)
    bits = category_bits(directory, evidence)
    conditions = conditions_of(directory, evidence, cleaned, bits)
    with embedded(directory, folders, as_of=as_of, bits=bits, work_dir=work_dir, limits=limits) as engine:
        engine.put("evidence", described(evidence, conditions, bits))
        steps.next("directory")
        engine.find_spellings()
        for item_id, condition in conditions.items():
            engine.make_verdict(apart(item_id, condition), condition.sql)
        for name, statement in STEPS.items():
            steps.next(name)
            engine.make(name, statement)
        _check_ids(engine, directory)
        answers = {}
        for name, statement in ANSWERS.items():
            steps.next(name)
            answers[name] = engine.ask(statement)
        why = engine.ask("SELECT person_id, evidence_id, rule, evidence_rows, first_at, last_at FROM why")
        why = together(why, conditions)
    return _resolution(answers, why, sorted(bits, key=bits.__getitem__), cleaned, salt)


def category_bits(directory: Directory, evidence: Iterable[Evidence]) -> dict[str, int]:
    """A bit for each category that the mapping or the evidence names; alphabetical, at most 63."""
    names = set(directory.mapping.categories)
    for item in evidence:
        names |= set(item.exposed or ())
    if len(names) > 63:
        raise BadInput(f"{directory.mapping.directory}: {len(names)} categories are more than the 63 that fit.")
    return {name: bit for bit, name in enumerate(sorted(names))}


class _Steps:
    def __init__(self, tell: Progress | None, total: int) -> None:
        self._tell, self._total, self._done = tell, total, 0

    def next(self, name: str) -> None:
        if self._tell is not None:
            self._tell(name, self._done, self._total)
        self._done += 1


def _check(directory: Directory, evidence: list[Evidence]) -> None:
    if not evidence:
        raise BadInput("There is no evidence to resolve.")
    seen: set[str] = set()
    for item in evidence:
        if item.id in seen:
            raise BadInput(f"{item.id}: two items of evidence have this id.")
        seen.add(item.id)
        if item.exposed is None and not directory.mapping.categories:
            raise BadInput(
                f"{item.id}: exposed: 'held' says nothing, because the mapping of "
                f"'{directory.mapping.directory}' names no categories."
            )


def _clean_all(
    directory: Directory, evidence: list[Evidence], work_dir: Path, cleaner: Cleaner, steps: _Steps
) -> tuple[dict[str, Cleaned], dict[str, Path]]:
    phone = directory.mapping.contact.phone
    cleaned: dict[str, Cleaned] = {}
    folders: dict[str, Path] = {}
    for number, item in enumerate(evidence):
        steps.next("evidence")
        if not hasattr(kinds()[item.kind], "clean"):
            continue
        folder = work_dir / f"evidence-{number:04d}"
        folder.mkdir(parents=True, mode=0o700)
        cleaned[item.id] = cleaner(item, folder, region=phone.region if phone else None)
        folders[item.id] = folder
    return cleaned, folders


def _check_ids(engine: Engine, directory: Directory) -> None:
    nameless = engine.ask("SELECT COUNT(*) AS n FROM key_person WHERE person_id IS NULL").column(0)[0].as_py()
    if nameless:
        column = directory.mapping.person_id.column
        raise BadInput(
            f"{directory.source.name}: column '{column}': {nameless} rows of people found have no person id."
        )


def _resolution(
    answers: dict[str, pa.Table], why: pa.Table, names: list[str], cleaned: dict[str, Cleaned], salt: bytes
) -> Resolution:
    loose = answers["strangers"]
    address = pc.not_equal(loose.column("kind"), "person_id")
    strangers = _strangers(loose.filter(address), names, salt)
    people, undecided = _people(answers["people"], names), _people(answers["undecided"], names)
    rows = answers["rows"].sort_by([("evidence_id", "ascending"), ("row_no", "ascending")])
    why = _zoned(why.rename_columns(["person_id", "evidence_id", "rule", "rows", "first_at", "last_at"]))
    why = why.sort_by([(name, "ascending") for name in ("person_id", "evidence_id", "rule")])
    unknown = _zoned(loose.filter(pc.invert(address)).select(["kind", "key", "evidence_id", "evidence_rows"]))
    unknown = unknown.rename_columns(["kind", "value", "evidence_id", "rows"])
    unknown = unknown.sort_by([("kind", "ascending"), ("value", "ascending")])
    counts = {
        "people": people.num_rows,
        "certain": pc.sum(pc.equal(people.column("certainty"), Certainty.CERTAIN.value)).as_py() or 0,
        "undecided": undecided.num_rows,
        "strangers": strangers.num_rows,
        "unknown_ids": unknown.num_rows,
        "rows": {outcome.value: 0 for outcome in RowOutcome} | _tally(rows.column("outcome")),
    }
    reports = {item_id: found.report | {"rows": found.rows} for item_id, found in cleaned.items()}
    return Resolution(people, why, rows, strangers, undecided, unknown, reports, counts)


def _people(found: pa.Table, names: list[str]) -> pa.Table:
    ids = found.column("person_id")
    if pc.count_distinct(ids).as_py() != found.num_rows:
        raise BadInput(
            "The directory holds several rows for one person id; the mapping must name an id that is unique."
        )
    plain = ["person_id", "controller", "residence", "region", "role", "language", "age_band", "standing"]
    columns = {name: found.column(name).cast(pa.string()) for name in plain}
    columns["categories"] = category_lists(found.column("exposed"), names)
    certain = pc.equal(found.column("certain"), 1)
    columns["certainty"] = pc.if_else(certain, Certainty.CERTAIN.value, Certainty.POSSIBLE.value)
    columns["presumed"] = pc.equal(found.column("presumed"), 1)
    for flag in (*_FLAGS, "guardian"):
        columns[f"has_{flag}"] = pc.equal(found.column(f"has_{flag}"), 1)
    columns["first_exposed_at"] = found.column("first_at").cast(_AT)
    columns["last_exposed_at"] = found.column("last_at").cast(_AT)
    return pa.table(columns).sort_by("person_id")


def _strangers(found: pa.Table, names: list[str], salt: bytes) -> pa.Table:
    kinds, values = found.column("kind").to_pylist(), found.column("key").to_pylist()
    own = [[_EXPOSES.get(kind, kind)] for kind in kinds]
    categories = [
        said or mine for said, mine in zip(category_lists(found.column("exposed"), names).to_pylist(), own, strict=True)
    ]
    columns = {
        "token": pa.array([_token(k, v, salt) for k, v in zip(kinds, values, strict=True)], pa.string()),
        "kind": found.column("kind"),
        "value": found.column("key"),
        "evidence_id": found.column("evidence_id"),
        "rows": found.column("evidence_rows"),
        "residence": pa.array(
            [residence_guess(v) if k == "phone" else UNKNOWN for k, v in zip(kinds, values, strict=True)], pa.string()
        ),
        "categories": pa.array(categories, pa.list_(pa.string())),
        "beside": pc.equal(found.column("beside"), 1),
        "presumed": pc.equal(found.column("presumed"), 1),
        "first_exposed_at": found.column("first_at").cast(_AT),
        "last_exposed_at": found.column("last_at").cast(_AT),
    }
    return pa.table(columns).sort_by("token")


def category_lists(masks: pa.ChunkedArray, names: list[str]) -> pa.Array:
    """Sets of categories as bits, to lists of names in alphabetical order."""
    coded = masks.combine_chunks().dictionary_encode()
    lists = [[n for bit, n in enumerate(names) if mask >> bit & 1] for mask in coded.dictionary.to_pylist()]
    return pa.array(lists, pa.list_(pa.string())).take(coded.indices)


def _token(kind: str, value: str, salt: bytes) -> str:
    return "x" + hashlib.blake2b(f"{kind}:{value}".encode(), key=salt[:64], digest_size=15).hexdigest()


def _tally(column: pa.ChunkedArray) -> dict[str, int]:
    return {str(item["values"]): int(item["counts"]) for item in pc.value_counts(column).to_pylist()}


def _zoned(table: pa.Table) -> pa.Table:
    for index, found in enumerate(table.schema):
        if pa.types.is_timestamp(found.type):
            table = table.set_column(index, found.name, table.column(index).cast(_AT))
    return table
