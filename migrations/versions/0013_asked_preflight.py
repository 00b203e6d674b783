"""Pre-flights that somebody asked for, with what was counted and when."""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "asked_preflight",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("counted_at", _MOMENT, nullable=True),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.Column("found_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("company", name="pk_asked_preflight"),
    )


def downgrade() -> None:
    op.drop_table("asked_preflight")
