"""Puts Tocsin together: settings -> kit -> doors. The only file that names concrete adapters; nothing imports it."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import flask_migrate
import structlog
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine

from affected import Directory, company_directory
from incidents.evidence.vault import FolderVault
from incidents.foundation.broker import BrokerBell, open_broker
from incidents.foundation.clock import Clock, SystemClock
from incidents.foundation.database import begin_on, db, prepare_sqlite
from incidents.foundation.errors import Refused
from incidents.foundation.home import require_shared_home
from incidents.foundation.jobs import SilentBell
from incidents.foundation.keys import KeyRing, add_root
from incidents.foundation.memory import settle_down
from incidents.foundation.privacy import mask_event
from incidents.foundation.settings import Settings, check
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.kit import DrillKit, Kit
from notifiers.alerts import Alerts
from notifiers.provider import Provider
from notifiers.registry import configured, entries, open_provider, schemes_by_kind
from packs import BadInput
from playbooks.load import load_all
from policies.load import load
from sample import make
from sample.drill import carry
from sample.staff import STAFF
from web.accounts.accounts import accounts, make_account, make_token
from web.cli import cli
from web.cli.door import Answer, door, kit, progress_bar
from web.doors import OPENAPI, must_be_free, open_doors
from web.serving import open_server
from worker import Machine, Worker, told_to_end, unique_name

HERE = Path(__file__).parent
LASTING = {"serve", "web", "worker"}
THREADS, CONNECTIONS = 16, 1000  # one thread is enough for all receipts that wait; the others are for pages


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> OpenAPI:
    """The Flask app with its kit at `app.extensions["tocsin"]`. Raises BadInput where the settings are unsafe."""
    settings = settings or Settings()
    check(settings)
    _log_to_stderr(settings.log_level)
    settings.home.mkdir(parents=True, exist_ok=True)
    app = OpenAPI("tocsin", **OPENAPI)
    app.config.update(SQLALCHEMY_DATABASE_URI=settings.database, SECRET_KEY=_secret(settings))
    # A connection that a restart of the database broke is noticed and replaced before it is handed out. What was to be
    # written stands in no error: whatever nobody catches is logged with its text.
    app.config.update(SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "hide_parameters": True})
    db.init_app(app)
    flask_migrate.Migrate(app, db, directory=str(HERE / "migrations"))
    with app.app_context():
        prepare_sqlite(db.engine)
        app.extensions["tocsin"] = make_kit(settings, db.engine, clock=clock or SystemClock())
    open_doors(app, settings)
    return app


def make_kit(settings: Settings, engine: Engine, *, clock: Clock) -> Kit:
    """The collaborators of every verb, and their twin for drills, which holds rehearsal providers only."""
    collaborators: dict[str, Any] = {
        "settings": settings,
        "begin": begin_on(engine),
        "clock": clock,
        "keys": _keys(settings),
        "signer": read_signer(settings.key_folder),
        "vault": FolderVault(settings.home / "vault"),
        "bell": BrokerBell(open_broker(settings.broker)) if settings.broker else SilentBell(),
        "home": settings.home,
        "directories": directories(settings),
        "packs": load(),
        "playbooks": load_all(),
    }
    drill = DrillKit(**collaborators, providers=rehearsals())
    return Kit(**collaborators, providers=real_providers(settings), drill=drill, pager=pager(settings))


def directories(settings: Settings) -> Mapping[str, Directory]:
    """company -> its directory, of every `<company>.yaml` in the folder of directories."""
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


@cli.command("upgrade", with_appcontext=False)
@door
def upgrade() -> Answer:
    """Bring the database to the newest revision."""
    kit()
    flask_migrate.upgrade()
    return Answer({"upgraded": True}, ["The database is at the newest revision."])


@cli.command("worker", with_appcontext=False)
@click.option("--until-idle", is_flag=True, help="Do what is due and end.")
@door
def work(until_idle: bool) -> Answer:
    """Run the worker: it sends, sweeps and escalates until it is told to end."""
    settings = Settings()
    if settings.broker and not until_idle:
        return _work_among_many(settings)
    made = Worker(kit(), threads=settings.worker_threads, name=unique_name())
    if until_idle:
        made.run_until_idle()
        return Answer({"idle": True}, ["Nothing is due."])
    settle_down()
    until_told = told_to_end(signal.SIGTERM, signal.SIGINT)
    made.start()
    until_told()
    made.stop()
    return Answer({"ended": True}, ["The worker ended."])


def _work_among_many(settings: Settings) -> Answer:
    check(settings)
    _log_to_stderr(settings.log_level)
    load(), entries()  # packs and the providers' SDKs are loaded once, before the processes part, and shared by them
    kit_of_one: Callable[[], Kit] = lambda: create_app(settings).extensions["tocsin"]  # noqa: E731
    if Machine(open_broker(settings.broker), kit_of_one, processes=settings.worker_threads).run():
        raise Refused("worker_died", "A pool of the worker ended by itself; its log says why.")
    return Answer({"ended": True}, ["The worker ended."])


@cli.command("web", with_appcontext=False)
@click.option("--port", default=8000, show_default=True, help="The port that is listened on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address that is listened on.")
@door
def serve_web(port: int, host: str) -> Answer:
    """Serve the doors: console, API, webhooks and public pages."""
    must_be_free(host, port)
    served, settings = create_app(), Settings()
    if settings.broker:
        with kit().begin() as tx:
            require_shared_home(tx, settings.home, clock=kit().clock)
    settle_down()
    size = {"threads": THREADS, "connection_limit": CONNECTIONS}
    crowded = served.extensions["tocsin.webhooks"]
    open_server(served, crowded=crowded, host=host, port=port, **size, **_trusting(settings)).run()
    return Answer({"ended": True}, ["The web ended."])


@cli.command("sample", with_appcontext=False)
@click.option(
    "--people", default=150_000, show_default=True, help="How many people are invented, of all five companies."
)
@door
def make_sample(people: int) -> Answer:
    """Make the sample: invented people of five companies, and log-ins with random passwords, printed this once."""
    settings = Settings()
    if settings.mode == "production":
        raise BadInput("TOCSIN_MODE: the sample is not for production.")
    with progress_bar("inventing people") as progress:
        manifest = make(settings.home / "sample", people=people, progress=progress)
    for directory in manifest.directories:
        beside = directory.path.with_suffix(".yaml")
        beside.write_bytes(directory.mapping.read_bytes())
    kit()
    flask_migrate.upgrade()
    logins = _log_ins(kit())
    lines = [f"{manifest.people:,} invented people in {settings.directory_folder}"]
    lines += [f"  {one['email']:<34} {one['password']}   token {one['token']}" for one in logins]
    return Answer({"people": manifest.people, "log_ins": logins}, lines)


@cli.command("drill", with_appcontext=False)
@click.option("--url", default="http://127.0.0.1:8000", help="Where the console will be, for the links.")
@door
def drill(url: str) -> Answer:
    """Carry the sample incident through a drill, from the first word to the verified proof; nobody is told."""
    k, said = kit(), []

    def say(line: str) -> None:
        said.append(line)
        click.echo(line, err=True)

    with k.begin(reading=True) as tx:
        crew = {role: one.as_actor() for one in reversed(accounts(tx)) for role in one.as_actor().roles}
    with progress_bar("the drill") as progress:
        done = carry(k, say=say, crew=crew or None, url=url, progress=progress)
    return Answer({"reference": done.reference, "bundle": str(done.bundle), "said": said}, [])


@cli.command("serve", with_appcontext=False)
@click.option("--sample", is_flag=True, help="First make the sample and carry its incident through a drill.")
@click.option("--people", default=150_000, show_default=True, help="With --sample: how many people are invented.")
@click.option("--port", default=8000, show_default=True, help="The port that is listened on.")
def serve(*, sample: bool, people: int, port: int) -> None:
    """Serve on this machine: one process for the web, one for the worker, until interrupted."""
    try:  # before the sample, which takes minutes
        must_be_free("127.0.0.1", port)
    except Refused as error:
        raise click.ClickException(error.sentence) from None
    own = [sys.executable, str(HERE / "app.py")]
    steps = (
        [["sample", "--people", str(people)], ["drill", "--url", f"http://127.0.0.1:{port}"]]
        if sample
        else [["upgrade"]]
    )
    for step in steps:
        subprocess.run([*own, *step], check=True)  # noqa: S603 - our own commands
    until_told = told_to_end(signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    children = [subprocess.Popen([*own, *child]) for child in (["web", "--port", str(port)], ["worker"])]  # noqa: S603
    click.echo(f"\nThe console is at http://127.0.0.1:{port}/console/ - Ctrl-C ends it.")
    until_told()
    for child in children:
        child.terminate()
    sys.exit(max(child.wait() for child in children) and 1)


def _trusting(settings: Settings) -> dict[str, Any]:
    if not settings.trusted_proxy:
        return {}
    # Else every person behind it would count as one client.
    headers = "x-forwarded-for x-forwarded-proto"
    return {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_headers": headers}


def _log_ins(k: Kit) -> list[dict[str, str]]:
    made = []
    with k.begin() as tx:
        if accounts(tx):
            return []
        for colleague in STAFF:
            password = secrets.token_urlsafe(12)
            account = make_account(tx, colleague.name, colleague.email, colleague.roles, password, clock=k.clock)
            token = make_token(tx, account, "sample", clock=k.clock)
            made.append({"email": colleague.email, "password": password, "token": token.text})
    return made


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
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def _log_to_stderr(level: str) -> None:
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


if __name__ == "__main__":
    if not LASTING & set(sys.argv[1:2]):  # whoever waits for a command's answer wants that and no log
        os.environ.setdefault("TOCSIN_LOG_LEVEL", "warning")
    cli.create_app = create_app  # FlaskGroup reads it when a command first asks for the app
    sys.exit(cli())
