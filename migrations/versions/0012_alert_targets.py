"""Alerts by target: who took each, and an end for what nobody can be told.

Columns and a table are only added, so the release before this one runs on it, too.
"""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("ended_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("unsent", sa.String(), nullable=True))
    op.create_table(
        "alert_target",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("took_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_target_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", "target", name="pk_alert_target"),
    )


def downgrade() -> None:
    op.drop_table("alert_target")
    with op.batch_alter_table("alert") as table:
        table.drop_column("unsent")
        table.drop_column("ended_at")
