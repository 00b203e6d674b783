"""Makes a leaked identifier list: rows of people in awkward spellings, repeats, strangers, and rows that are broken."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sample import contacts, spellings
from sample.crowd import Crowd
from sample.dice import Bools, Ints
from sample.recipe import Place
from sample.story import ListFile, Story
from sample.traits import Traits

CONTACTS = ("phone", "email", "messenger_id")
Row = dict[str, str]
"""What a row shows, by the words of story.Shown."""


class ListMaker:
    """Makes the rows of one list file and writes them in the shape that the file's ending names."""

    def __init__(self, file: ListFile, told: Story, people: Crowd, traits: Traits, rng: np.random.Generator) -> None:
        self.file, self.told, self.people, self.traits, self.rng = file, told, people, traits, rng
        self.home = next(place for place in people.places if place.country == people.company.home)
        self.wanted = set(file.columns.values())

    def shown(self) -> Ints:
        """The people whom the columns of this file can name."""
        if "id" in self.wanted:
            return np.arange(len(self.people))
        named = np.zeros(len(self.people), dtype=np.bool_)
        for trait in self._identifiers():
            named |= np.asarray(getattr(self.traits, trait).is_valid())
        return np.flatnonzero(named)

    def write(self, path: Path, whom: Ints) -> tuple[list[str], dict[str, int]]:
        """Write the file; returns the strangers' contacts in their plain form and the number of rows by make."""
        if path.suffix == ".parquet":
            ids = self.traits.id.take(pa.array(self.rng.permutation(whom)))
            pq.write_table(pa.table({next(iter(self.file.columns)): ids}), path)
            return [], {"people": len(whom), "repeats": 0, "malformed": 0, "total": len(whom)}
        rows = self._people_rows(whom)
        repeats = [rows[int(at)] for at in self.rng.integers(0, len(rows), self.file.rows.repeats)]
        strangers = self._strangers()
        broken = [{"phone": spellings.broken(int(n))} for n in range(self.file.rows.malformed)]
        spelled = [self._spelled(row) for row in (*rows, *repeats, *strangers)] + broken
        order = self.rng.permutation(len(spelled))
        self._put(path, [spelled[int(at)] for at in order])
        counts = {"people": len(rows), "repeats": len(repeats), "strangers": len(strangers), "malformed": len(broken)}
        return [next(iter(each.values())) for each in strangers], counts | {"total": len(spelled)}

    def _identifiers(self) -> list[str]:
        found: list[str] = [trait for trait in CONTACTS if trait in self.wanted]
        return ["phone", "email"] if "contact" in self.wanted else found

    def _people_rows(self, whom: Ints) -> list[Row]:
        """One row a person with the plain contacts it shows; of those with both, some show only one."""
        traits = {trait: getattr(self.traits, trait).take(pa.array(whom)).to_pylist() for trait in self._traits()}
        each = zip(*traits.values(), strict=True)
        rows = [{trait: value for trait, value in zip(traits, values, strict=True) if value} for values in each]
        if "id" in self.wanted:
            return rows
        for row, drop in zip(rows, self.rng.integers(0, 4, len(rows)), strict=True):
            if "email" in row and "phone" in row and (drop < 2 or "contact" in self.wanted):
                del row[("email", "phone")[int(drop) % 2]]
        return rows

    def _traits(self) -> list[str]:
        return ["id", *self._identifiers(), *(["group"] if "group" in self.wanted else [])]

    def _strangers(self) -> list[Row]:
        rows: list[Row] = []
        for number, (kind, count) in enumerate(self.file.strangers.items()):
            # Beyond every rank of the people, and in the third quarter of the numbers, where no guardian is either.
            ranks = np.arange(count) + number * 1_000_000
            if kind == "deleted":
                rows += [{"phone": each} for each in self._erased_numbers(count)]
            elif kind == "nobody_email":
                plain = contacts.emails(self.home, pa.array(["nobody"] * count), ranks, 5)
                rows += [{"email": each} for each in plain.to_pylist()]
            elif kind == "nobody_messenger":
                rows += [{"messenger_id": f"98{rank:014d}"} for rank in ranks]
            else:
                plan = self.home.phone
                quarter = 10**plan.digits * len(plan.starts) // 4 * 3
                start = self.traits.phone_start
                plain = contacts.phones(self.home, ranks + quarter, start, domestic=False)
                rows += [{"phone": each} for each in plain.to_pylist()]
        return rows

    def _erased_numbers(self, count: int) -> list[str]:
        """Telephone numbers of deleted accounts that the directory no longer holds."""
        gone = self.people.erased & self.people.has("phone") & self._lives_home()
        before = Traits(self.people, erase=False).phone
        some = self.rng.permutation(np.flatnonzero(gone))[:count]
        return [str(each) for each in before.take(pa.array(some)).to_pylist()]

    def _lives_home(self) -> Bools:
        return np.asarray(self.people.place == self.people.places.index(self.home))

    def _spelled(self, row: Row) -> Row:
        spelled = dict(row)
        if "phone" in row:
            place = self._place_of(row["phone"])
            spelling = int(self.rng.integers(0, spellings.PHONE_SPELLINGS))
            domestic = place is self.home and self.file.reading.get("phone_region") == place.country
            spelled["phone"] = spellings.phone(row["phone"], place.phone, spelling, domestic=domestic)
        if "email" in row and self.rng.integers(0, 3):
            spelled["email"] = spellings.email(row["email"], self.rng)
        return spelled

    def _place_of(self, number: str) -> Place:
        found = [place for place in self.people.places if number.startswith(place.phone.call)]
        return max(found, key=lambda place: len(place.phone.call))

    def _put(self, path: Path, rows: list[Row]) -> None:
        cells = [self._cells(number, row) for number, row in enumerate(rows, 1)]
        if path.suffix == ".jsonl":
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in cells)
        elif path.suffix == ".txt":
            text = "".join(f"{next(iter(row.values()))}\n" for row in cells)
        else:
            stream = io.StringIO()
            writer = csv.DictWriter(stream, list(self.file.columns), lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(cells)
            text = stream.getvalue()
        path.write_bytes(text.encode(self.file.encoding))

    def _cells(self, number: int, row: Row) -> Row:
        more = {
            "row": str(number),
            "nickname": f"n{int(self.rng.integers(0, 10**6))}",
            "amount": f"{int(self.rng.integers(100, 99_999)) / 100:.2f}",
            "contact": row.get("phone") or row.get("email", ""),
        }
        return {heading: (row | more).get(what, "") for heading, what in self.file.columns.items()}
