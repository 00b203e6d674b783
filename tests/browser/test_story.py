"""In a real browser, under the strict policy: an incident is opened, its notice approved, its fan-out watched."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from incidents.record.incident import find
from tests.drills.words import WORDS
from web.accounts.accounts import find_account
from web.acts import acts
from web.acts.act import Caller, Nothing
from worker import Worker

pytestmark = pytest.mark.browser
WITH_LEAK = True


def declare(page: Page) -> str:
    """Fill the form in and read the incident's path from the page that follows."""
    page.get_by_role("link", name="Declare an incident").click()
    page.fill("[name=title]", "A partner's export was read")
    page.select_option("[name=company]", "moqi")
    page.fill("[name=became_aware_at]", "2031-01-01T10:00")
    page.get_by_label("This is a drill: nobody is told").check()
    page.get_by_role("button", name="Open the incident").click()
    expect(page.get_by_role("alert")).to_contain_text("lies in the future")  # and nothing that was typed is lost
    expect(page.locator("[name=title]")).to_have_value("A partner's export was read")
    page.fill("[name=became_aware_at]", "2026-03-06T21:40")
    page.get_by_role("button", name="Open the incident").click()
    page.wait_for_url("**/record")
    return re.sub(r"^.*/console(/incidents/[^/]+)/record$", r"\1", page.url)


def collect(page: Page, at: str, leaked) -> None:
    """Upload the leak's list through the form."""
    file = leaked[1].files[0]
    page.goto(f"/console{at}/evidence")
    page.set_input_files("[name=file]", file.path)
    page.fill("[name=title]", file.title)
    page.select_option("[name=kind]", file.kind)
    page.fill("[name=source]", file.source)
    page.fill("[name=reading]", json.dumps(file.reading))
    page.get_by_role("button", name="Put into the vault").click()
    expect(page.get_by_role("status")).to_contain_text("In the vault")


def test_an_incident_is_opened_its_notice_approved_and_its_fan_out_watched(signed_in, leaked, kit, address):
    rana = signed_in("responder", "compliance", name="Rana")
    errors: list[str] = []
    rana.on("pageerror", lambda error: errors.append(str(error)))
    rana.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    at = declare(rana)
    collect(rana, at, leaked)
    rana.goto(f"/console{at}/affected")
    rana.get_by_role("button", name="Find who is affected").click()
    expect(rana.get_by_role("heading", name="Version 1")).to_be_visible()
    rana.goto(f"/console{at}/owed")
    rana.get_by_role("button", name="Assess now").click()
    expect(rana.locator("[data-due]").first).to_contain_text(re.compile("left|overdue"))

    wai = signed_in("communications", name="Wai")
    wai.goto(f"/console{at}/notices")
    wai.get_by_role("button", name="Draft what is owed").click()
    wai.get_by_role("row", name=re.compile("individuals, telling")).get_by_role("link").click()
    wai.get_by_text("more texts that may be written").click()  # what is not needed lies folded away
    for language in ("en", "zh-Hans", "my"):
        for hole, words in WORDS[language].items():
            field = wai.locator(f'[name="{language}:{hole}"]')
            if field.count():
                field.fill(words)
    wai.get_by_role("button", name="Write these words").click()
    expect(wai.get_by_role("status")).to_contain_text("texts were written")
    wai.goto(f"{wai.url.split('?')[0]}?language=zh-Hans")
    wai.locator("[name=because]").first.fill("I read this language.")
    wai.get_by_role("button", name="I stand for it by name").click()
    expect(wai.get_by_role("status")).to_contain_text("by name")

    ama = signed_in("approver", name="Ama")
    ama.goto(f"{wai.url.split('?')[0]}?language=zh-Hans")
    expect(ama.frame_locator("iframe").first.locator("body")).to_contain_text("信息")
    for tick in ama.locator("[name=confirmed]").all():
        tick.check()
    ama.get_by_role("button", name="Approve what I have read").click()
    expect(ama.get_by_role("status")).to_contain_text("Approved.")
    expect(ama.get_by_text("Any change voids it")).to_be_visible()

    wai.goto(f"{wai.url.split('?')[0]}?language=zh-Hans")
    expect(wai.get_by_text("people read it in Simplified Chinese (zh-Hans)")).to_be_visible()
    wai.on("dialog", lambda dialog: dialog.accept())
    wai.get_by_role("button", name="Send it").click()
    wai.wait_for_url(re.compile("/deliveries"))
    expect(wai.locator(".told")).to_have_text("0")
    expect(wai.locator("figure.chart canvas")).to_be_visible()
    Worker(kit, threads=1, name="browser").run_until_idle()
    expect(wai.locator(".told")).not_to_have_text("0")  # the page itself asks again; nobody reloads it
    with kit.begin(reading=True) as tx:
        assert find(tx, at.split("/")[-1]).is_drill
    assert errors == []


PAGES = ("", "record", "evidence", "affected", "owed", "playbook", "notices", "deliveries", "filings", "timeline")


@pytest.mark.parametrize(
    ("dark", "width", "language"), [(False, 1280, "English"), (True, 390, "မြန်မာ"), (False, 390, "简体中文")]
)
def test_no_page_has_a_serious_fault_for_those_who_read_otherwise(signed_in, kit, dark, width, language):
    page = signed_in("responder", "compliance", "administrator", name="Rana", dark=dark, width=width)
    page.get_by_role("button", name=language).click()
    expect(page.locator(".languages [aria-current]")).to_have_text(language)
    with kit.begin() as tx:
        rana = find_account(tx, "rana@house.example").as_actor()
    body = {"title": "A list was lost", "company": "moqi", "became_aware_at": kit.clock.now()}
    made = acts()["declare_incident"]
    at = made.do(Caller(kit, rana), made.body.model_validate(body), {})["reference"]
    acts()["assess_incident"].do(Caller(kit, rana, at), Nothing(), {})
    paths = [f"/console/incidents/{at}/{tab}" for tab in PAGES]
    paths += ["/console/", "/console/declare", "/console/account", "/console/accounts", "/console/providers"]
    paths += ["/console/small-case", "/console/companies", "/console/companies/moqi"]
    paths += ["/public/moqi/en/check", "/public/mmso/my/report"]
    found = []
    for path in paths:
        answer = page.goto(path)
        assert answer
        assert answer.status == 200, path
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found.append((path, fault["id"], fault["nodes"][0]["target"]))
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 1:
            found.append((path, "wider than the window", wider))
    assert found == []
