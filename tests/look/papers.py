"""Letters, e-mails and spoken words of the notices to people, in every language that they are written in."""

import subprocess
from pathlib import Path

from incidents.notices.files import Format
from notifiers.sheets import printed
from tests.look.browser import WIDTHS, chromium, take
from tests.notifiers.letters_to_look_at import AT, SHEET, languages, sample, texts

REFERENCE = "dlv_01kb1x2y3z4a5b6c7d8e9f0g1h-1234"


def letters(folder: Path) -> None:
    """One PDF a language, and a picture of each of its pages."""
    for language in languages():
        path = folder / f"{language}.pdf"
        path.write_bytes(printed([sample(language, REFERENCE)], SHEET, at=AT).pdf)
        as_pictures(path)


def mails(folder: Path) -> None:
    """The e-mail to individuals as a desk and a telephone show it."""
    with chromium() as browser:
        for language in languages():
            for width in WIDTHS:
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.set_content(texts(language, Format.EMAIL)["html"])
                take(page, folder / f"{language}-{width}")
                page.close()


def calls(folder: Path) -> None:
    """What a telephone says, as text."""
    for language in languages():
        (folder / f"{language}.txt").write_text(texts(language, Format.SPOKEN)["spoken"] + "\n", encoding="utf-8")


def as_pictures(path: Path) -> None:
    """A picture beside a PDF of each of its pages."""
    subprocess.run(["pdftoppm", "-r", "100", "-png", str(path), str(path.with_suffix(""))], check=True)
