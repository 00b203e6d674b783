"""The command of a small case: declared, assessed, recorded and, where nothing else is owed, closed."""

from typing import Any

import click
from pydantic import ValidationError

from policies.categories import DataCategory
from web.acts.act import Caller
from web.acts.small import SmallBody, settle_small_case
from web.cli.answer import Answer, door
from web.cli.door import acting, kit, moment, one_of
from web.cli.groups import incident
from web.problems import unread


@incident.command("small")
@click.option("--company", required=True, help="Whose people and policy it concerns, such as a house policy's id.")
@click.option("--title", required=True, help="What it is called; names nobody.")
@click.option("--aware", required=True, help="When the company became aware, ISO 8601 with an offset.")
@click.option("--people", type=int, required=True, help="How many people's data it is; twenty at most.")
@click.option("--residence", required=True, help="Where they live, such as DE or US-CA; 'unknown' if nobody knows.")
@click.option("--category", "categories", multiple=True, type=one_of(DataCategory), help="A kind of their data.")
@click.option("--answer", "answers", multiple=True, help="fact=yes, fact=no or fact=unknown.")
@click.option("--because", required=True, help="What was done about it, and why nobody need be told if so.")
@click.option("--decide", is_flag=True, help="Sign that nobody is notified where a fact stays open.")
@click.option("--drill", "is_drill", is_flag=True, help="Rehearse: nobody is told.")
@door
def small(aware: str, **said: Any) -> Answer:
    """Settle a small case, such as a message to the wrong two people, in one act; it skips no law."""
    k, body = kit(), _body({**said, "became_aware_at": moment(aware, "--aware")})
    with k.begin() as tx:
        done = settle_small_case(Caller(k, acting()).enter(tx), body)
    head = f"{done['reference']} is assessed, recorded and {'closed' if done['closed'] else 'still open'}."
    return Answer(done, [head, *(f"  {line}" for line in done["left"])])


def _body(said: dict[str, Any]) -> SmallBody:
    try:
        return SmallBody.model_validate(said)
    except ValidationError as error:
        raise unread(error) from None
