"""The migrations make exactly the tables that the code declares."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import upgrade

import app
from incidents.foundation.database import Base
from incidents.foundation.settings import Settings
from web.database import db


def test_a_fresh_database_brought_to_the_newest_revision_has_every_table_as_declared(tmp_path):
    made = app.create_app(Settings(home=tmp_path, mode="test"))
    with made.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, Base.metadata) == []
