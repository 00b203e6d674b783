"""Neighbours in a batch whose messages were accepted stand in one row."""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accepted_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("fan_out_id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("stretch", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("climbed", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", incidents.foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["delivery_batch.id"], name="fk_accepted_run_batch_id"),
        sa.ForeignKeyConstraint(["fan_out_id"], ["fan_out.id"], name="fk_accepted_run_fan_out_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accepted_run"),
    )
    op.create_index("ix_accepted_run_stretch", "accepted_run", ["batch_id", "stretch"])
    op.create_index("ix_accepted_run_waits", "accepted_run", ["fan_out_id", "climbed", "recorded_at"])


def downgrade() -> None:
    op.drop_table("accepted_run")
