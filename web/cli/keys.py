"""Commands of keys: make the root and signing keys, rotate, shred."""

from pathlib import Path

import click

from incidents.foundation.errors import BadInput
from incidents.foundation.keys import KeyRing, add_root
from incidents.foundation.settings import Settings
from incidents.foundation.signing import add_signing_key, fingerprint, read_public
from incidents.record.actor import ActorRole
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import keys


@keys.command("init")
@click.option("--folder", help="Where to write them; the setting TOCSIN_KEYS unless said.")
@door
def init(folder: str | None) -> Answer:
    """Make the root key and the signing key."""
    place = Path(folder) if folder else Settings().key_folder
    if list(place.glob("root-*.json")):
        raise BadInput(f"{place}: there are keys here already; `keys rotate` adds a root key.")
    root = add_root(place)
    public = add_signing_key(place)
    mark = fingerprint(read_public(public))
    return Answer(
        {"root": str(root), "public": str(public), "fingerprint": mark},
        [f"Root key: {root}", f"Public signing key, to be handed around: {public}", f"Its fingerprint: {mark}"],
    )


@keys.command("rotate")
@door
def rotate() -> Answer:
    """Add a root key and wrap every live key with it; keep the old root until backups made under it are gone."""
    k, by = kit(), acting()
    by.must_be(ActorRole.ADMINISTRATOR)
    root = add_root(k.settings.key_folder)
    with k.begin() as tx:
        count = KeyRing(k.settings.key_folder).rewrap(tx)
    return Answer({"root": str(root), "wrapped": count}, [f"{root.name} now wraps {count} keys."])


@keys.command("shred")
@click.argument("key_id")
@click.confirmation_option(prompt="What this key locks can never be read again. Shred it?")
@door
def shred(key_id: str) -> Answer:
    """Delete one key, and with it whatever it locks."""
    k, by = kit(), acting()
    by.must_be(ActorRole.ADMINISTRATOR, ActorRole.COMPLIANCE)
    with k.begin() as tx:
        k.keys.shred(tx, key_id, clock=k.clock)
    return Answer({"shredded": key_id}, [f"{key_id} is shredded."])
