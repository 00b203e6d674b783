"""A directory in an LDAP server: the entries under a base, their attributes as columns (RFC 4511, RFC 4516)."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from affected.directories.source import Address, Size, read_address
from packs import BadInput

SCHEMES = ("ldap", "ldaps")
_PAGE = 500  # entries a page (RFC 2696); servers commonly allow 500 or 1,000
_IDS = 100  # in one filter
_HERE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class LdapSource:
    """The entries that one search finds. Of an attribute with several values the first is read; `mail;2` names the
    second as a column of its own."""

    name: str
    base: str
    filter: str
    address: Address = field(repr=False)

    def columns(self) -> list[str]:
        """The attributes of the first page's entries, then all others that the server's schema knows (RFC 4512, 4.4);
        of one that may have several values, the second and the third too."""
        entries = self._pages(["*"], self.filter, most=_PAGE)
        seen = list(dict.fromkeys(name for entry in entries for name in entry))
        if not seen:
            raise BadInput(f"{self.name}: the search {self.filter} finds no entry under {self.base}.")
        with self._connected() as connection:
            kinds = [kind for kind in connection.server.schema.attribute_types.values() if kind.name]
        single = {name for kind in kinds for name in kind.name if kind.single_value}
        known = [*seen, *(name for kind in kinds for name in kind.name if name not in seen)]
        return [column for name in known for column in ([name] if name in single else _numbered(name))]

    def size(self) -> Size:
        return Size(None, None)

    def batches(self, columns: list[str], *, only: tuple[str, pa.Array] | None = None) -> Iterator[pa.RecordBatch]:
        """The entries page by page; a server has no view of one moment, so one that is written meanwhile may be seen
        in either state."""
        wanted = [column.partition(";") for column in columns]
        rows: list[list[str | None]] = []
        for asked in self._filters(only):
            for entry in self._pages(sorted({name for name, _, _ in wanted}), asked):
                rows.append([_value(entry, name, int(number or 1)) for name, _, number in wanted])
                if len(rows) == 20_000:
                    yield _batch(columns, rows)
                    rows = []
        if rows:
            yield _batch(columns, rows)

    def _filters(self, only: tuple[str, pa.Array] | None) -> Iterator[str]:
        if only is None:
            yield self.filter
            return
        from ldap3.utils.conv import escape_filter_chars  # noqa: PLC0415

        ids = only[1].to_pylist()
        for start in range(0, len(ids), _IDS):
            said = "".join(f"({only[0]}={escape_filter_chars(one)})" for one in ids[start : start + _IDS])
            yield f"(&{self.filter}(|{said}))"

    def _pages(self, attributes: list[str], asked: str, *, most: int | None = None) -> Iterator[dict[str, list[Any]]]:
        with self._connected() as connection:
            found = connection.extend.standard.paged_search(
                self.base, asked, attributes=attributes, paged_size=_PAGE, generator=True
            )
            for number, entry in enumerate(found):
                if entry["type"] != "searchResEntry":
                    raise BadInput(f"{self.name}: a part of these entries lies on another server; name that one too.")
                if number == most:
                    break
                yield {name: _values(said) for name, said in entry["raw_attributes"].items()}

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            import ldap3  # noqa: PLC0415
            from ldap3.core.exceptions import LDAPException  # noqa: PLC0415
        except ImportError:
            raise BadInput(f"{self.name}: reading an LDAP server needs the package ldap3.") from None
        parts = self.address.parts
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED) if parts.scheme == "ldaps" else None
        server = ldap3.Server(
            parts.hostname, port=parts.port, use_ssl=tls is not None, tls=tls, get_info=ldap3.SCHEMA, connect_timeout=30
        )
        account = {"user": unquote(parts.username or "") or None, "password": self.address.password}
        try:
            with ldap3.Connection(
                server, read_only=True, raise_exceptions=True, auto_referrals=False, receive_timeout=60, **account
            ) as connection:
                yield connection
        except LDAPException as error:
            raise BadInput(f"{self.name}: this server cannot be read ({type(error).__name__}).") from None


def open_source(address: str) -> LdapSource:
    """The entries at `ldaps://cn=reader,dc=example,dc=org:$LDAP_PASSWORD@host/ou=people,dc=example,dc=org`, with an
    option `filter` (RFC 4515). Raises BadInput."""
    read = read_address(address)
    if read.password is not None and read.parts.scheme == "ldap" and read.parts.hostname not in _HERE:
        raise BadInput(f"source: {read.plain}: a password goes by ldaps:// only; ldap:// would send it in the clear.")
    base = unquote(read.parts.path.removeprefix("/"))
    if not base:
        raise BadInput(f"source: {read.plain}: say under which entry people are: ldaps://host/ou=people,dc=example.")
    return LdapSource(read.plain, base, read.options().get("filter") or "(objectClass=person)", read)


def _numbered(name: str) -> list[str]:
    return [name, f"{name};2", f"{name};3"]


def _values(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _value(entry: dict[str, list[Any]], name: str, number: int) -> str | None:
    values = entry.get(name, [])
    return values[number - 1].decode("utf-8", "replace") if number <= len(values) else None


def _batch(columns: list[str], rows: list[list[str | None]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(one, pa.string()) for one in zip(*rows, strict=True)], names=columns)
