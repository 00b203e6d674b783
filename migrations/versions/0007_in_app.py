"""Notices that stand ready for the company's app."""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "in_app_notice",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("key_digest", sa.String(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.Column("until_at", _MOMENT, nullable=False),
        sa.Column("fetched_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["delivery_batch.id"], name="fk_in_app_notice_batch_id"),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_in_app_notice"),
    )
    op.create_index("ix_in_app_notice_key", "in_app_notice", ["company", "key_digest"])
    op.create_index("ix_in_app_notice_gone", "in_app_notice", ["until_at"])
    op.create_index("ix_in_app_notice_batch_id", "in_app_notice", ["batch_id"])


def downgrade() -> None:
    op.drop_table("in_app_notice")
