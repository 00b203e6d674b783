"""Commands of a company's standing answers: what laws ask of it, and what was answered once for every incident."""

import click

from web.acts.act import Caller
from web.acts.company import StandingBody, answer_for_company
from web.cli.answer import Answer, door
from web.cli.door import acting, given, kit
from web.cli.groups import company
from web.pages import company as pages


@company.command("show")
@click.argument("name")
@click.option("--open", "only_open", is_flag=True, help="Only what nobody answered yet.")
@door
def show(name: str, *, only_open: bool) -> Answer:
    """What the laws ask to know whether they bind a company, and what was answered."""
    k = kit()
    k.packs.must_know(name)
    with k.begin(reading=True) as tx:
        found = [one for one in pages.asked(tx, name, k.packs) if not (only_open and one.answer)]
        data = {"answers": pages.answers(tx, name), "asked": [{"name": one.name, "ask": one.ask} for one in found]}
        lines = [
            f"{one.answer.value['is'] if one.answer else '?':<8} {one.ask}  ({one.name}; {', '.join(one.laws)})"
            for one in found
        ]
        return Answer(data, lines)


@company.command("answer")
@click.argument("name")
@click.argument("fact")
@click.argument("value")
@click.option("--because", required=True, help="How this is known.")
@door
def answer(name: str, fact: str, value: str, because: str) -> Answer:
    """Say once what is true of a company, such as that it is no bank; every open incident is assessed again."""
    k = kit()
    said = StandingBody(name=fact, value=given(value), because=because)
    with k.begin() as tx:
        done = answer_for_company(Caller(k, acting()).enter(tx), said, name)
    again = ", ".join(done["assessed_again"]) or "no open incident"
    return Answer(done, [f"{name}: {fact} is {value}. Assessed again: {again}."])
