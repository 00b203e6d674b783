"""Evidence against a directory: who is affected, why, how sure, and what became of every row."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affected.answer import Resolution, resolution_of
from affected.conditions import Stated, described, stated, together
from affected.directory import Directory
from affected.engines.embedded import ENGINE
from affected.engines.engine import Engine, Limits, engine_named
from affected.evidence.cleaning import Cleaned
from affected.evidence.free_text import FreeTextReading
from affected.evidence.reading import Evidence, kinds
from affected.evidence.sandbox import Cleaner, Sandbox
from affected.likeness.seek import put_likeness
from affected.spellings import read_spellings
from affected.statements import (
    ANSWERS,
    KEY_PERSON,
    KINDS,
    NAMELESS,
    ODD,
    ORDER,
    RULES,
    SPENT,
    STEPS,
    heard_statement,
    verdict_statement,
)
from affected.views import concerned_statement, people_views
from packs import BadInput

_BATCH = 4 * 122_880  # rows put at a time: some row groups of DuckDB, which takes whole ones faster
_AT_ONCE = 2  # items that are read at the same time: a list is read by one processor, a log by several
Progress = Callable[[str, int, int], None]


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
    engine: str = ENGINE,
) -> Resolution:
    """Find who is affected on the day `as_of` (ages are of that day).

    `salt` keys the strangers' tokens, so that a token cannot be guessed back into its address; the same salt gives the
    same tokens. `work_dir` is a private folder for what is made on the way; its owner removes it. `engine` is the name
    of one of affected.engines; all give the same answer. Raises BadInput.
    """
    told = _Steps(progress, len(evidence) + len(STEPS) + len(ANSWERS) + 1)
    opener = engine_named(engine)
    evidence = sorted(evidence, key=lambda item: item.id)
    directory.check()
    _check(directory, evidence)
    cleaned, folders = _clean_all(directory, evidence, work_dir, cleaner or Sandbox(), told)
    bits = category_bits(directory, evidence)
    conditions = stated(directory, evidence, cleaned, bits)
    with opener(directory, as_of=as_of, bits=bits, work_dir=work_dir, limits=limits) as found:
        found.put("evidence", described(evidence, conditions, bits))
        _put_evidence(found, evidence, folders, cleaned, bits)
        pa.default_memory_pool().release_unused()  # what the reading took, before the engine takes its own
        told.next("directory")
        _gather(found, directory, evidence, conditions)
        likenesses = put_likeness(found, directory, evidence, folders)
        for item_id, said in likenesses.items():
            cleaned[item_id].report.update(said)
        for name, statement in STEPS.items():
            told.next(name)
            found.make(name, statement)
            _forget_spent(found, name)
        _show_concerned(found, directory, as_of, bits)
        answers = _ask(found, told, unsure=bool(conditions or likenesses))
        found.finish()
    answers["why"] = together(answers["why"], evidence, conditions)
    reports = _reports(evidence, cleaned, sorted(directory.mapping.categories))
    return resolution_of(answers, reports, list(bits), salt)


def _ask(engine: Engine, steps: "_Steps", *, unsure: bool) -> dict[str, pa.Table]:
    """What the answer is made of. `unsure`: there is a condition or a likeness. Nothing else leaves anybody undecided,
    and to find that nobody is costs the engine as much as a small answer."""
    answers: dict[str, pa.Table] = {}
    for name, statement in ANSWERS.items():
        steps.next(name)
        if name == "undecided" and not unsure:
            answers[name] = answers["people"].slice(0, 0)
        else:
            answers[name] = engine.ask(statement, order=ORDER.get(name, ()))
        _forget_spent(engine, name)
    return answers


def category_bits(directory: Directory, evidence: Iterable[Evidence]) -> dict[str, int]:
    """A bit for each category that the mapping or the evidence names; alphabetical, at most 63."""
    names = set(directory.mapping.categories)
    for item in evidence:
        shown = getattr(kinds()[item.kind], "categories", None)
        names |= set(item.exposed or ()) | (shown(item) if shown else set())
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
    folders = {
        item.id: work_dir / f"evidence-{number:04d}"
        for number, item in enumerate(evidence)
        if hasattr(kinds()[item.kind], "clean")
    }

    def clean(item: Evidence) -> Cleaned:
        folders[item.id].mkdir(parents=True, mode=0o700)
        return cleaner(item, folders[item.id], region=phone.region if phone else None)

    cleaned: dict[str, Cleaned] = {}
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        waiting = {item.id: readers.submit(clean, item) for item in evidence if item.id in folders}
        try:
            for item in evidence:
                steps.next("evidence")
                cleaned |= {item.id: waiting[item.id].result()} if item.id in folders else {}
        finally:  # after one that failed, or Ctrl-C, none begins that waits
            readers.shutdown(cancel_futures=True)
    return cleaned, folders


def _put_evidence(
    engine: Engine,
    evidence: list[Evidence],
    folders: dict[str, Path],
    cleaned: dict[str, Cleaned],
    bits: dict[str, int],
) -> None:
    for number, item in enumerate(evidence):
        if item.id not in folders:
            continue
        shown = [bits[name] for name in cleaned[item.id].report.get("shown", [])]
        for table, file in (("evidence_row", "rows.parquet"), ("evidence_key", "keys.parquet")):
            for batch in pq.ParquetFile(folders[item.id] / file).iter_batches(_BATCH):
                own = pa.repeat(pa.scalar(number, pa.int32()), batch.num_rows)
                rows = pa.Table.from_batches([batch]).append_column("evidence_no", own)
                engine.put(table, _renumbered(rows, shown) if table == "evidence_row" else _numbered(rows))


def _numbered(keys: pa.Table) -> pa.Table:
    """`keys` with the numbers of their rules."""
    numbers = pc.index_in(keys["rule"], value_set=pa.array(RULES))
    return keys.drop_columns("rule").append_column("rule_no", numbers)


def _renumbered(rows: pa.Table, shown: list[int]) -> pa.Table:
    """`rows` with what each shows by the bits of this answer, in place of those of its item."""
    if not shown:
        said = [name for name in rows.column_names if name != "shown"]
        return rows.select(said).append_column("shown", pa.nulls(rows.num_rows, pa.int64()))
    coded = rows["shown"].combine_chunks().dictionary_encode()
    said = [sum(1 << bit for n, bit in enumerate(shown) if mask >> n & 1) for mask in coded.dictionary.to_pylist()]
    bits = pa.array(said, pa.int64()).take(coded.indices)
    return rows.set_column(rows.schema.get_field_index("shown"), "shown", bits)


def _gather(engine: Engine, directory: Directory, evidence: list[Evidence], conditions: list[Stated]) -> None:
    """Bring together who may be meant: by an address, however it is spelled, or by a condition; and whom each key
    means. Raises BadInput where somebody of them has no id."""
    kinds: list[str] = sorted(engine.ask(KINDS).column(0).to_pylist())
    # Whoever is known by a name only may be anybody.
    everybody = ["TRUE"] if any(isinstance(item.reading, FreeTextReading) for item in evidence) else []
    engine.gather(kinds, [*(one.condition.sql for one in conditions), *everybody])
    engine.make("heard", heard_statement(kinds))
    engine.put("spelling", read_spellings(engine.ask(ODD), directory.regions()))
    for one in conditions:
        engine.add("verdict", verdict_statement(one.evidence_no, one.condition.sql))
    engine.make("key_person", KEY_PERSON)
    _check_ids(engine, directory)
    _forget_spent(engine, "key_person")


def _forget_spent(engine: Engine, name: str) -> None:
    for table in SPENT.get(name, ()):
        engine.drop(table)


def _show_concerned(engine: Engine, directory: Directory, as_of: date, bits: dict[str, int]) -> None:
    mapping = directory.mapping
    engine.show("concerned", concerned_statement(mapping))
    for name, statement in people_views(mapping, as_of, bits, source="concerned", front="concerned_").items():
        engine.show(name, statement)


def _check_ids(engine: Engine, directory: Directory) -> None:
    nameless = engine.ask(NAMELESS).column(0)[0].as_py()
    if nameless:
        column = directory.mapping.person_id.column
        raise BadInput(
            f"{directory.source.name}: column '{column}': {nameless} rows of people found have no person id."
        )


def _reports(evidence: Sequence[Evidence], cleaned: dict[str, Cleaned], held: list[str]) -> dict[str, Any]:
    """What each item was and how it was read; `exposed` of an item that says `held` are the mapping's categories."""
    said = {item.id: {"kind": item.kind, "exposed": may_expose(item, held)} for item in evidence}
    read = {item_id: found.report | {"rows": found.rows} for item_id, found in cleaned.items()}
    return {item_id: known | read.get(item_id, {}) for item_id, known in said.items()}


def may_expose(item: Evidence, held: Iterable[str]) -> list[str]:
    """Every category that an item may have exposed of somebody; `held` are those that the mapping names."""
    shown = getattr(kinds()[item.kind], "categories", None)
    return sorted({*(held if item.exposed is None else item.exposed), *(shown(item) if shown else ())})
