"""Finds channels (folders) and providers (files) by walking; a missing or doubled one is one precise sentence."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from notifiers import rehearsal
from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.provider import About, Provider, Setup, as_set_up, complete
from packs import BadInput

_HERE = Path(__file__).parent
REHEARSAL = rehearsal.NAME
ELSEWHERE = "elsewhere"  # the scheme of an address that is of a service unknown to the house; no provider has it


@dataclass(frozen=True)
class Entry:
    """One provider as found: `id` is `<channel>/<file name>`."""

    id: str
    channel: str
    about: About
    module: ModuleType

    @property
    def prefix(self) -> str:
        """What the names of its settings in the environment begin with."""
        return f"TOCSIN_{self.about.id.upper()}_"


@cache
def channels() -> Mapping[str, Channel]:
    """Every channel by the name of its folder. Raises BadInput for a folder that declares none."""
    found = {}
    for name in sorted(_folders()):
        declared = getattr(importlib.import_module(f"notifiers.{name}"), "CHANNEL", None)
        if not isinstance(declared, Channel):
            raise BadInput(f"notifiers/{name}/__init__.py: CHANNEL is missing or is no Channel.")
        found[name] = declared
    return found


@cache
def entries() -> Mapping[str, Entry]:
    """Every provider by id, among them the rehearsal of each channel that a machine sends on."""
    return by_id(entry for channel in channels() for entry in _of_channel(channel))


def by_id(found: Iterable[Entry]) -> dict[str, Entry]:
    """`found` by id. Raises BadInput when two carry the same id."""
    entries: dict[str, Entry] = {}
    for entry in found:
        if entry.id in entries:
            raise BadInput(f"notifiers/{entry.channel}: two files declare the provider '{entry.id}'.")
        entries[entry.id] = entry
    return entries


def of_channel(channel: str) -> tuple[Entry, ...]:
    """The providers of one channel, real ones first. Raises BadInput for a channel that does not exist."""
    if channel not in channels():
        raise BadInput(f"There is no channel '{channel}'; there are {', '.join(channels())}.")
    found = [entry for entry in entries().values() if entry.channel == channel]
    return tuple(sorted(found, key=lambda entry: entry.about.rehearsal))


def entry_of(provider_id: str) -> Entry:
    """The provider `<channel>/<name>`. Raises BadInput for one that does not exist."""
    try:
        return entries()[provider_id]
    except KeyError:
        raise BadInput(f"There is no provider '{provider_id}'; there are {', '.join(sorted(entries()))}.") from None


@cache
def schemes(kind: AddressKind) -> frozenset[str]:
    """The words that may stand before an address of this kind and say whose it is: one device's token is of use to one
    push service only, one messenger's id to that messenger. Where there are any, "elsewhere" is one of them."""
    named = {entry.about.scheme for entry in entries().values() if channels()[entry.channel].address is kind} - {""}
    return frozenset(named | {ELSEWHERE} if named else ())


@cache
def calling_codes(kind: AddressKind) -> tuple[str, ...]:
    """What addresses of this kind begin with to which alone some provider writes: its country's calling code."""
    found = {entry.about.numbers for entry in entries().values() if channels()[entry.channel].address is kind}
    return tuple(sorted(found - {""}))


def schemes_by_kind() -> dict[str, frozenset[str]]:
    """Kind of address -> what `schemes` says of it."""
    return {kind.value: schemes(kind) for kind in AddressKind}


def vendors() -> dict[str, dict[str, str]]:
    """Of each kind of address that has schemes: the words by which its services are called -> the scheme."""
    found: dict[str, dict[str, str]] = {kind: {} for kind, known in schemes_by_kind().items() if known}
    for entry in entries().values():
        kind = channels()[entry.channel].address.value
        if kind in found and not entry.about.rehearsal:
            words = {entry.about.id, entry.about.scheme, entry.about.label.lower()} - {""}
            found[kind] |= dict.fromkeys(words, entry.about.scheme)
    return found


def scheme_of(kind: AddressKind, address: str) -> str:
    """The scheme that stands before `address`; empty where none does that a provider knows."""
    word, colon, _ = address.partition(":")
    return word if colon and word in schemes(kind) else ""


def bare(kind: AddressKind, address: str) -> str:
    """`address` as its provider writes it, without the scheme."""
    scheme = scheme_of(kind, address)
    return address[len(scheme) + 1 :] if scheme else address


def open_provider(provider_id: str, environment: Mapping[str, str], *, callback_url: str = "") -> Provider:
    """The provider, ready to send. Raises BadInput naming the settings that are missing."""
    entry = entry_of(provider_id)
    given = {f.name: environment.get(entry.prefix + f.name.upper(), "") for f in entry.about.fields}
    values = complete(entry.about, given, prefix=entry.prefix)
    secrets = tuple(values[f.name] for f in entry.about.fields if f.secret and values[f.name])
    setup = Setup(values, callback_url, prefix=entry.prefix, secrets=secrets)
    if entry.about.rehearsal:
        return rehearsal.Rehearsal(entry.about, setup)
    opened: Provider = entry.module.open_provider(setup)
    opened.about = as_set_up(opened.about, setup)
    return opened


def configured(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the real providers in use: those that need no setting, and those of which at least one is present."""
    real = [entry for entry in entries().values() if not entry.about.rehearsal]
    return tuple(entry.id for entry in real if not entry.about.fields or _has_any(entry, environment))


def _has_any(entry: Entry, environment: Mapping[str, str]) -> bool:
    return any(environment.get(entry.prefix + f.name.upper()) for f in entry.about.fields)


def _folders() -> list[str]:
    return [found.name for found in pkgutil.iter_modules([str(_HERE)]) if found.ispkg]


def _of_channel(channel: str) -> list[Entry]:
    found = []
    for file in pkgutil.iter_modules([str(_HERE / channel)]):
        module = importlib.import_module(f"notifiers.{channel}.{file.name}")
        about = getattr(module, "ABOUT", None)
        if about is None:
            continue
        _check(channel, file.name, module, about)
        found.append(Entry(f"{channel}/{file.name}", channel, about, module))
    if any(entry.about.id == REHEARSAL for entry in found):
        raise BadInput(f"notifiers/{channel}/{REHEARSAL}.py: this name is kept for the rehearsal provider.")
    if channels()[channel].by_people:  # a drill must set nobody to telephoning
        return found
    about = rehearsal.about(channels()[channel])
    return [*found, Entry(f"{channel}/{REHEARSAL}", channel, about, rehearsal)]


def _check(channel: str, name: str, module: ModuleType, about: object) -> None:
    place = f"notifiers/{channel}/{name}.py"
    if not isinstance(about, About):
        raise BadInput(f"{place}: ABOUT is no About.")
    if about.id != name:
        raise BadInput(f"{place}: ABOUT.id is '{about.id}' and must be the name of the file.")
    if about.scheme == ELSEWHERE:
        raise BadInput(f"{place}: ABOUT.scheme: '{ELSEWHERE}' is the scheme of addresses that no provider takes.")
    if not callable(getattr(module, "open_provider", None)):
        raise BadInput(f"{place}: open_provider(setup) is missing.")
