"""The door of /metrics: who may read it, and the figures in the words of Prometheus."""

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from incidents.deliveries.gauges import gauges
from web.kit import kit

metrics = Blueprint("metrics", __name__)

_HERE = {"127.0.0.1", "::1"}
SAID = {
    "deliveries": "Messages by state: waiting, taken (by the provider, and not failed since), failed, cancelled; "
    "complained are among the taken.",
    "batches": "Batches by what keeps them: waiting, resting, held, abandoned, later_wave, stopped, done.",
    "oldest_waiting_seconds": "For how long the oldest batch that could be sent now has waited.",
    "pace_wait_seconds": "For how long the pace, or a Retry-After, holds the provider's next message back.",
    "provider_demoted": "Whether the provider is demoted because it was slow or failed.",
    "lease_holders": "Workers that hold a batch now.",
    "sweeper_held": "Whether some worker holds the sweeper's lease: if none does, nothing that is due is found.",
    "fan_outs": "Fan-outs by phase.",
    "in_doubt": "People of running or aborted fan-outs of whom it is not known whether they were told.",
    "outcomes": "Outcomes as providers told them, at sending or later (receipts); a minute or two old.",
    "obligations_overdue": "Obligations past their limit, or past their target where they have none.",
}
_COUNTED = {"outcomes"}


@metrics.get("/metrics")
def show() -> Response:
    if not _may_read():
        said = "Send the token of TOCSIN_METRICS_TOKEN as `Authorization: Bearer <token>`.\n"
        return Response(said, 403, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return Response(generate_latest() + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read() -> bool:
    """Whoever holds the token; without one only this machine, and in production nobody. The figures tell that
    people are being told of something."""
    settings = kit().settings
    token = settings.metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    return settings.mode != "production" and request.remote_addr in _HERE


class _Collector:
    """Reads everything from the database when it is asked, for the workers are other processes."""

    def collect(self) -> Iterator[Metric]:
        with kit().begin(reading=True) as tx:
            found = list(gauges(tx, clock=kit().clock))
        for name, said in SAID.items():
            mine = [one for one in found if one.name == name]
            labels = sorted(mine[0].labels) if mine else []
            family = CounterMetricFamily if name in _COUNTED else GaugeMetricFamily
            made = family(f"tocsin_{name}", said, labels=labels)
            for one in mine:
                made.add_metric([one.labels[label] for label in labels], float(one.value))
            yield made
