"""Channels and providers marked compromised; alerts to colleagues; jobs that fail again and again."""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "compromise",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("since_at", _MOMENT, nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("marked_by", sa.String(), nullable=False),
        sa.Column("marked_by_name", sa.String(), nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=False),
        sa.Column("lifted_at", _MOMENT, nullable=True),
        sa.Column("lifted_because", sa.String(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_by_name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_compromise_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_compromise"),
    )
    op.create_index("ix_compromise_incident_id", "compromise", ["incident_id"])


def downgrade() -> None:
    op.drop_table("compromise")
