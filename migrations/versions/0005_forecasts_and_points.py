"""Forecasts held against what happens: what was forecast, how it stood each minute, tallies and prices."""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "fan_out_forecast",
        sa.Column("fan_out_id", sa.String(), nullable=False),
        sa.Column("begins_at", _MOMENT, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("unpaced", sa.Integer(), nullable=False),
        sa.Column("curve", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["fan_out_id"], ["fan_out.id"], name="fk_fan_out_forecast_fan_out_id"),
        sa.PrimaryKeyConstraint("fan_out_id", name="pk_fan_out_forecast"),
    )
    op.create_table(
        "fan_out_point",
        sa.Column("fan_out_id", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fan_out_id"], ["fan_out.id"], name="fk_fan_out_point_fan_out_id"),
        sa.PrimaryKeyConstraint("fan_out_id", "at", name="pk_fan_out_point"),
    )
    op.create_table(
        "outcome_tally",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("tallied_at", _MOMENT, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_outcome_tally"),
    )
    op.create_table(
        "provider_price",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_by_name", sa.String(), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.Column("superseded_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_provider_price"),
    )
    op.create_index("ix_provider_price_provider", "provider_price", ["provider"])


def downgrade() -> None:
    for name in ("provider_price", "outcome_tally", "fan_out_point", "fan_out_forecast"):
        op.drop_table(name)
