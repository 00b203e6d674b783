"""In a real browser: a person is excluded, found anew by a second file, decided on again, and looked up in the page."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.record.declare import Declaration, declare
from incidents.record.incident import find
from incidents.snapshots.opened import newest, open_file

pytestmark = pytest.mark.browser
WITH_LEAK = True


@pytest.fixture
def at(kit, leaked, responder):
    """An incident with the leak's first list in the vault: the path of its affected page."""
    file = leaked[1].files[0]
    with kit.begin() as tx:
        said = Declaration("A partner's export was read", "moqi", leaked[1].found_at, is_drill=True)
        one = declare(tx, said, by=responder, clock=kit.clock, keys=kit.keys)
        put(tx, kit, one, file, responder)
        return f"/console/incidents/{one.reference}/affected"


def put(tx, kit, incident, file, by):
    said = Description(file.title, EvidenceKind(file.kind), file.path.name, file.source, file.reading)
    with file.path.open("rb") as stream:
        collect(tx, incident, stream, said, by=by, clock=kit.clock, vault=kit.vault, keys=kit.keys)


def found_by_both(kit, at, leaked):
    """Somebody of the first version whom the second file means too."""
    with kit.begin(reading=True) as tx:
        snapshot = newest(tx, find(tx, at.split("/")[3]).id)
        assert snapshot
        why = open_file(tx, snapshot, "why", keys=kit.keys, home=kit.home)
    truth = json.loads(leaked[1].truth.read_text())["files"][1]["people"]
    return sorted(set(why["person_id"].to_pylist()) & set(truth))[0]


def scope(page: Page, version: int) -> None:
    page.get_by_role("button", name="Scope again" if version > 1 else "Find who is affected").click()
    expect(page.get_by_role("heading", name=f"Version {version}", exact=True)).to_be_visible()


def test_a_person_is_excluded_found_anew_decided_on_and_looked_up(signed_in, kit, leaked, at, responder):
    page = signed_in("responder", "compliance", name="Conny")
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(at)
    scope(page, 1)
    person = found_by_both(kit, at, leaked)
    page.get_by_text("Decide about people by their ids").click()
    form = page.locator("form", has=page.locator("[name=people]"))
    form.locator("[name=people]").fill(person)
    form.locator("[name=decision]").select_option("exclude")
    form.locator("[name=because]").fill("The partner named them by mistake.")
    form.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("The decision about these people is recorded")
    with kit.begin() as tx:
        put(tx, kit, find(tx, at.split("/")[3]), leaked[1].files[1], responder)
    scope(page, 2)
    expect(page.get_by_role("heading", name="Excluded before, found anew (1)")).to_be_visible()

    page.get_by_role("link", name="Who of them was told already").click()
    expect(page.get_by_role("heading", name="Since version 1, and who was told already")).to_be_visible()
    page.fill("[name=person]", person)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".explained")).to_contain_text("found them: somebody must decide again")
    assert person not in page.url
    assert Axe().run(page).response["violations"] == []

    page.get_by_text("1 person (1 for certain)").click()
    form = page.locator("form", has=page.locator("[name=found_anew]"))
    form.locator("[name=decision]").select_option("include")
    form.locator("[name=because]").fill("The second file is beyond doubt.")
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Excluded before, found anew (1)")).to_have_count(0)
    assert errors == []
