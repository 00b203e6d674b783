"""Commands of accounts: make one, list them, change a password, make a token."""

import click

from incidents.foundation.errors import Refused
from incidents.record.actor import ActorRole
from web.accounts import accounts as verbs
from web.cli.answer import Answer, door
from web.cli.door import acting, kit, one_of
from web.cli.groups import account


@account.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The name by which the house knows the person.")
@click.option(
    "--role",
    "roles",
    type=one_of(ActorRole),
    multiple=True,
    required=True,
    help="What the person may do; may be said several times.",
)
@click.password_option(help="Asked for where it is not given, which keeps it out of the history.")
@door
def add(email: str, name: str, roles: tuple[str, ...], password: str) -> Answer:
    """Make an account. The first one needs no token and must be an administrator's."""
    k = kit()
    with k.begin(reading=True) as tx:
        first = not verbs.accounts(tx)
    if not first:
        acting().must_be(ActorRole.ADMINISTRATOR)
    elif ActorRole.ADMINISTRATOR not in roles:
        raise Refused("first_is_administrator", "The first account must hold the role administrator.")
    with k.begin() as tx:
        made = verbs.make_account(tx, name, email, [ActorRole(role) for role in roles], password, clock=k.clock)
        return Answer({"id": made.id, "roles": list(roles)}, [f"{made.id} is made: {', '.join(roles)}."])


@account.command("list")
@door
def list_accounts() -> Answer:
    """Everybody with an account."""
    acting().must_be(ActorRole.ADMINISTRATOR, ActorRole.AUDITOR)
    with kit().begin(reading=True) as tx:
        rows = [{"id": one.id, "name": one.name, "roles": one.role_words} for one in verbs.accounts(tx)]
    return Answer(rows, [f"{row['id']}  {row['name']:<24} {', '.join(row['roles'])}" for row in rows])


@account.command("token")
@click.argument("email")
@click.option("--title", default="command line", help="What the token is for, so that it is known again.")
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    help="Asked for where it is not given, which keeps it out of the history.",
)
@door
def token(email: str, title: str, password: str) -> Answer:
    """Make a token for the command line and the API; it is shown this once."""
    k = kit()
    with k.begin() as tx:
        found = verbs.by_password(tx, email, password)
        made = verbs.make_token(tx, found, title, clock=k.clock)
    return Answer({"token": made.text}, [made.text])
