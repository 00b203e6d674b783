"""Commands of severity: list the scales, assess an incident by one, hold another band to be right."""

from typing import Any

import click

from incidents.obligations import severity as verbs
from incidents.record.incident import find
from policies.scales import scales
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import incident, policies
from web.pages import severity as pages


@policies.command("scales")
@door
def list_scales() -> Answer:
    """The scales of severity, with what each asks and its bands."""
    lines = []
    for one in scales().values():
        lines += [f"{one.id}: {one.title} [{one.cite}]"]
        lines += [
            f"  {ask.id}: {ask.ask} {', '.join(ask.options)}{f' (else {ask.default})' if ask.default else ''}"
            for ask in one.asks
        ]
        lines += [f"  bands: {', '.join(one.bands)}", ""]
    return Answer([pages.scale(one) for one in scales().values()], lines)


@incident.command("severity")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--scale", help="One of `policies scales`.")
@click.option("--set", "said", multiple=True, help="asked=option, for each thing that the scale asks.")
@click.option("--override", "band", help="Hold this band to be right instead.")
@click.option("--because", default="", help="Why these options, or this band.")
@door
def severity(wanted: str, scale: str | None, said: tuple[str, ...], band: str | None, because: str) -> Answer:
    """Assess how severe the breach is, or override the band; with neither, show what stands. It decides nothing."""
    k, by = kit(), acting()
    hands: dict[str, Any] = {"because": because, "by": by, "clock": k.clock}
    with k.begin() as tx:
        one = find(tx, wanted)
        if scale and said:
            verbs.assess_severity(tx, one, scale, verbs.read_said(said), **hands)
        if scale and band:
            verbs.override(tx, verbs.severity(tx, one.id, scale), band, **hands)
        rows = verbs.severities(tx, one.id)
        return Answer([pages.severity(row) for row in rows], [line for row in rows for line in pages.lines(row)])
