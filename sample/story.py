"""The shape of a leak's data file: which company, what was found when, and how each evidence file is made."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from packs import BadInput, Strict, read_pack
from sample.recipe import HERE, AgeBand

Strangers = dict[Literal["deleted", "consignee", "nobody_phone", "nobody_email", "nobody_messenger"], int]
Shown = Literal["row", "id", "phone", "email", "contact", "messenger_id", "group", "nickname", "amount"]


class Where(Strict):
    """Of which people the leak is; what is left out does not narrow it. `groups` are numbers, 1 being the largest;
    `countries` are those on file.
    """

    roles: tuple[str, ...] = ()
    ages: tuple[AgeBand, ...] = ()
    groups: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()


class Rows(Strict):
    """How many people a file names, how many rows say again what an earlier row said, how many cannot be read."""

    people: int
    repeats: int = 0
    malformed: int = 0


class File(Strict):
    """What every evidence file has. `after_hours` counts from the finding; `again`: people of an earlier file."""

    file: str
    title: str
    source: str
    after_hours: int = 0
    where: Where = Where()
    reading: dict[str, Any] = Field(default_factory=dict)


class ListFile(File):
    """An identifier list: CSV, JSON lines, Parquet or one item a line, by the ending of its name."""

    make: Literal["list"]
    columns: dict[str, Shown]
    encoding: str = "utf-8"
    rows: Rows
    again: int = 0
    strangers: Strangers = Field(default_factory=dict)
    everybody: bool = False


class LogFile(File):
    """An access log: `reads` lines of the stranger's inside the window, `other` lines of everybody else."""

    make: Literal["log"]
    rows: Rows
    again: int = 0
    reads: int
    other: int


class TextFile(File):
    """A predicate over the directory, or a document that names nobody by itself."""

    make: Literal["predicate", "document"]
    text: str


class Window(Strict):
    """From when to when the stranger could read."""

    first_at: AwareDatetime
    last_at: AwareDatetime


class Story(Strict):
    """One leak. Counts hold for a directory of `people`; for another size they are scaled."""

    company: str
    people: int
    found_at: AwareDatetime
    stranger: str
    window: Window
    files: tuple[Annotated[ListFile | LogFile | TextFile, Field(discriminator="make")], ...]


def stories() -> tuple[str, ...]:
    """The names of the leaks there are."""
    return tuple(sorted(path.stem for path in (HERE / "stories").glob("*.yaml")))


def story(name: str) -> Story:
    """One leak's data. Raises BadInput when there is none of this name."""
    if name not in stories():
        raise BadInput(f"The sample has no leak '{name}'; it has {', '.join(stories())}.")
    return read_pack(HERE / "stories" / f"{name}.yaml", Story)
