"""Rows for tests: something in every column that must not be empty, so that a test names only what it is about."""

from datetime import UTC, datetime

from sqlalchemy import JSON

AT = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)


def filler(column):
    if column.key.endswith("_at"):
        return AT
    if isinstance(column.type, JSON):
        return {}
    return {str: "x", int: 1, bool: False, float: 1.0}[column.type.python_type]


def filled(table, **given):
    """A row of `table` with something in every column that must not be empty."""
    made = {
        column.key: filler(column)
        for column in table.__table__.columns
        if not column.nullable and column.key not in given
    }
    return table(**made | given)
