"""Tocsin's own worker, as the peers are run: plans a notice, then sends it with every intent and outcome recorded."""

import json
import os
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from bench.peers.measured import parser, peak
from bench.sending import Bench, bench_on
from incidents.deliveries import claim, send
from incidents.deliveries.progress import progress
from incidents.deliveries.tables import FanOut
from incidents.foundation.memory import settle_down
from incidents.foundation.settings import Settings
from notifiers import registry

PROVIDERS = {"push": "push/fcm", "sms": "sms/twilio", "email": "email/sendgrid", "smtp": "email/smtp"}


def accounts(base: str, ca: str, smtp: int, folder: Path) -> dict[str, str]:
    """What stands in the environment of who sends to the counting provider; a key file is written into `folder`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    account = {"type": "service_account", "project_id": "house", "private_key_id": "1", "private_key": pem}
    account |= {"client_email": "sender@house.example", "client_id": "1", "token_uri": f"{base}/token"}
    (folder / "account.json").write_text(json.dumps(account))
    settings = {f"{name}_{part}": value for name in ("FCM", "TWILIO", "SENDGRID") for part, value in _web(base, ca)}
    settings |= {"FCM_SERVICE_ACCOUNT": str(folder / "account.json"), "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}
    settings |= {"TWILIO_AUTH_TOKEN": "secret", "TWILIO_FROM_NUMBER": "+15005550006", "SENDGRID_API_KEY": "SG.secret"}
    settings |= {"SENDGRID_FROM_EMAIL": "notices@house.example", "SMTP_FROM_EMAIL": "notices@house.example"}
    settings |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(smtp), "SMTP_SECURITY": "none"}
    return {f"TOCSIN_{name}": value for name, value in settings.items()}


def open_provider(kind: str, accounts: Mapping[str, str], *, callback_url: str = "") -> Any:
    """The provider with its quota lifted: the counting provider has none."""
    provider: Any = registry.open_provider(PROVIDERS[kind], {**os.environ, **accounts}, callback_url=callback_url)
    provider.about = replace(provider.about, pace=replace(provider.about.pace, per_second=0.0))
    return provider


def _web(base: str, ca: str) -> list[tuple[str, str]]:
    return [("BASE_URL", base), ("CA_FILE", ca)]


def deliver(bench: Bench) -> None:
    """Send every batch by as many threads as a worker has by default."""
    threads = Settings.model_fields["worker_threads"].default
    with ThreadPoolExecutor(threads) as lanes:
        while found := claim.due(bench.kit):
            list(lanes.map(partial(send.send_batch, bench.kit), found))


def check(bench: Bench, fan_out: FanOut) -> None:
    """Raises ValueError when the record does not say that all were told."""
    with bench.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
    if stood.told != stood.people or stood.maybe_twice:
        raise ValueError(f"{stood.people} were to be told and {stood.told} are recorded as told")


def database_cpu() -> float:
    """CPU seconds of every PostgreSQL process of this machine."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, fields = place.read_text().partition(")")
        except OSError:
            continue  # it has ended meanwhile
        if name.endswith("(postgres"):
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _planned_elsewhere(bench: Bench, people: int, channel: str) -> FanOut:
    """Plan in a process of its own, as the web does: a worker's memory is measured, and it holds no plan."""
    child = os.fork()
    if child == 0:
        bench.engine.dispose(close=False)
        from bench.planning import made_readers, plan  # noqa: PLC0415 - with the tables, which a sender does not need

        plan(bench, made_readers(people), channel)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise ValueError("the plan was not written")
    with bench.kit.begin(reading=True) as tx:
        return tx.scalars(select(FanOut)).one()


def main() -> None:
    """Prints {messages, seconds, cpu_seconds, rss, database_cpu_seconds}."""
    said_by = parser(__doc__)
    said_by.add_argument("--channel", choices=PROVIDERS, default="push")
    said_by.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    said = said_by.parse_args()
    channel = "email" if said.channel == "smtp" else said.channel
    with tempfile.TemporaryDirectory() as folder:
        provider = open_provider(said.channel, accounts(said.base, said.ca, said.smtp, Path(folder)))
        with bench_on(said.database, {PROVIDERS[said.channel]: provider}) as bench:
            fan_out = _planned_elsewhere(bench, said.n, channel)
            settle_down()  # as a worker does
            wall, cpu, database = time.perf_counter(), time.process_time(), database_cpu()
            deliver(bench)
            found = {"messages": said.n, "seconds": time.perf_counter() - wall}
            found |= {"cpu_seconds": time.process_time() - cpu, "rss": peak()}
            found |= {"database_cpu_seconds": database_cpu() - database}
            check(bench, fan_out)
            print(json.dumps(found))


if __name__ == "__main__":
    main()
