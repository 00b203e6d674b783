"""Call lists that were given up, and the scripts of calls word for word.

Tables and a column that may be empty are only added, so the release before this one runs on it, too.
"""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "call_script",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_call_script"),
    )
    op.add_column("delivery_call", sa.Column("script_digest", sa.String(), nullable=True))
    op.create_table(
        "call_list_closing",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "incident_id", "notice_id", "language")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("because", "closed_by", "closed_by_name")),
        sa.Column("closed_at", _MOMENT, nullable=False),
        *(sa.Column(f"reopened_{name}", sa.String(), nullable=True) for name in ("because", "by", "by_name")),
        sa.Column("reopened_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_call_list_closing_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_call_list_closing"),
    )
    op.create_index("ix_call_list_closing_incident_id", "call_list_closing", ["incident_id"])


def downgrade() -> None:
    op.drop_table("call_list_closing")
    op.drop_column("delivery_call", "script_digest")
    op.drop_table("call_script")
