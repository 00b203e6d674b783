"""Pages of companies: what each is and does, said once, so that no incident has to ask it."""

from incidents.deliveries import preflight_asked
from incidents.foundation.errors import NotFound
from incidents.respond.alerts import lacking
from web.console.door import console, here, page
from web.kit import kit
from web.languages import gettext as _
from web.pages import company as pages


@console.get("/companies")
def companies() -> str:
    with kit().begin(reading=True) as tx:
        rows = {name: pages.asked(tx, name, kit().packs) for name in sorted(kit().packs.house)}
        return page("companies.html", title=_("Companies"), rows=rows)


@console.get("/companies/<company>")
def company_page(company: str) -> str:
    if company not in kit().packs.house:
        raise NotFound("company", company)
    with kit().begin(reading=True) as tx:
        asked = pages.asked(tx, company, kit().packs)
        return page("company.html", title=company, company=company, house=kit().packs.house[company], asked=asked)


@console.get("/companies/<company>/readiness")
def readiness_page(company: str) -> str:
    if company not in kit().packs.house:
        raise NotFound("company", company)
    house = kit().packs.house[company]
    with kit().begin(reading=True) as tx:
        row, alerts = preflight_asked.last(tx, company, by=here()), lacking(tx, kit())
        return page("readiness.html", title=_("Readiness"), company=company, house=house, row=row, alerts=alerts)
