"""Delimited text: which sign divides the cells, and rows that no stray quote can swallow."""

import csv
from collections.abc import Iterator
from typing import Any

from affected.evidence.encodings import LINE_LIMIT, bounded_lines, undecodable
from affected.words import Malformed

_DELIMITERS = ",\t;|"
csv.field_size_limit(LINE_LIMIT)


def delimiter_of(lines: list[str]) -> str | None:
    """The sign that stands in the first line and in most others; None when each line is one item."""

    def steadiness(mark: str) -> tuple[float, float, int]:
        counts = [line.count(mark) for line in lines]
        first = counts[0]
        there = sum(count > 0 for count in counts) / len(counts)
        return (there, counts.count(first) / len(counts), first) if first and there >= 0.5 else (0.0, 0.0, 0)

    best = max(_DELIMITERS, key=steadiness)
    return best if steadiness(best)[0] else None


def csv_rows(stream: Any, delimiter: str | None, name: str, *, span: int = 20) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, its cells).

    A quote that is opened and not closed within `span` lines, or is closed in the middle of a cell, is taken for an
    ordinary sign, so that it swallows no rows.
    """
    lines = enumerate(bounded_lines(stream, name=name), 1)
    if delimiter is None:
        yield from ((number, [line.strip("\r\n")]) for number, line in lines)
        return
    feed = _Feed(lines, span)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.held.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unclosed):
            (begins, line), *rest = feed.held
            feed.back = rest + feed.back
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            row = [cell.strip('"') for cell in line.rstrip("\r\n").split(delimiter)]
            yield begins, row
        else:
            yield feed.held[0][0], row


class _Unclosed(Exception):
    """A quote was opened and not closed for too many lines."""


class _Feed:
    """Lines for the parser, which remembers those of the row at hand, and takes them back."""

    def __init__(self, lines: Iterator[tuple[int, str]], span: int) -> None:
        self._lines, self._span = lines, span
        self.held: list[tuple[int, str]] = []
        self.back: list[tuple[int, str]] = []

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.held) > self._span:
            raise _Unclosed
        self.held.append(self.back.pop(0) if self.back else next(self._lines))
        return self.held[-1][1]


def row_trouble(row: list[str], width: int) -> str | None:
    """What is wrong with a row of cells in a file of `width` columns."""
    whole = "".join(row)
    if not whole or whole.isspace():
        return Malformed.EMPTY
    if undecodable(whole):
        return Malformed.UNDECODABLE
    return None if len(row) == width else Malformed.RAGGED
