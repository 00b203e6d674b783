"""`python -m tests.look FOLDER`: what people read, as pictures; of the pages of a sample that was made before.

The sample's home (`--home`) is copied, so nothing that is looked at changes it.
"""

import tempfile
from pathlib import Path

import click

from tests.look import callers, pages, papers

PAPERS = {"letters": papers.letters, "mails": papers.mails, "calls": papers.calls, "call_list": callers.call_list}
PAGES = {"public": pages.public, "console": pages.console, "reports": pages.reports}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--home", type=click.Path(path_type=Path), default="var", show_default=True)
@click.option("--only", multiple=True, type=click.Choice([*PAPERS, *PAGES]), help="Nothing but this; may be repeated.")
def look(folder: Path, home: Path, only: tuple[str, ...]) -> None:
    """Make the pictures and say how many there are of each kind."""
    wanted = only or tuple(PAPERS) + tuple(PAGES)
    for name in wanted:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, make in PAPERS.items():
        if name in wanted:
            make(folder / name)
    if set(wanted) & set(PAGES):
        with tempfile.TemporaryDirectory() as copy, pages.served(home, Path(copy)) as house:
            for name, show in PAGES.items():
                if name in wanted:
                    show(house, folder / name)
    for name in wanted:
        click.echo(f"{name}: {sum(1 for _ in (folder / name).iterdir())} in {folder / name}")


if __name__ == "__main__":
    look()
