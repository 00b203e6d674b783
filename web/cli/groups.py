"""The nouns of the command line; the other files of this folder hang their verbs on them."""

import json
import sys
from typing import Any

import click
from flask.cli import FlaskGroup


class Verbs(click.Group):
    """Lists its commands with their whole first sentence; click would break it off after half a line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self.commands[name].get_short_help_str(limit=1000)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Nouns(Verbs, FlaskGroup):
    """Our own commands and no others: those of Flask extensions know neither --json nor our exit statuses."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return click.Group.get_command(self, ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return click.Group.list_commands(self, ctx)

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]  # by name only
        """As click does it; but where --json was asked for, a wrong word is told in JSON too."""
        words = [str(word) for word in (sys.argv[1:] if args is None else args)]
        extra["prog_name"] = "./tocsin"  # as a person types it; app.py is only where it lies
        if not standalone_mode or "--json" not in words:
            return super().main(words, standalone_mode=standalone_mode, **extra)
        try:
            sys.exit(super().main(words, standalone_mode=False, **extra) or 0)
        except click.Abort:
            click.echo(json.dumps({"problem": {"code": "aborted", "detail": "Nothing was done."}}, indent=2))
            sys.exit(1)
        except click.ClickException as error:
            problem = {"code": "bad_input", "detail": error.format_message()}
            click.echo(json.dumps({"problem": problem}, ensure_ascii=False, indent=2))
            sys.exit(2)


@click.group(
    cls=Nouns, add_default_commands=False, add_version_option=False, context_settings={"max_content_width": 120}
)
def cli() -> None:
    """Tocsin: from the first word about an incident to the filed report.

    Verbs that act for a person read that person's token from TOCSIN_TOKEN. Every command takes --json and then prints
    one JSON document on stdout. Exit status: 0 done, 1 refused with the reason, 2 bad input.
    """


cli.params = [one for one in cli.params if one.name == "env_file"]  # Flask's others would choose another app


def _noun(name: str, sentence: str) -> click.Group:
    group = Verbs(name, help=sentence)
    cli.add_command(group)
    return group


incident = _noun("incident", "The incident: declare, anchor, scope, assess, close, bundle.")
evidence = _noun("evidence", "Evidence: collect it into the vault, list it, withdraw it.")
company = _noun("company", "A company: what it is and does, said once, so that no incident has to ask it.")
affected = _noun("affected", "Who is affected, by itself: a directory and evidence without an incident.")
policies = _noun("policies", "Laws and promises, by themselves: evaluate, explain, list, lint.")
playbooks = _noun("playbooks", "Playbooks, by themselves: list, validate, import, export.")
step = _noun("step", "Steps of an incident's playbook: done, skip, reopen.")
notice = _noun("notice", "Notices: draft, fill, check, approve, send, correct.")
delivery = _noun("delivery", "The fan-out: progress, pause, resume, abort.")
alerts = _noun("alerts", "Alerts to colleagues by chat, pager and mail: try them out, list them.")
channels = _noun("channels", "Channels: who can be told how before any incident, and what is missing.")
calls = _noun("calls", "The call list: who is to be called, the next call, what came of it.")
provider = _noun("provider", "Providers: which there are, what they lack, where they process data.")
filing = _noun("filing", "Reports to authorities: prepare, fill, approve, render, submit.")
bundle = _noun("bundle", "The proof bundle: verify it with nothing but its public key.")
report = _noun("report", "Inbound reports: what people outside told the company.")
account = _noun("account", "People of the house: accounts, roles, tokens.")
keys = _noun("keys", "Keys: make, rotate, shred.")
