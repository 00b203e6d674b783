"""What commands that act share: the kit, the person acting, how options are read, a progress bar."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

import click
from flask import Flask, current_app, has_app_context
from flask.cli import ScriptInfo
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from incidents.foundation.clock import read_moment
from incidents.foundation.errors import BadInput
from incidents.kit import Kit
from incidents.record.actor import Actor


def kit() -> Kit:
    """The kit of the app that this command line belongs to; made at the first call."""
    bound: Kit = _app().extensions["tocsin"]
    return bound


def acting() -> Actor:
    """The person whose token stands in TOCSIN_TOKEN. Raises BadInput without one, Refused when it fits nobody."""
    token = os.environ.get("TOCSIN_TOKEN", "")
    if not token:
        raise BadInput("TOCSIN_TOKEN: set it to your token; `./tocsin account token` makes one.")
    actor: Actor = _app().extensions["tocsin.actor_of"](token)
    return actor


def one_of(words: Iterable[str]) -> click.Choice[str]:
    """A choice among closed words by what they read as; click would take an enum's member names."""
    return click.Choice([str(word) for word in words])


def moment(text: str | None, name: str) -> datetime | None:
    """An option's time in UTC. Raises BadInput naming the option."""
    if text is None:
        return None
    try:
        return read_moment(text, name=name)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


def given(text: str) -> str | int | dict[str, int | None]:
    """An answer to a law as typed: a word, a number, or min..max of which either may be left out. Raises BadInput."""
    if text.lstrip("-").isdigit():
        return int(text)
    if ".." in text:
        low, _, high = text.partition("..")
        try:
            return {"min": int(low) if low else None, "max": int(high) if high else None}
        except ValueError:
            raise BadInput(f"value: '{text}' is no range such as 100..2000.") from None
    return text


def existing(path: str | Path) -> Path:
    """A file that is there. Raises BadInput naming it."""
    file = Path(path)
    if not file.is_file():
        raise BadInput(f"{file}: there is no such file.")
    return file


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr: call it with (step, done, total). Nothing is drawn where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


def _app() -> Flask:
    if has_app_context():
        return cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy, as Flask documents
    context = click.get_current_context()
    app = context.ensure_object(ScriptInfo).load_app()
    context.with_resource(app.app_context())
    return app
