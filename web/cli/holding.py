"""Commands of holding texts: a first word that two people approve in quiet times, and one lets out at night."""

import click

from incidents.foundation.errors import BadInput, NotFound
from incidents.notices import holding
from incidents.notices.library import load_wording
from incidents.notices.tables import HoldingText
from incidents.notices.texts import Sources
from incidents.record.incident import find
from web.cli.answer import Answer, door
from web.cli.door import acting, kit, moment
from web.cli.groups import notice


@notice.group("holding")
def holding_texts() -> None:
    """Holding texts: propose, approve, use."""


@holding_texts.command("propose")
@click.argument("company")
@click.option("--language", required=True, help="The language of the text.")
@door
def propose(company: str, language: str) -> Answer:
    """Put a company's holding text up for approval, as it stands today."""
    k, by = kit(), acting()
    with k.begin() as tx:
        row = holding.propose_holding(tx, company, language, by=by, clock=k.clock, sources=_sources())
        return Answer({"holding": row.id}, [f"{row.id} waits for a second person."])


@holding_texts.command("approve")
@click.argument("holding_id")
@click.option("--until", required=True, help="Until when it may be used, ISO 8601 with an offset.")
@door
def approve(holding_id: str, until: str) -> Answer:
    """Approve a holding text that another person proposed."""
    k, by = kit(), acting()
    ends = moment(until, "--until")
    if ends is None:
        raise BadInput("--until: say until when it may be used.")
    with k.begin() as tx:
        row = tx.get(HoldingText, holding_id)
        if row is None:
            raise NotFound("holding text", holding_id)
        holding.approve_holding(tx, row, valid_until=ends, by=by, clock=k.clock, sources=_sources())
        return Answer({"holding": row.id}, [f"{row.id} may be used until {ends:%Y-%m-%d}."])


@holding_texts.command("use")
@click.argument("wanted", metavar="INCIDENT")
@door
def use(wanted: str) -> Answer:
    """Let the holding text of an incident's company out, in the languages that were approved beforehand."""
    k, by = kit(), acting()
    with k.begin() as tx:
        made = holding.use_holding(tx, find(tx, wanted), by=by, clock=k.clock, sources=_sources())
        return Answer({"notice": made.id, "reference": made.reference}, [f"{made.reference} is ready to be sent."])


def _sources() -> Sources:
    return Sources(kit().packs, load_wording())
