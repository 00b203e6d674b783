"""What every command says: its answer, as lines or JSON, and refusals as sentences and exit statuses."""

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError

from incidents.foundation.errors import BadInput, NotFound, Refused

REFUSED, BAD_INPUT = 1, 2
_UNKEPT = "What was given holds a character or a number that the database cannot keep."
_UPGRADE = "A new database, or one of an older Tocsin, needs `./tocsin upgrade`."


@dataclass(frozen=True)
class Answer:
    """What a command says: `data` for --json, `lines` for people. With `found` it ends with exit status 1: it was done,
    and found what somebody has to see to."""

    data: Any
    lines: list[str] = field(default_factory=list)
    found: bool = False


def door(run: Callable[..., Answer]) -> Callable[..., None]:
    """Make `run(...) -> Answer` a command body: adds --json and turns refusals into sentences and exit statuses."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @functools.wraps(run)
    def command(*args: Any, as_json: bool, **options: Any) -> None:
        try:
            answer = run(*args, **options)
        except (BadInput, DataError) as error:
            detail = _UNKEPT if isinstance(error, DataError) else str(error)
            _leave(as_json, BAD_INPUT, {"code": "bad_input", "detail": detail})
        except NotFound as error:
            _leave(as_json, REFUSED, {"code": "not_found", "detail": str(error)})
        except Refused as error:
            _leave(as_json, REFUSED, {"code": error.code, "detail": error.sentence, "because": list(error.because)})
        except (OperationalError, ProgrammingError) as error:
            # Its own text holds the statement and the words in it; what the database said of them is enough.
            why = str(error.orig).splitlines()[0]
            _leave(as_json, REFUSED, {"code": "database", "detail": f"The database says: {why}. {_UPGRADE}"})
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            _leave(as_json, REFUSED, {"code": "machine", "detail": f"{place}{error.strerror or error}."})
        click.echo(_json(answer.data) if as_json else "\n".join(answer.lines))
        if answer.found:
            sys.exit(REFUSED)

    return command


def _leave(as_json: bool, code: int, problem: dict[str, Any]) -> NoReturn:
    if as_json:
        click.echo(_json({"problem": problem}))
    else:
        click.echo(problem["detail"], err=True)
        for reason in problem.get("because", ()):
            click.echo(f"- {reason}", err=True)
    sys.exit(code)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return str(value)
