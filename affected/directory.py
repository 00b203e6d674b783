"""A directory: a company's own source of people, with the mapping that says which column is which field."""

from collections.abc import Collection
from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import Path

from affected.directories.files import SUFFIXES, FileSource
from affected.directories.source import RowSource, open_source
from affected.likeness.people import has_names
from affected.mapping import Mapping, check_columns, check_schemes, read_mapping
from packs import BadInput


@dataclass(frozen=True)
class Directory:
    """A source with its mapping, checked against one another."""

    mapping: Mapping
    source: FileSource | RowSource

    def check(self) -> None:
        """Raise BadInput when the source cannot be read, or lacks a column that the mapping names."""
        check_columns(self.mapping, self.source.columns(), where=self.source.name)

    @property
    def dates(self) -> list[str]:
        """The columns that are dates."""
        return [self.mapping.birth_date.column] if self.mapping.birth_date else []

    @property
    def names_people(self) -> bool:
        """Whether the mapping says where people's names are."""
        return has_names(self.mapping)

    @property
    def columns(self) -> list[str]:
        """The columns that the mapping names, each once."""
        return list(dict.fromkeys(column for _, column in self.mapping.columns()))

    def regions(self) -> dict[tuple[str, int], str | None]:
        """The country of each column of addresses that can be spelled in several ways, by (kind, guardian 0 or 1)."""
        places = ((0, self.mapping.contact), (1, self.mapping.guardian))
        found = {(kind, of): getattr(place, kind) for kind in ("phone", "email") for of, place in places}
        return {at: column.region for at, column in found.items() if column is not None}


def open_directory(address: str | Path, mapping: Mapping) -> Directory:
    """A directory at a path or an address, checked with its mapping. Raises BadInput naming place and field."""
    directory = Directory(mapping, _source(str(address)))
    directory.check()
    return directory


def _source(address: str) -> FileSource | RowSource:
    # A path needs no clients of databases, which cost a fifth of a second to load.
    return open_source(address) if ":" in address else FileSource(Path(address))


def company_directory(mapping_file: Path, *, schemes: Table[str, Collection[str]] | None = None) -> Directory:
    """The directory that a mapping file names as its source, else the file of people beside it. A source elsewhere is
    looked at when it is used: a database that is down must not keep anybody from working. `schemes` are those that
    providers know, by kind of address; a mapping may name no other. Raises BadInput."""
    mapping = read_mapping(mapping_file)
    if schemes is not None:
        check_schemes(mapping, schemes, where=str(mapping_file))
    if mapping.source:
        return Directory(mapping, _source(mapping.source))
    beside = [path for suffix in SUFFIXES if (path := mapping_file.with_suffix(suffix)).exists()]
    if not beside:
        raise BadInput(
            f"{mapping_file}: it names no source, and no file of people lies beside it ({', '.join(SUFFIXES)})."
        )
    return open_directory(beside[0], mapping)
