"""The door for receipts in a process of its own, behind the web server that serves Tocsin, for of_receipts.py."""

import argparse
import json
import os
import sys
import tempfile
import threading
from pathlib import Path

from sqlalchemy import select

from bench.planning import made_readers, plan
from bench.sending import bench_on
from bench.tocsin_sends import PROVIDERS, accounts, database_cpu, open_provider
from incidents.deliveries.tables import Batch, Delivery
from web.serving import open_server
from web.webhooks import Webhooks

THREADS = 16
CALLBACK, SECRET = "https://house.example/receipts/sms/twilio", "secret"


def main() -> None:
    """Plans `--n` messages, prints the file of their references and the port, serves until stdin closes, then prints
    the CPU that was used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--channel", choices=PROVIDERS, required=True)
    parser.add_argument("--webhook-key", default="")
    said = parser.parse_args()
    os.environ["TOCSIN_SENDGRID_WEBHOOK_KEY"] = said.webhook_key
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        provider = open_provider(said.channel, accounts("http://127.0.0.1:1", "", 0, folder), callback_url=CALLBACK)
        with bench_on("postgresql", {PROVIDERS[said.channel]: provider}) as bench:
            plan(bench, made_readers(said.n), "email" if said.channel == "smtp" else said.channel)
            with bench.kit.begin() as tx:
                query = select(Delivery.id).join(Batch, Batch.id == Delivery.batch_id)
                (folder / "references").write_text("\n".join(tx.scalars(query)))
            door = Webhooks(lambda: bench.kit, lambda _environ, _start: [b""], {})
            server = open_server(door, crowded=door, host="127.0.0.1", port=0, threads=THREADS)
            threading.Thread(target=server.run, daemon=True).start()
            print(json.dumps({"references": str(folder / "references"), "port": server.effective_port}), flush=True)
            cpu, database = os.times(), database_cpu()
            sys.stdin.read()
            used = os.times().user + os.times().system - cpu.user - cpu.system
            print(json.dumps({"cpu_seconds": used, "database_cpu_seconds": database_cpu() - database}))


if __name__ == "__main__":
    main()
