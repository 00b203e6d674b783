"""The languages of the console: every message of its source is translated, and a page speaks as its reader chose."""

import re

import pytest

from notifiers.burmese import is_misordered
from web.acts import acts
from web.languages import gather
from web.languages.catalogs import FOLDER, SOURCE, languages, translations

TRANSLATED = [one for one in languages().values() if one.language != SOURCE]
NAMED = re.compile(r"%\(\w+\)s|\{\}|%%")
MARKS = re.compile(r"</?\w+[^>]*>")


@pytest.fixture(scope="module")
def gathered():
    """place -> its messages, as the source has them now."""
    return {
        place: {(one.context, gather.key(one.id)) for one in catalog if one.id}
        for place, catalog in gather.messages().items()
    }


def catalogs(language):
    """place -> (context, message) -> translation."""
    return {path.stem: gather.strings(path, language) for path in (FOLDER / language.language).glob("*.po")}


def pairs(language):
    """Every message of the catalogs with each form of its translation."""
    for place, found in catalogs(language).items():
        for (_, message), said in found.items():
            for form in (said,) if isinstance(said, str) else said:
                yield place, message if isinstance(message, str) else message[1], form


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_each_message_of_the_source_stands_in_its_catalog_and_no_other_does(language, gathered):
    assert {place: set(found) for place, found in catalogs(language).items()} == gathered


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_no_message_is_left_without_a_translation(language):
    assert [(place, message) for place, message, said in pairs(language) if not said.strip()] == []


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_no_catalog_is_in_doubt_of_its_own_words(language):
    for path in (FOLDER / language.language).glob("*.po"):
        assert "#, fuzzy" not in path.read_text(), path
        assert "#~ " not in path.read_text(), path


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_what_is_filled_in_is_the_same_on_both_sides(language):
    for place, message, said in pairs(language):
        for kind in (NAMED, MARKS):
            assert set(kind.findall(said)) == set(kind.findall(message)), (place, message, said)


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_a_catalog_is_written_in_its_own_script(language):
    script = {"zh-Hans": r"[\u4e00-\u9fff]", "my": r"[\u1000-\u109f]"}[language.language]
    same = {"DOCX", "JSON", "PDF", "push", "digest", "SMS", "AUD", "CNY", "EUR", "USD"}  # as in every language
    bare = [(message, said) for _, message, said in pairs(language) if not re.search(script, said)]
    assert [one for one in bare if one[1] not in same and re.search("[A-Za-z]{3}", one[1])] == []


def test_no_burmese_stands_in_the_order_of_zawgyi():
    burmese = languages()["my"]
    assert [said for _, _, said in pairs(burmese) if is_misordered(said)] == []


def test_burmese_counts_in_the_digits_of_the_references_beside_it():
    assert [said for _, _, said in pairs(languages()["my"]) if re.search("[\u1040-\u1049]", said)] == []


def test_a_catalog_in_the_order_of_zawgyi_would_be_seen():
    assert is_misordered("\u1031\u1019\u102c\u1004\u1039\u1031\u1010\u102c\u1039")


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.language)
def test_what_an_act_says_when_it_is_done_is_translated(language):
    known = translations(language.language)
    assert [act.said for act in acts().values() if known.gettext(act.said) == act.said] == []


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("zh-CN", "zh-Hans"),
        ("zh;q=0.8, my;q=0.9", "my"),
        ("de, en;q=0.5", "en"),
        ("fr", "en"),
        ("my;q=0, fr", "en"),
        ("", "en"),
    ],
)
def test_before_it_is_chosen_a_page_speaks_as_the_browser_asks(app, asked, spoken):
    page = app.test_client().get("/login", headers={"Accept-Language": asked})
    assert f'<html lang="{spoken}">' in page.text


def test_a_choice_is_kept_before_and_after_log_in_and_goes_back_to_its_page(browser):
    mine = browser("responder")
    answer = mine.send("/console/language", {"language": "my", "back": "/console/declare"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/declare")
    kept = answer.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    page = mine.get("/console/declare", headers={"Accept-Language": "en"}).text
    assert '<html lang="my">' in page
    assert re.search(r'value="my" lang="my" aria-current="true">မြန်မာ<', page)
    assert ">简体中文<" in page


@pytest.mark.parametrize("back", ["//evil.example/", "/\\evil.example", "https://evil.example/", "evil", ""])
def test_the_switch_leads_to_no_other_house(browser, back):
    answer = browser("responder").send("/console/language", {"language": "my", "back": back})
    assert answer.headers["Location"] == "/console/"


def test_somebody_who_is_not_signed_in_chooses_too(app):
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text).group(1)
    form = {"language": "zh-Hans", "back": "/login", "csrf_token": token}
    assert client.post("/console/language", data=form).status_code == 303
    page = client.get("/login").text
    assert '<html lang="zh-Hans">' in page
    assert "登录" in page


def test_a_language_that_there_is_not_is_not_chosen(browser):
    assert browser("responder").send("/console/language", {"language": "xx"}).status_code == 404


def test_a_program_is_answered_in_english_whatever_it_asks(asking):
    ask = asking("responder")
    said = ask("post", "/incidents", json={"title": ""}, headers={"Accept-Language": "zh-CN"})
    assert said.status_code == 422
    assert "became_aware_at" in said.json["detail"] or "missing" in said.json["detail"]
    assert not re.search(r"[\u4e00-\u9fff]", said.text)


def test_a_form_says_in_the_language_of_its_reader_what_it_lacks(browser):
    mine = browser("responder")
    mine.send("/console/language", {"language": "zh-Hans"})
    lacking = mine.send("/console/incidents", {"company": "moqi"}, htmx=True)
    assert "title：此项必填。" in lacking.text
    form = {"title": "Lost", "company": "moqi", "became_aware_at": "2031-01-01T10:00", "became_aware_at_zone": "UTC"}
    ahead = mine.send("/console/incidents", form, htmx=True)
    assert "became_aware_at：此时间在将来。" in ahead.text
    assert 'lang="en"' not in ahead.text
    form |= {"company": "nobody", "became_aware_at": "2025-01-01T10:00"}
    unknown = mine.send("/console/incidents", form, htmx=True)
    assert "没有公司规定 &#39;nobody&#39;" in unknown.text
    assert 'lang="en"' not in unknown.text
