"""What a log covers is counted: gaps, thin days, and a beginning later than the window's are told, never guessed."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected import notes
from affected.evidence.coverage import Days, days_of, told
from affected.evidence.log_parquet import ParquetLog
from affected.evidence.log_reading import LogReading


def covered(*days: tuple[int, int]) -> Days:
    found = Days()
    for day, count in days:
        moment = datetime(2026, 3, day, 12)  # noqa: DTZ001 - as the engine gives it
        found.add(moment.date(), count, moment, moment)
        found.lines += count
    return found


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_days_of_the_window_without_a_line_are_unknown():
    found = told(covered((2, 100), (4, 100)), at(1), at(5))
    assert found["gaps"] == ["2026-03-01", "2026-03-03", "2026-03-05"] == found["unknown_days"]
    assert found["unknown_before"] == "2026-03-02T12:00:00+00:00"
    assert found["unknown_after"] == "2026-03-04T12:00:00+00:00"


def test_a_log_that_reaches_beyond_the_window_leaves_nothing_unknown():
    found = told(covered((1, 100), (2, 100), (3, 100)), at(1, 13), at(3, 11))
    assert (found["gaps"], found["unknown_before"], found["unknown_after"]) == ([], None, None)


def test_a_day_with_less_than_a_hundredth_of_the_median_is_thin():
    found = told(covered((1, 1000), (2, 9), (3, 10), (4, 1000), (5, 1000)), None, None)
    assert found["thin_days"] == ["2026-03-02"]
    assert found["gaps"] == []


def test_a_log_without_a_readable_time_leaves_every_day_of_the_window_unknown():
    assert told(Days(lines=3), at(1), at(2))["unknown_days"] == ["2026-03-01", "2026-03-02"]
    assert told(Days(lines=3), None, None)["unknown_days"] == []


def test_a_reviewer_is_told_what_the_log_does_not_tell():
    days = covered((2, 1000), (3, 1), (4, 1000), (5, 1000), (6, 1000))
    assert notes({"coverage": told(days, at(1), at(6))}) == [
        "It holds no line of 2026-03-01: who was read then is unknown.",
        "It begins at 2026-03-02T12:00:00+00:00, inside the window: who was read before that is unknown.",
        "It holds hardly any lines of 2026-03-03; some may be missing.",
    ]
    assert notes({"coverage": told(days, at(1), at(30))})[0].endswith("and 15 more days: who was read then is unknown.")
    assert notes({"shape": "delimited"}) == []


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("ms", tz="UTC"), pa.timestamp("ns"), pa.string()])
@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("offset", [0, 480])
def test_days_told_by_row_groups_are_those_that_a_reading_of_each_line_finds(tmp_path, kind, statistics, offset):
    zone = UTC if getattr(kind, "tz", None) else None
    moments = [datetime(2026, 3, 1, tzinfo=zone) + timedelta(minutes=7 * n) for n in range(700)]
    times = pa.array([m if kind != pa.string() else m.isoformat() for m in moments] + [None], kind)
    table = pa.table({"at": times, "uid": pa.array(["u1"] * 701)})
    pq.write_table(table, tmp_path / "log.parquet", row_group_size=50, write_statistics=statistics)
    window = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-09T00:00:00Z"}
    said = {"exposed": [], "columns": {"time": "at", "record": "uid"}, "where": window, "utc_offset_minutes": offset}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        log = ParquetLog(tmp_path / "log.parquet", LogReading.model_validate(said), connection)
        ((lines, days, last),) = log.parts(connection, 11)
        assert days == days_of(connection, lines.relation, lines.time.at)
    shifted = timedelta(minutes=0 if zone else offset)
    assert (days.lines, last) == (701, 711)
    assert days.first == moments[0].replace(tzinfo=None) - shifted
    assert days.counts[date(2026, 3, 2)] == sum((m.replace(tzinfo=None) - shifted).day == 2 for m in moments)
