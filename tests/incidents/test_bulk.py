"""Rows written in bulk read back as they were, whatever characters and gaps are in them, on either database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incidents.deliveries.tables import DeliveryNow, DeliveryOutcome
from incidents.foundation.bulk import among, load

AT = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
ODD = st.sampled_from(["\\N", "\\", "\t", "a\nb", "\r", "", "\\.", '"', "'", "日本"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reasons=st.lists(st.none() | TEXT | ODD, min_size=1, max_size=6), raw=st.dictionaries(TEXT, TEXT | ODD, max_size=3)
)
def test_what_is_written_is_what_is_read(begin, reasons, raw):
    count = len(reasons)
    with begin() as tx:
        columns: dict[str, Any] = {"delivery_id": [f"d{n}" for n in range(count)], "event": "accepted", "outcome": None}
        columns |= {"reason": reasons, "permanent": [n % 2 == 0 for n in range(count)], "provider": "push/x"}
        load(tx, DeliveryOutcome, columns | {"happened_at": [AT] * count, "recorded_at": AT, "raw": [raw] * count})
        rows = tx.scalars(select(DeliveryOutcome).order_by(DeliveryOutcome.id)).all()
        assert [row.reason for row in rows] == reasons
        assert [row.permanent for row in rows] == [n % 2 == 0 for n in range(count)]
        assert all(row.raw == raw and row.happened_at == row.recorded_at == AT for row in rows)
        tx.rollback()


def test_rows_that_are_alike_in_everything_are_all_written(begin):
    same = {"event": ["lost"] * 3, "permanent": False, "provider": "", "recorded_at": AT, "raw": [{}] * 3}
    with begin() as tx:
        load(tx, DeliveryOutcome, {"delivery_id": ["d"] * 3} | same)
        assert len(tx.scalars(select(DeliveryOutcome)).all()) == 3


def test_many_values_are_found_by_one_parameter(begin):
    ids = [f"d{n}" for n in range(3000)]
    blank = {"fan_out_id": "f", "state": "queued", "not_taken": 0, "doubts": 0, "climbed": False, "changed_at": AT}
    with begin() as tx:
        load(tx, DeliveryNow, {"delivery_id": ids} | blank)
        query = select(DeliveryNow.delivery_id).where(among(tx, DeliveryNow.delivery_id, [*ids[::2], "strange"]))
        assert sorted(tx.scalars(query)) == sorted(ids[::2])
        assert tx.scalars(select(DeliveryNow.state).where(among(tx, DeliveryNow.delivery_id, []))).all() == []


def test_what_cannot_be_written_is_not_quoted_in_the_error(begin):
    row = {"delivery_id": ["d"], "event": "accepted", "outcome": None, "reason": "Ann Li", "permanent": False}
    with pytest.raises(Exception, match=r"(?i)not.null") as broke, begin() as tx:
        load(tx, DeliveryOutcome, row | {"provider": None, "recorded_at": AT, "raw": [{}]})
    assert "Ann Li" not in str(broke.value)
