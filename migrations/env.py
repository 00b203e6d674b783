"""Runs the migrations on the app's own database; the tables are found by walking the hall and the doors."""

import importlib
import pkgutil

from alembic import context
from flask import current_app

import incidents
import web
from incidents.foundation.database import Base
from web.database import db


def find_tables() -> None:
    """Import every module called `tables`, and the foundation, so that their tables are known."""
    for package in (incidents, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith((".tables", ".keys", ".lease")):
                importlib.import_module(module.name)


def run() -> None:
    """Bring the database to the newest revision inside one transaction where the engine allows it."""
    with current_app.app_context(), db.engine.connect() as connection:
        # SQLite cannot alter a column in place; batch mode makes the table anew.
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


find_tables()
run()
