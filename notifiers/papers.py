"""Papers: a layout under templates/ and plain data become a PDF by Typst, in fonts that come with packages.

Nothing is fetched and no font of the machine is used, so that one content gives one sequence of bytes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

TEMPLATES = Path(__file__).parent.parent / "templates"
# Each lies in a package of its own; both carry the SIL Open Font License.
_FONTS = (("manimgx_fonts", ""), ("justmytype_intl_cjk", "fonts/ofl"))
_REMEMBERED = 12  # runs; measured: with none of them the memory of a process grows from file to file
# Both at once: it is kept for years (PDF/A-2a), and a reader of the screen hears it in order (PDF/UA-1).
_STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]


class Unprintable(Exception):
    """Typst cannot set this content. The text holds none of it."""


class Paper:
    """One layout (a path under templates/) over `data`: plain JSON, so that no markup in a name is ever obeyed."""

    def __init__(self, layout: str, data: Mapping[str, Any]) -> None:
        self._compiler = _typst().Compiler(
            input=str(TEMPLATES / layout),
            root=str(TEMPLATES),
            font_paths=_fonts(),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        )

    def told(self, label: str) -> list[Any]:
        """What the layout says of itself in metadata under `label`. Raises Unprintable."""
        try:
            said: list[Any] = json.loads(self._compiler.query(f"<{label}>", field="value"))
        except _typst().TypstError:
            raise Unprintable("the layout cannot be set") from None
        return said

    def pdf(self, *, written_at: datetime) -> bytes:
        """The PDF. Raises Unprintable, for instance where no font of ours has a character of it."""
        moment = int(written_at.astimezone(UTC).timestamp())
        try:
            made = self._compiler.compile(format="pdf", pdf_standards=[*_STANDARDS], timestamp=moment)
        except _typst().TypstError:
            raise Unprintable("the PDF would not meet its standards") from None
        if not isinstance(made, bytes):
            raise Unprintable("there is no page")
        return made


def forget() -> None:
    """Let go of what Typst remembers of the papers before: it keeps each run's work for its next ten, and a worker that
    sets file after file of letters would hold gigabytes. Runs of nothing take their place, in a tenth of a second."""
    for _ in range(_REMEMBERED):
        _typst().compile(b"", font_paths=_fonts())


@cache
def _fonts() -> Any:
    # Reading 40 MB of fonts takes longer than setting the page; it is done once.
    folders = [Path(str(files(package))) / folder for package, folder in _FONTS]
    return _typst().Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _typst() -> Any:
    import typst  # noqa: PLC0415 - not everybody sends letters

    return typst
