"""The size of a proof bundle may pass 2 GiB, which PostgreSQL's INTEGER does not hold.

A column is only widened, so the release before this one runs on it, too. SQLite keeps any whole number as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bundle_made") as table:
        table.alter_column("size", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("bundle_made") as table:
        table.alter_column("size", existing_type=sa.BigInteger(), type_=sa.Integer(), existing_nullable=False)
