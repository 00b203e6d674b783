"""The call list: calls that people make, each with its lease and what was written down.

A table is only added, so the release before this one runs on it, too.
"""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = incidents.foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delivery_call",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "incident_id", "fan_out_id", "batch_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("delivery_id", "intent_id")),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("called_by", sa.String(), nullable=False),
        sa.Column("called_by_name", sa.String(), nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("held_until_at", _MOMENT, nullable=True),
        sa.Column("written_at", _MOMENT, nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("again_at", _MOMENT, nullable=True),
        sa.Column("promised", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_delivery_call_incident_id"),
        sa.ForeignKeyConstraint(["fan_out_id"], ["fan_out.id"], name="fk_delivery_call_fan_out_id"),
        sa.ForeignKeyConstraint(["batch_id"], ["delivery_batch.id"], name="fk_delivery_call_batch_id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_delivery_call_delivery_id"),
        sa.ForeignKeyConstraint(["intent_id"], ["delivery_intent.id"], name="fk_delivery_call_intent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_call"),
        sa.UniqueConstraint("delivery_id", "number", name="uq_delivery_call_delivery_id_number"),
    )
    op.create_index("ix_delivery_call_again", "delivery_call", ["batch_id", "again_at"])
    op.create_index("ix_delivery_call_held", "delivery_call", ["called_by", "held_until_at"])
    op.create_index("ix_delivery_call_incident_id", "delivery_call", ["incident_id"])


def downgrade() -> None:
    op.drop_table("delivery_call")
