"""Puts Tocsin together: settings -> kit -> doors. The only file that names concrete adapters; nothing imports it."""

import os
import sys
from pathlib import Path
from typing import Any

from flask_openapi3 import Info, OpenAPI

import policies
from incidents.evidence.vault import FolderVault
from incidents.foundation.clock import Clock, SystemClock
from incidents.foundation.database import begin_on, db, prepare_sqlite
from incidents.foundation.jobs import SilentBell
from incidents.foundation.keys import KeyRing, add_root
from incidents.foundation.settings import Settings, check
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.kit import DrillKit, Kit
from web.cli import cli

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> OpenAPI:
    """The Flask app with its kit at `app.extensions["tocsin"]`. Raises BadInput where the settings are unsafe."""
    settings = settings or Settings()
    check(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    app = OpenAPI("tocsin", info=Info(title="Tocsin", version="1"), doc_prefix="/api/v1")
    app.config.update(SQLALCHEMY_DATABASE_URI=settings.database, SECRET_KEY=_secret(settings))
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db.engine)
        app.extensions["tocsin"] = make_kit(settings, db.engine, clock=clock or SystemClock())
    return app


def make_kit(settings: Settings, engine: Any, *, clock: Clock) -> Kit:
    """The collaborators of every verb, and their twin for drills, which holds rehearsal providers only."""
    ring = _keys(settings)
    collaborators: dict[str, Any] = {
        "settings": settings,
        "begin": begin_on(engine),
        "clock": clock,
        "keys": ring,
        "signer": read_signer(settings.key_folder),
        "vault": FolderVault(settings.home / "vault"),
        "bell": SilentBell(),
        "home": settings.home,
        "packs": policies.load(),
    }
    return Kit(**collaborators, drill=DrillKit(**collaborators))


def _keys(settings: Settings) -> KeyRing:
    folder, production = settings.key_folder, settings.mode == "production"
    if not production and not list(folder.glob("root-*.json")):
        add_root(folder, drill=True)
        add_signing_key(folder)
    return KeyRing(folder, drill_allowed=not production)


def _secret(settings: Settings) -> str:
    # Outside production a secret is made once and kept beside the drill keys, so that sessions outlive a restart.
    given = settings.secret_key.get_secret_value()
    if given:
        return given
    _keys(settings)
    file = settings.key_folder / "session-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(os.urandom(32).hex())
    return file.read_text()


if __name__ == "__main__":
    cli.create_app = create_app  # type: ignore[attr-defined]
    sys.exit(cli())
