"""Fills one block: Jinja's sandbox, strict about holes, bounded in what it may print."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from packs import BadInput

MOST_CHARACTERS = 20_000  # of one block; the longest we know has 2,000

# Plain text is made here; HTML is made from it later, by a renderer that escapes everything.
SANDBOX = ImmutableSandboxedEnvironment(
    autoescape=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def fill_block(text: str, values: Mapping[str, Any], *, name: str) -> str:
    """`text` with its placeholders filled, stripped at both ends. Raises BadInput for a hole nobody filled."""
    try:
        filled = _compiled(text).render(values).strip()
    except (TemplateError, TypeError, OverflowError) as error:
        raise BadInput(f"{name}: cannot be filled: {error}.") from None
    if len(filled) > MOST_CHARACTERS:
        raise BadInput(f"{name}: longer than {MOST_CHARACTERS} characters.")
    return filled


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Template:
    return SANDBOX.from_string(text)
