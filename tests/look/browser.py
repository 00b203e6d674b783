"""Debian's chromium without a window, and a picture of a page by its whole length."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (1280, 375)  # a desk and a small telephone
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises SystemExit where there is none."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("There is no chromium on this machine; Debian's package of this name has it.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def take(page: Page, path: Path) -> None:
    """Keep a picture of the page; one that is wider than its window is named so."""
    page.wait_for_load_state("networkidle")  # previews are frames of their own
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    page.screenshot(path=path.with_name(f"{path.name}{'-too-wide' if wide else ''}.png"), full_page=True)
