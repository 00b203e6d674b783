"""deliveries by the million: waves, counts of a batch, plans in many transactions, outcomes without looking plan rows up.

Columns are only added, each with a value for the rows that stand, so the release before this one runs on it, too; the
constraints that go were checks of what no release breaks.
"""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)
_EVENT = "event_id IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("fan_out") as table:
        table.add_column(sa.Column("wave", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("soak_minutes", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("most_failed", sa.Float(), nullable=False, server_default="1"))
        table.add_column(sa.Column("widened_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("accepted", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("plan_ended_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("quiet", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("waits_until_at", _MOMENT, nullable=True))
    op.execute("UPDATE fan_out SET plan_ended_at = planned_at")
    with op.batch_alter_table("delivery_batch") as table:
        for name in ("wave", "answered", "failed", "complained"):
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        for name in ("territory", "destination"):
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("provider_pace") as table:
        table.add_column(sa.Column("demoted_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("demoted_because", sa.String(), nullable=True))
    op.create_table(
        "provider_minute",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("minute_at", _MOMENT, nullable=False),
        sa.Column("counter", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("handed", "failing", "accepted", "quick")),
        sa.PrimaryKeyConstraint("provider", "minute_at", "counter", name=op.f("pk_provider_minute")),
    )
    with op.batch_alter_table("delivery_now") as table:
        table.drop_constraint("fk_delivery_now_delivery_id", type_="foreignkey")
    with op.batch_alter_table("delivery_outcome") as table:
        table.drop_constraint("fk_delivery_outcome_delivery_id", type_="foreignkey")
        table.drop_constraint("uq_delivery_outcome_provider_event_id", type_="unique")
        table.create_index(
            "uq_delivery_outcome_event",
            ["provider", "event_id"],
            unique=True,
            sqlite_where=sa.text(_EVENT),
            postgresql_where=sa.text(_EVENT),
        )


def downgrade() -> None:
    with op.batch_alter_table("delivery_outcome") as table:
        table.drop_index("uq_delivery_outcome_event")
        table.create_unique_constraint("uq_delivery_outcome_provider_event_id", ["provider", "event_id"])
        table.create_foreign_key("fk_delivery_outcome_delivery_id", "delivery", ["delivery_id"], ["id"])
    with op.batch_alter_table("delivery_now") as table:
        table.create_foreign_key("fk_delivery_now_delivery_id", "delivery", ["delivery_id"], ["id"])
    with op.batch_alter_table("delivery_batch") as table:
        for name in ("destination", "territory", "complained", "failed", "answered", "wave"):
            table.drop_column(name)
    op.drop_table("provider_minute")
    with op.batch_alter_table("provider_pace") as table:
        table.drop_column("demoted_because")
        table.drop_column("demoted_at")
    with op.batch_alter_table("fan_out") as table:
        for name in ("waits_until_at", "quiet", "plan_ended_at", "accepted", "widened_at", "most_failed", "soak_minutes", "wave"):
            table.drop_column(name)
