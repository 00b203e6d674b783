"""Plan rows name their fan-out and batch without a foreign key: written with both, never deleted, never moved.

A constraint is only taken away, so the release before this one runs on it, too. SQLite copies the table to do it.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEYS = {
    "fk_delivery_fan_out_id": ("fan_out", "fan_out_id"),
    "fk_delivery_batch_id": ("delivery_batch", "batch_id"),
}


def upgrade() -> None:
    with op.batch_alter_table("delivery") as table:
        for name in _KEYS:
            table.drop_constraint(name, type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("delivery") as table:
        for name, (target, column) in _KEYS.items():
            table.create_foreign_key(name, target, [column], ["id"])
