"""A caller at work in a browser: the next call, its script and number, and what came of it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web.called import listed

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def house(monkeypatch):
    """This house has set up a call list."""
    monkeypatch.setenv("TOCSIN_CALL_LIST_TRIES", "3")


@pytest.mark.parametrize("language", ["en", "zh-Hans", "my"])
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_caller_takes_a_call_reads_the_script_and_writes_down_what_came_of_it(
    signed_in, kit, monkeypatch, language, width, dark
):
    incident = listed(kit, monkeypatch, language=language)
    page = signed_in("communications", name="Mei", width=width, dark=dark)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"/console/incidents/{incident}/calls")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(f"form:has([name=language][value={language}]) button", has_text="Call the next in").click()
    expect(page.get_by_role("heading", name="Dial this number")).to_be_visible()
    number = page.locator(".number-to-dial").inner_text()
    assert number.startswith("+65 8123 45")
    assert number.replace(" ", "") not in page.url
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.fill("[name=note]", "will look into the app")
    page.locator("[name=note]").press("Enter")  # writes nothing: no button is pressed
    expect(page.get_by_role("heading", name="Dial this number")).to_be_visible()
    page.locator("button[value=call_back]").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("say when the person wants to be called back")
    page.locator("button[value=told_and_confirmed]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Written down.")
    expect(page.get_by_role("row", name="told and confirmed").first).to_contain_text("1")
    assert Axe().run(page).response["violations"] == []
    assert errors == []
