"""What a company announces to everybody: the page in one language, and the same as Atom and JSON feeds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import feedgenerator
import nh3
from flask import Response, json, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from incidents.deliveries.publish import announcements as published
from incidents.notices.tables import Notice
from web.kit import kit
from web.public.door import Place, page, place, public


@dataclass(frozen=True)
class Shown:
    """One announcement as it stands on the page: its words, its code, and when it was published."""

    reference: str
    language: str
    subject: str
    paragraphs: tuple[str, ...]
    published_at: datetime
    html: str = ""

    @property
    def body(self) -> Markup:
        """The words with their headings and lists, and nothing else, below a heading that the page gives them."""
        clean: str = nh3.clean(
            self.html, tags={"h2", "p", "ul", "ol", "li", "br"}, attributes={}, clean_content_tags={"h1"}
        )
        return Markup(re.sub(r"(</?h)2>", r"\g<1>3>", clean))  # noqa: S704 - cleaned of all but these bare tags


def shown(tx: Session, where: Place) -> Sequence[Shown]:
    """What stands on the page now, newest first; in another language where it was not published in this one."""
    return [
        Shown(
            tx.get_one(Notice, one.notice_id).reference,
            one.language,
            one.subject,
            tuple(part.strip() for part in re.split(r"\n\s*\n", one.plain) if part.strip()),
            one.published_at,
            one.html,
        )
        for one in published(tx, where.company, languages=(where.says.language, *where.house.languages))
    ]


@public.get("/<company>/")
def front(company: str) -> ResponseReturnValue:
    where = place(company)
    return redirect(url_for("public.announcements", company=company, language=where.says.language))


@public.get("/<company>/<language>/")
def announcements(company: str, language: str) -> str:
    where = place(company, language)
    with kit().begin(reading=True) as tx:
        return page("announcements.html", where, announcements=shown(tx, where))


@public.get("/<company>/<language>/feed.atom")
def atom(company: str, language: str) -> Response:
    where = place(company, language)
    feed = feedgenerator.Atom1Feed(
        title=f"{where.name}: {where.says.notices}",
        link=_address("public.announcements", where),
        description=where.says.notices,
        language=language,
        feed_url=_address("public.atom", where),
    )
    with kit().begin(reading=True) as tx:
        for one in shown(tx, where):
            feed.add_item(
                title=one.subject,
                link=f"{_address('public.announcements', where)}#{one.reference}",
                description="\n\n".join(one.paragraphs),
                pubdate=one.published_at,
                updateddate=one.published_at,
                unique_id=f"urn:tocsin:notice:{one.reference}:{one.language}",
            )
    return Response(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@public.get("/<company>/<language>/feed.json")
def json_feed(company: str, language: str) -> Response:
    where = place(company, language)
    with kit().begin(reading=True) as tx:
        items = [
            {
                "id": f"urn:tocsin:notice:{one.reference}:{one.language}",
                "url": f"{_address('public.announcements', where)}#{one.reference}",
                "title": one.subject,
                "content_text": "\n\n".join(one.paragraphs),
                "date_published": one.published_at.isoformat(),
                "language": one.language,
            }
            for one in shown(tx, where)
        ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{where.name}: {where.says.notices}",
        "home_page_url": _address("public.announcements", where),
        "feed_url": _address("public.json_feed", where),
        "language": language,
        "items": items,
    }
    return Response(json.dumps(feed), content_type="application/feed+json")


def _address(endpoint: str, where: Place) -> str:
    # The address that people know, not the one by which a proxy reached us.
    path = url_for(endpoint, company=where.company, language=where.says.language)
    return kit().settings.public_url.rstrip("/") + path
