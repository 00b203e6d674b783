"""The migrations on PostgreSQL: a number that may pass two thousand millions has a column that holds it."""

from flask_migrate import upgrade
from sqlalchemy import BigInteger, create_engine, inspect

import app
from incidents.foundation.database import Base
from incidents.foundation.settings import Settings
from tests.services.conftest import database


def test_whole_numbers_are_as_wide_as_the_code_declares(tmp_path, server, admin):
    with database(admin) as name:
        address = server.set(database=name)
        made = app.create_app(
            Settings(home=tmp_path, mode="test", database_url=address.render_as_string(hide_password=False))
        )
        with made.app_context():
            upgrade()
        engine = create_engine(address)
        found = {table: inspect(engine).get_columns(table) for table in Base.metadata.tables}
        engine.dispose()
    wide = {
        (table, one["name"])
        for table, columns in found.items()
        for one in columns
        if isinstance(one["type"], BigInteger)
    }
    declared = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, BigInteger)
    }
    assert ("bundle_made", "size") in declared
    assert wide == declared
