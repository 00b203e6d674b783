"""The blueprint of the public pages: which house, in which language, and what a stranger is told when it fails."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import DataError

from incidents.foundation.errors import BadInput, NotFound
from incidents.notices.library import load_wording
from incidents.notices.values import day, instant
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

    def day(self, at: datetime) -> str:
        """The day of a moment where the house is, as its notices write it."""
        return day(load_wording().words[self.says.language], at, self.house.zone)

    def instant(self, at: datetime) -> str:
        """The same with the hour and the name of the zone."""
        return instant(load_wording().words[self.says.language], at, self.house.zone)

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


@public.get("/<company>/<path:rest>")
def elsewhere(company: str, rest: str) -> str:
    """Whatever else is asked for of a company: there is no such page."""
    raise NotFound("page", f"{company}/{rest}")


@public.errorhandler(NotFound)
def _nothing_here(_error: NotFound) -> ResponseReturnValue:
    asked = request.path.split("/")[2:]  # /public/<company>/<language>
    language = asked[1] if len(asked) > 1 and asked[1] in words() else None
    if asked[0] not in kit().packs.house:  # nobody knows whose reader this is, so it is said in every language
        return render_template("public/missing.html", languages=words().values()), 404
    where = place(asked[0], language)
    return page("answer.html", where, title=where.says.missing, sentence=where.says.missing_says), 404


@public.errorhandler(BadInput)
@public.errorhandler(DataError)
def _not_read(_error: BadInput | DataError) -> ResponseReturnValue:
    where = _asked()
    return page("answer.html", where, title=where.says.report, sentence=where.says.unread), 422


@public.errorhandler(RateLimitExceeded)
def _too_many(_error: RateLimitExceeded) -> ResponseReturnValue:
    where = _asked()
    return page("answer.html", where, sentence=where.says.too_many), 429


def _asked() -> Place:
    return place((request.view_args or {})["company"], (request.view_args or {}).get("language"))
