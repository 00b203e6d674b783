"""The way of everybody at once: people who are alike in all that decides about a route are decided once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from incidents.deliveries.addresses import columns_of, whose
from incidents.deliveries.closed import BY_RULE, Closed
from incidents.deliveries.ladders import Ladder, ladder_for
from incidents.deliveries.reach import Choice, Reach, Routes
from notifiers.message import AddressKind
from notifiers.mx import domain_of
from notifiers.registry import channels

BESIDE = -1
_DECIDES = ("variant", "role", "residence", "after")  # `after`: the place on the ladder behind which a route is sought


@dataclass(frozen=True)
class Way:
    """What some people who are alike get: a route (None: none is open), what goes beside it, what comes last."""

    variant: str
    residence: str
    choice: Choice | None
    beside: tuple[Choice, ...]
    last: str | None
    closed: tuple[Closed, ...]


@dataclass(frozen=True)
class Ways:
    """Every way, and for each the rows of the readers who take it, in their order."""

    ways: Sequence[Way]
    rows: Sequence[Any]  # arrays of row numbers

    def __iter__(self) -> Iterator[tuple[Way, Any]]:
        return zip(self.ways, self.rows, strict=True)


def ways_of(readers: pa.Table, ladders: Sequence[Mapping[str, Any]], routes: Routes) -> Ways:
    """Choose for all `readers` (see dispatch.readers_from; with `after` where a later route than the first is sought).
    Looks up mail exchangers, so never call it inside a transaction."""
    if not readers.num_rows:
        return Ways((), ())
    domains = [_mail_domains(readers, name, routes) for name in columns_of(readers, AddressKind.EMAIL)]
    routes.warm(one for found in domains for one in pc.unique(found).to_pylist() if one)
    alike = _alike(readers, domains)
    order = np.argsort(alike, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(alike[order])) + 1)
    return Ways([_way(readers, int(rows[0]), ladders, routes) for rows in groups], groups)


def counted(ways: Ways, routes: Routes) -> Reach:
    """How many by which way, and the rules that closed a route."""
    reach = Reach()
    for way, rows in ways:
        reach.count(way.choice, way.closed, len(rows), last=way.last)
        if any(one.why in BY_RULE for one in way.closed):
            reach.grounds |= routes.grounds(way.residence)
        for one in way.beside:
            reach.beside[one.channel, one.provider] += len(rows)
    return reach


def _way(readers: pa.Table, row: int, ladders: Sequence[Mapping[str, Any]], routes: Routes) -> Way:
    """Decided for the first of them, whose addresses stand for those of all: only which there are counts, and whose
    machine takes the mail."""
    one = readers.slice(row, 1).to_pylist()[0]
    held = {kind.value: tuple(filter(None, map(one.get, columns_of(readers, kind)))) for kind in AddressKind}
    addresses = {kind: found for kind, found in held.items() if found}
    ladder = ladder_for(ladders, one["role"])
    after, routes = one.get("after", BESIDE), routes.saying(one["variant"])
    choice, closed = routes.choose(ladder.one_by_one, one["residence"], addresses, after=after)
    beside = () if "after" in one else tuple(_beside(ladder, one["residence"], addresses, routes, choice))
    return Way(one["variant"], one["residence"], choice, beside, ladder.last, tuple(closed))


def _beside(
    ladder: Ladder, residence: str, addresses: Mapping[str, Sequence[str]], routes: Routes, choice: Choice | None
) -> Iterator[Choice]:
    for channel in ladder.beside:
        taken = choice is not None and choice.channel == channel
        if not taken and channel in channels() and channels()[channel].one_by_one:
            closed: list[Closed] = []
            found = routes.on_channel(BESIDE, channel, residence, addresses, closed)
            if found is not None:
                yield found


def _mail_domains(readers: pa.Table, column: str, routes: Routes) -> pa.Array:
    """The domain of each mailbox in `column` where it decides about a route, else null."""
    residences = readers["residence"].combine_chunks().dictionary_encode()
    asks = [routes.asks_mail(one) for one in residences.dictionary.to_pylist()]
    if not any(asks):
        return pa.nulls(readers.num_rows, pa.string())
    wanted = pa.array(asks).take(residences.indices)
    mail = pc.if_else(wanted, readers[column].combine_chunks(), None)
    return pa.array([None if one is None else domain_of(one) for one in mail.to_pylist()], pa.string())


def _alike(readers: pa.Table, domains: Sequence[pa.Array]) -> Any:
    """A number for each reader, the same for those who are alike."""
    columns = [readers[name] for name in _DECIDES if name in readers.column_names]
    columns += [whose(readers[name], kind) for kind in AddressKind for name in columns_of(readers, kind)]
    number = np.zeros(readers.num_rows, np.int64)
    for column in [*columns, *domains]:
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        codes = whole.dictionary_encode(null_encoding="encode")
        # Numbered anew after each column, so that no product of their sizes outgrows the integer.
        number = number * max(1, len(codes.dictionary)) + codes.indices.to_numpy()
        number = pa.array(number).dictionary_encode().indices.to_numpy().astype(np.int64)
    return number
