"""Commands of who is affected in an incident: scope, versions, cohorts, difference, decide, rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pyarrow.csv

from affected.words import Membership
from incidents.deliveries.told import compared
from incidents.foundation.errors import Refused
from incidents.record.incident import find
from incidents.snapshots import decide as deciding
from incidents.snapshots import opened
from incidents.snapshots import scope as scoping
from incidents.snapshots.opened import Decision
from incidents.snapshots.tables import Snapshot, SnapshotCohort
from packs import BadInput
from web.cli.answer import Answer, door
from web.cli.door import acting, kit, one_of, progress_bar
from web.cli.groups import incident


@incident.command("scope")
@click.argument("wanted", metavar="INCIDENT")
@door
def scope(wanted: str) -> Answer:
    """Find who is affected by the live evidence and freeze the next version."""
    k, by = kit(), acting()
    hands: dict[str, Any] = {"by": by, "clock": k.clock, "keys": k.keys}
    with scoping.private_folder(k.home) as folder, progress_bar("who is affected") as bar:
        with k.begin() as tx:
            one = find(tx, wanted)
            directory = k.directories.get(one.company)
            if directory is None:
                raise Refused("no_directory", f"No directory of {one.company} is at hand.")
            drawn = scoping.draw(tx, one, folder, vault=k.vault, **hands)
        resolution = scoping.resolve_drawn(drawn, directory, progress=bar)
        with k.begin() as tx:
            one = find(tx, wanted)
            frozen = scoping.freeze_drawn(tx, one, drawn, resolution, directory, home=k.home, **hands)
            data = _plain(frozen) | {"cohorts": [_cohort(row) for row in opened.cohort_rows(tx, frozen)]}
            waiting = [list(found) for found in deciding.undecided_cohorts(tx, frozen)]
    lines = [*_lines(frozen), *(_cohort_line(row) for row in data["cohorts"])]
    lines += [
        f"? {people:,} {membership} people of {cohort}: compliance decides" for cohort, membership, people in waiting
    ]
    return Answer(data | {"to_decide": waiting}, lines)


@incident.command("snapshots")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--verify", is_flag=True, help="Check the digest of every file's bytes; needs no key.")
@door
def snapshots(wanted: str, *, verify: bool) -> Answer:
    """The versions of who is affected, with their digests."""
    k = kit()
    with k.begin(reading=True) as tx:
        rows = opened.versions(tx, find(tx, wanted).id)
        for row in rows if verify else []:
            opened.check_sealed(tx, row, home=k.home)
        return Answer([_plain(row) for row in rows], [line for row in rows for line in _lines(row)])


@incident.command("cohorts")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--version", "number", type=int, help="The version; the newest when left out.")
@door
def cohorts(wanted: str, number: int | None) -> Answer:
    """The cohorts of a version, largest first."""
    with kit().begin(reading=True) as tx:
        rows = [_cohort(row) for row in opened.cohort_rows(tx, version_of(tx, find(tx, wanted).id, number))]
    return Answer(rows, [_cohort_line(row) for row in rows])


@incident.command("difference")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--from", "older", type=int, required=True, help="The number of the older version.")
@click.option("--to", "newer", type=int, required=True, help="The number of the newer version.")
@door
def differ(wanted: str, older: int, newer: int) -> Answer:
    """What changed between two versions, how many of them were told already, and who is owed a correction."""
    k = kit()
    with k.begin(reading=True) as tx:
        one = find(tx, wanted)
        pair = (opened.version(tx, one.id, older), opened.version(tx, one.id, newer))
        said = compared(tx, *pair, keys=k.keys, home=k.home).as_json()
    return Answer(said, [*_told_lines(said)])


@incident.command("decide")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("cohort")
@click.option(
    "--membership",
    type=click.Choice([Membership.STRANGER.value, Membership.UNDECIDED.value]),
    required=True,
    help="Which of the cohort it is about.",
)
@click.option("--as", "word", type=one_of(Decision), required=True, help="What is decided of them.")
@click.option("--because", required=True, help="On what ground.")
@door
def decide(wanted: str, cohort: str, *, membership: str, word: str, because: str) -> Answer:
    """Decide whether strangers or undecided people of a cohort count and are told one by one."""
    k, by = kit(), acting()
    with k.begin() as tx:
        snapshot = version_of(tx, find(tx, wanted).id, None)
        made = deciding.decide(
            tx, snapshot, cohort, Membership(membership), Decision(word), because=because, by=by, clock=k.clock
        )
        return Answer({"id": made.id, "decision": made.decision}, [f"{cohort}: {made.decision}"])


@incident.command("rows")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--version", "number", type=int, help="The version; the newest when left out.")
@click.option("--out", required=True, help="A new CSV file: evidence, row, outcome, reason.")
@door
def rows_of(wanted: str, number: int | None, out: str) -> Answer:
    """Write what became of every row of evidence; no personal data is in it."""
    k, path = kit(), Path(out)
    if path.exists():
        raise BadInput(f"{path}: this file exists; name a new one.")
    with k.begin(reading=True) as tx:
        rows = opened.open_file(tx, version_of(tx, find(tx, wanted).id, number), "rows", keys=k.keys, home=k.home)
    pyarrow.csv.write_csv(rows, path)
    return Answer({"rows": rows.num_rows, "out": out}, [f"{rows.num_rows:,} rows are in {out}"])


def version_of(tx: Any, incident_id: str, number: int | None) -> Snapshot:
    """A version, or the newest. Raises NotFound, or Refused before the first."""
    found = opened.newest(tx, incident_id) if number is None else opened.version(tx, incident_id, number)
    if found is None:
        raise Refused("not_scoped", "Nobody has looked yet who is affected: `incident scope` does.")
    return found


def _told_lines(said: dict[str, Any]) -> Iterator[str]:
    for word, one in said["told"].items():
        ways = ", ".join(f"{many:,} by {channel}" for channel, many in one["by_channel"].items())
        yield f"{one['people']:,} {word}" + (f": {one['told']:,} told already ({ways})" if one["told"] else "")
    for one in said["corrections_owed"]:
        begun = f"; correction {', '.join(one['corrections'])}" if one["corrections"] else "; `notice correct` is next"
        yield f"! {one['reference']} reached {one['people']:,} people who are not affected after all{begun}"


def _plain(row: Snapshot) -> dict[str, Any]:
    names = ("id", "version", "parent_id", "digest", "as_of_on", "counts", "changes", "reports", "frozen_at")
    return {name: getattr(row, name) for name in (*names, "frozen_by_name", "evidence_ids")}


def _cohort(row: SnapshotCohort) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in {"id"}}


def _lines(row: Snapshot) -> list[str]:
    counts = row.counts
    outcomes = ", ".join(f"{count:,} {word}" for word, count in counts["rows"].items() if count)
    lines = [
        f"version {row.version}: {counts['people']:,} people, {counts['certain']:,} certain; "
        f"{counts['undecided']:,} undecided, {counts['strangers']:,} strangers; digest {row.digest[:16]}",
        f"  rows: {outcomes or 'none'}",
    ]
    if row.changes:
        lines.append("  since the version before: " + ", ".join(f"{n:,} {word}" for word, n in row.changes.items()))
    return lines


def _cohort_line(row: dict[str, Any]) -> str:
    place = f"{row['residence']}{' ' + row['region'] if row['region'] else ''}"
    what = ", ".join(row["categories"]) or "nothing known"
    who = f"{row['membership']:<9} {row['controller']} {row['role']} {row['language']} {row['age_band']}"
    return f"{row['people']:>9,}  {row['cohort_id']}  {place:<8} {who} {row['standing']}: {what}"
