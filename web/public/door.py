"""The blueprint of the public pages: which house, in which language, and what a stranger is told when it fails."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded

from incidents.foundation.errors import BadInput, NotFound
from policies.houses import House
from web.kit import kit
from web.public.words import PublicWords, words

public = Blueprint(
    "public", __name__, url_prefix="/public", template_folder=str(Path(__file__).parents[2] / "templates")
)


@dataclass(frozen=True)
class Place:
    """One company's public pages in one language."""

    company: str
    house: House
    says: PublicWords

    @property
    def name(self) -> str:
        """The name under which people know the company, in this language where there is one."""
        names = self.house.sender_names
        return names.get(self.says.language) or next(iter(names.values()))

    @property
    def languages(self) -> list[PublicWords]:
        """The languages of the house, its first first, then every other: people are told in what they read."""
        return [words()[one] for one in offered(self.house)]


def offered(house: House) -> list[str]:
    """The languages of a house's public pages: its own, then the others that there are words for."""
    return [one for one in dict.fromkeys((*house.languages, *words())) if one in words()]


def place(company: str, language: str | None = None) -> Place:
    """The company's pages. Without `language`, the one the reader's browser asks for. Raises NotFound."""
    house = kit().packs.house.get(company)
    if house is None:
        raise NotFound("company", company)
    chosen = language or request.accept_languages.best_match(offered(house)) or offered(house)[0]
    if chosen not in words():
        raise NotFound("language", chosen)
    return Place(company, house, words()[chosen])


def page(template: str, where: Place, **shown: Any) -> str:
    """Render a public page."""
    return render_template(f"public/{template}", place=where, says=where.says, **shown)


@public.errorhandler(NotFound)
def _nothing_here(_error: NotFound) -> ResponseReturnValue:
    return render_template("public/missing.html"), 404


@public.errorhandler(BadInput)
def _not_read(error: BadInput) -> ResponseReturnValue:
    return render_template("public/missing.html", sentence=str(error)), 422


@public.errorhandler(RateLimitExceeded)
def _too_many(_error: RateLimitExceeded) -> ResponseReturnValue:
    where = place((request.view_args or {})["company"], (request.view_args or {}).get("language"))
    return page("answer.html", where, sentence=where.says.too_many), 429
