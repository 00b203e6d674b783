"""holds that law enforcement asked for, severity by a scale, standing answers, the packs that an assessment asked.

The first half of each change: every new column may be empty, so the release before this one runs on it, too.
"""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "severity",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("scale", sa.String(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("cohorts", sa.JSON(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("score", sa.String(), nullable=True),
        sa.Column("explained", sa.JSON(), nullable=False),
        sa.Column("assessed_at", incidents.foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("assessed_by", sa.String(), nullable=False),
        sa.Column("assessed_by_name", sa.String(), nullable=False),
        sa.Column("overridden_band", sa.String(), nullable=True),
        sa.Column("overridden_because", sa.String(), nullable=True),
        sa.Column("overridden_at", incidents.foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("overridden_by_name", sa.String(), nullable=True),
        sa.Column("superseded_at", incidents.foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_severity_incident_id_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_severity")),
    )
    with op.batch_alter_table("severity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_severity_incident_id"), ["incident_id"], unique=False)
    op.create_table(
        "standing_answer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_by_name", sa.String(), nullable=False),
        sa.Column("said_at", incidents.foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", incidents.foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_answer")),
    )
    with op.batch_alter_table("standing_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standing_answer_company"), ["company"], unique=False)
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.add_column(sa.Column("police_form", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("places", sa.JSON(), nullable=True))
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("packs", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_column("packs")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_column("places")
        batch_op.drop_column("police_form")
    op.drop_table("standing_answer")
    op.drop_table("severity")
