"""What a source of people can do, and how one is opened by its address."""

import importlib
import os
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qs, urlsplit

import pyarrow as pa

import affected.directories
from packs import BadInput

_VARIABLE = re.compile(r"\$[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class Size:
    """What reading a source all through costs: rows and bytes, None where it cannot say without reading."""

    rows: int | None
    bytes: int | None


class Source(Protocol):
    """Where the rows of a directory lie. One that engines cannot scan where it lies hands out its rows in batches."""

    @property
    def name(self) -> str:
        """What to call it in a sentence: a path or an address, without any password."""
        ...

    def columns(self) -> list[str]:
        """The columns there are. Raises BadInput when the source cannot be read."""
        ...

    def size(self) -> Size:
        """How much there is to read."""
        ...


class RowSource(Source, Protocol):
    """A source whose rows pass through this process; they are sifted, and only those who may be meant are kept."""

    def batches(self, columns: list[str], *, only: tuple[str, pa.Array] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows in these columns, as text but for dates. `only` is a hint: (column, the texts that are looked for),
        which a source may use to read less. Raises BadInput when reading breaks off."""
        ...


@lru_cache(maxsize=1)
def schemes() -> dict[str, ModuleType]:
    """The kinds of address by their scheme: of every module of this folder that names SCHEMES."""
    names = [found.name for found in pkgutil.iter_modules(affected.directories.__path__)]
    modules = [importlib.import_module(f"affected.directories.{name}") for name in names]
    return {scheme: module for module in modules for scheme in getattr(module, "SCHEMES", ())}


def open_source(address: str) -> Any:
    """The source at `address`: a path, or a URL such as `postgresql://reader@db/crm?table=people`. Raises BadInput."""
    scheme = address.split(":", 1)[0] if ":" in address else ""
    module = schemes().get(scheme)
    if module is None:
        known = ", ".join(sorted(name for name in schemes() if name))
        if "://" in address:
            raise BadInput(f"source: there is no kind of directory '{scheme}'; there are files and {known}.")
        module = schemes()[""]
    return module.open_source(address)


@dataclass(frozen=True)
class Address:
    """A URL taken apart. `password` is the value of the variable of the environment that the URL names."""

    parts: SplitResult
    password: str | None

    @property
    def plain(self) -> str:
        """The address without any password and without its options."""
        at = f"{self.parts.username}@" if self.parts.username else ""
        host = (self.parts.hostname or "") + (f":{self.parts.port}" if self.parts.port else "")
        return f"{self.parts.scheme}://{at}{host}{self.parts.path}"

    def options(self) -> dict[str, str]:
        """The options of the query part; the first value of each."""
        return {name: values[0] for name, values in parse_qs(self.parts.query).items()}


def read_address(text: str) -> Address:
    """Take a URL apart. Raises BadInput for a password that stands in it: a mapping is no place for a secret."""
    try:
        parts = urlsplit(text)
        said = parts.password
        _ = parts.port
    except ValueError:
        raise BadInput("source: this address cannot be read.") from None
    if said is None:
        return Address(parts, None)
    if not _VARIABLE.fullmatch(said):
        raise BadInput("source: a password stands in this address; name the variable that holds it, as $CRM_PASSWORD.")
    if said[1:] not in os.environ:
        raise BadInput(f"source: the variable {said[1:]} is not set, which should hold the password.")
    return Address(parts, os.environ[said[1:]])
