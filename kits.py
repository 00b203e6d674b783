"""Puts the kit together: settings -> collaborators of every verb. With app.py the only file that names adapters."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Engine, create_engine

from incidents.evidence.vault import FolderVault
from incidents.foundation.broker import BrokerBell, open_broker
from incidents.foundation.clock import Clock
from incidents.foundation.database import begin_on, prepare
from incidents.foundation.jobs import SilentBell
from incidents.foundation.keys import KeyRing, add_root
from incidents.foundation.privacy import mask_event
from incidents.foundation.settings import Settings
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.kit import DrillKit, Kit
from notifiers.alerts import Alerts
from notifiers.provider import Provider
from notifiers.registry import configured, entries, open_provider, schemes_by_kind
from playbooks.load import load_all
from policies.load import load

if TYPE_CHECKING:
    from affected import Directory

# A connection that a restart of the database broke is noticed and replaced before it is handed out. What was to be
# written stands in no error: whatever nobody catches is logged with its text.
ENGINE_OPTIONS: dict[str, Any] = {"pool_pre_ping": True, "hide_parameters": True}


def make_kit(
    settings: Settings, engine: Engine, *, clock: Clock, directories: "Mapping[str, Directory] | None" = None
) -> Kit:
    """The collaborators of every verb, and their twin for drills, which holds rehearsal providers only.

    `directories`: company -> its directory, by default those that the settings name; empty for who only sends.
    """
    collaborators: dict[str, Any] = {
        "settings": settings,
        "begin": begin_on(engine),
        "clock": clock,
        "keys": key_ring(settings),
        "signer": read_signer(settings.key_folder),
        "vault": FolderVault(settings.home / "vault"),
        "bell": BrokerBell(open_broker(settings.broker)) if settings.broker else SilentBell(),
        "home": settings.home,
        "directories": read_directories(settings) if directories is None else directories,
        "packs": load(),
        "playbooks": load_all(),
    }
    drill = DrillKit(**collaborators, providers=rehearsals())
    return Kit(**collaborators, providers=real_providers(settings), drill=drill, pager=pager(settings))


def engine_at(settings: Settings) -> Engine:
    """An engine on the database of these settings, for a process that has no web."""
    engine = create_engine(settings.database, **ENGINE_OPTIONS)
    prepare(engine)
    return engine


def read_directories(settings: Settings) -> "Mapping[str, Directory]":
    """company -> its directory, of every `<company>.yaml` in the folder of directories."""
    from affected import company_directory  # noqa: PLC0415 - it leads to tables, and who sends has none

    known, found = schemes_by_kind(), sorted(settings.directory_folder.glob("*.yaml"))
    return {path.stem: company_directory(path, schemes=known) for path in found}


def real_providers(settings: Settings) -> Mapping[str, Provider]:
    """The providers whose settings stand in the environment. Raises BadInput where one is only half set."""
    callback = settings.public_url.rstrip("/") + "/receipts/"
    return {name: open_provider(name, os.environ, callback_url=callback + name) for name in configured(os.environ)}


def pager(settings: Settings) -> Alerts | None:
    """What alerts colleagues; None where nobody is to be. Raises BadInput for an address that is none."""
    return Alerts.read(settings.alerts.get_secret_value(), settings.alerts_out_of_band.get_secret_value())


def rehearsals() -> Mapping[str, Provider]:
    """One provider a channel that reaches nobody."""
    return {name: open_provider(name, {}) for name, entry in entries().items() if entry.about.rehearsal}


def key_ring(settings: Settings) -> KeyRing:
    """The root keys; outside production they are made where there are none."""
    folder, production = settings.key_folder, settings.mode == "production"
    if not production and not list(folder.glob("root-*.json")):
        add_root(folder, drill=True)
        add_signing_key(folder)
    return KeyRing(folder, drill_allowed=not production)


def log_to_stderr(level: str) -> None:
    """One JSON object a line, without personal data, from this level on."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
