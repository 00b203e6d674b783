"""Puts Tocsin together: settings -> kit -> doors. Nothing imports it."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import flask_migrate
from flask_openapi3 import OpenAPI

from affected.without_pandas import without_pandas
from incidents.foundation.clock import Clock, SystemClock
from incidents.foundation.database import prepare
from incidents.foundation.errors import Refused
from incidents.foundation.home import require_shared_home
from incidents.foundation.memory import settle_down
from incidents.foundation.settings import Settings, check
from incidents.kit import Kit
from kits import ENGINE_OPTIONS, key_ring, log_to_stderr, make_kit
from packs import BadInput
from sample import make
from sample.drill import carry
from sample.staff import STAFF
from web.accounts.accounts import accounts, make_account, make_token
from web.cli.answer import Answer, door
from web.cli.door import kit, progress_bar
from web.cli.every import cli
from web.database import db
from web.doors import OPENAPI, must_be_free, open_doors
from web.serving import open_server
from worker import Worker, told_to_end, unique_name

HERE = Path(__file__).parent
LASTING = {"serve", "web", "worker"}
THREADS, CONNECTIONS = 16, 1000  # one thread is enough for all receipts that wait; the others are for pages


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> OpenAPI:
    """The Flask app with its kit at `app.extensions["tocsin"]`. Raises BadInput where the settings are unsafe."""
    settings = settings or Settings()
    check(settings)
    log_to_stderr(settings.log_level)
    settings.home.mkdir(parents=True, exist_ok=True)
    app = OpenAPI("tocsin", **OPENAPI)
    app.config.update(SQLALCHEMY_DATABASE_URI=settings.database, SECRET_KEY=_secret(settings))
    app.config.update(SQLALCHEMY_ENGINE_OPTIONS=ENGINE_OPTIONS)
    db.init_app(app)
    flask_migrate.Migrate(app, db, directory=str(HERE / "migrations"))
    with app.app_context():
        prepare(db.engine)
        app.extensions["tocsin"] = make_kit(settings, db.engine, clock=clock or SystemClock())
    open_doors(app, settings)
    return app


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
        check(settings)
        as_json = ["--json"] if click.get_current_context().params["as_json"] else []
        os.execv(sys.executable, [sys.executable, str(HERE / "machine.py"), *as_json])  # noqa: S606 - which holds less
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


def _secret(settings: Settings) -> str:
    # Outside production a secret is made once and kept beside the drill keys, so that sessions outlive a restart.
    given = settings.secret_key.get_secret_value()
    if given:
        return given
    key_ring(settings)
    file = settings.key_folder / "session-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


if __name__ == "__main__":
    if not LASTING & set(sys.argv[1:2]):  # whoever waits for a command's answer wants that and no log
        os.environ.setdefault("TOCSIN_LOG_LEVEL", "warning")
    without_pandas()
    cli.create_app = create_app  # FlaskGroup reads it when a command first asks for the app
    sys.exit(cli())
