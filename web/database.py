"""The database as the running app has it: one engine, bound to the tables of hall and doors."""

from flask_sqlalchemy import SQLAlchemy

from incidents.foundation.database import Base

db = SQLAlchemy(metadata=Base.metadata)
