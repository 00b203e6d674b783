"""people reviewed by name or as a group: the decisions, how each person stands, the counts by cohort.

New tables only, so the release before this one runs on it, too.
"""

import sqlalchemy as sa
from alembic import op

import incidents.foundation.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('person_review',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('incident_id', sa.String(), nullable=False),
    sa.Column('snapshot_id', sa.String(), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('selection', sa.JSON(), nullable=False),
    sa.Column('evidence_ids', sa.JSON(), nullable=False),
    sa.Column('exposed', sa.JSON(), nullable=True),
    sa.Column('people', sa.BigInteger(), nullable=False),
    sa.Column('token_key_id', sa.String(), nullable=False),
    sa.Column('sealed_key_id', sa.String(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('because', sa.String(), nullable=False),
    sa.Column('decided_at', incidents.foundation.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=False),
    sa.Column('decided_by_name', sa.String(), nullable=False),
    sa.Column('superseded_at', incidents.foundation.database.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_person_review_incident_id')),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], name=op.f('fk_person_review_snapshot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_review'))
    )
    with op.batch_alter_table('person_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_review_incident_id'), ['incident_id'], unique=False)

    op.create_table('person_standing',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('incident_id', sa.String(), nullable=False),
    sa.Column('review_id', sa.String(), nullable=False),
    sa.Column('snapshot_id', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('word', sa.String(), nullable=False),
    sa.Column('known_by', sa.JSON(), nullable=False),
    sa.Column('was_certain', sa.Boolean(), nullable=False),
    sa.Column('found_by', sa.JSON(), nullable=False),
    sa.Column('at', incidents.foundation.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', incidents.foundation.database.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_person_standing_incident_id')),
    sa.ForeignKeyConstraint(['review_id'], ['person_review.id'], name=op.f('fk_person_standing_review_id')),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], name=op.f('fk_person_standing_snapshot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_standing'))
    )
    with op.batch_alter_table('person_standing', schema=None) as batch_op:
        batch_op.create_index('ix_person_standing_live', ['incident_id', 'superseded_at'], unique=False)
        batch_op.create_index('ix_person_standing_person', ['person'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_standing_review_id'), ['review_id'], unique=False)

    op.create_table('review_count',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('snapshot_id', sa.String(), nullable=False),
    sa.Column('review_id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.String(), nullable=False),
    sa.Column('membership', sa.String(), nullable=False),
    sa.Column('word', sa.String(), nullable=False),
    sa.Column('found_by', sa.JSON(), nullable=False),
    sa.Column('people', sa.BigInteger(), nullable=False),
    sa.Column('certain', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['review_id'], ['person_review.id'], name=op.f('fk_review_count_review_id')),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], name=op.f('fk_review_count_snapshot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_count'))
    )
    with op.batch_alter_table('review_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_count_snapshot_id'), ['snapshot_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('review_count', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_count_snapshot_id'))

    op.drop_table('review_count')
    with op.batch_alter_table('person_standing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_standing_review_id'))
        batch_op.drop_index('ix_person_standing_person')
        batch_op.drop_index('ix_person_standing_live')

    op.drop_table('person_standing')
    with op.batch_alter_table('person_review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_review_incident_id'))

    op.drop_table('person_review')
