"""The public pages: no cookie, three languages, a report that arrives sealed."""

from xml.etree.ElementTree import fromstring
from zoneinfo import ZoneInfo

import pytest

from incidents.record.inbound import read
from web.pages import record
from web.public.announcements import Shown
from web.public.words import words


def test_a_report_from_outside_arrives_sealed_and_with_the_promised_day(app, kit):
    client = app.test_client()
    form = {"text": "My salary is on a forum", "contact": "mia@example.org"}
    answer = client.post("/public/moqi/en/report", data=form)
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers
    with kit.begin() as tx:
        row = record.reports(tx)[0]
        assert row.id in answer.text
        assert read(tx, row, keys=kit.keys).text == "My salary is on a forum"
        assert row.due_at > kit.clock.now()


def test_an_empty_report_is_refused_and_many_are_slowed_down(app):
    client = app.test_client()
    assert client.post("/public/moqi/en/report", data={"text": " "}).status_code == 422
    numbers = [client.post("/public/moqi/en/report", data={"text": "x"}).status_code for _ in range(7)]
    assert numbers[-1] == 429


def test_every_language_of_the_public_pages_says_everything():
    assert set(words()) >= {"en", "zh-Hans", "my"}


def test_an_unknown_company_has_no_page(app):
    assert app.test_client().get("/public/nobody/en/report").status_code == 404


@pytest.fixture
def announced(monkeypatch, clock):
    shown = Shown("MQ-7K3Q-9FMX", "en", "A <notice>", ("First part.", "Second & last."), clock.now())
    monkeypatch.setattr("web.public.announcements.shown", lambda tx, where: [shown])
    return shown


def test_an_announcement_stands_on_the_page_and_in_both_feeds(app, announced):
    client = app.test_client()
    page = client.get("/public/moqi/en/")
    assert "A &lt;notice&gt;" in page.text
    assert announced.reference in page.text
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    atom = fromstring(client.get("/public/moqi/en/feed.atom").data)
    space = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{space}title") for entry in atom.iter(f"{space}entry")] == ["A <notice>"]
    feed = client.get("/public/moqi/en/feed.json").json
    assert feed["items"][0]["content_text"] == "First part.\n\nSecond & last."
    assert feed["items"][0]["url"].endswith(f"/public/moqi/en/#{announced.reference}")


def test_an_announcement_has_the_headings_and_lists_of_its_notice_and_nothing_that_acts(app, monkeypatch, clock):
    html = (
        "<h1>A notice</h1><h2>What you can do</h2><p>Read <a href='https://x.example'>this</a></p>"
        "<ul><li onclick='x()'>Hang up</li></ul><script>x()</script>"
    )
    shown = Shown("MQ-7K3Q-9FMX", "en", "A notice", ("What you can do\n- Hang up",), clock.now(), html)
    monkeypatch.setattr("web.public.announcements.shown", lambda tx, where: [shown])
    page = app.test_client().get("/public/moqi/en/").text
    assert "<h3>What you can do</h3><p>Read this</p><ul><li>Hang up</li></ul>" in page
    assert page.count("A notice") == 1
    assert "- Hang up" not in page


def test_a_reader_s_browser_chooses_the_language_and_every_one_is_offered(app):
    client = app.test_client()
    assert client.get("/public/moqi/", headers={"Accept-Language": "en"}).location == "/public/moqi/en/"
    assert client.get("/public/moqi/", headers={"Accept-Language": "fr"}).location == "/public/moqi/zh-Hans/"
    assert client.get("/public/moqi/", headers={"Accept-Language": "my"}).location == "/public/moqi/my/"
    page = client.get("/public/moqi/en/check").text
    assert all(f'hreflang="{one}"' in page for one in words())


@pytest.mark.parametrize(("code", "said"), [("nonsense", "not a whole reference"), ("MQ-2222-2222", "is not ours")])
def test_a_code_that_is_not_ours_is_not_vouched_for(app, code, said):
    assert said in app.test_client().post("/public/moqi/en/check", data={"code": code}).text


def test_an_announcement_says_when_by_the_clock_of_its_house(app, announced):
    at = announced.published_at.astimezone(ZoneInfo("Asia/Shanghai"))
    page = app.test_client().get("/public/moqi/zh-Hans/").text
    assert f"{at.year}年{at.month}月{at.day}日 {at:%H:%M} (中国标准时间)" in page
    assert "UTC" not in page


@pytest.mark.parametrize("language", words())
def test_what_is_not_there_is_said_in_the_language_of_the_page(app, language):
    client, says = app.test_client(), words()[language]
    there = client.get(f"/public/moqi/{language}/nothing")
    assert there.status_code == 404
    assert says.missing in there.text
    assert says.missing_says in there.text
    assert f'href="/public/moqi/{language}/"' in there.text
    assert says.missing in client.get("/public/nobody/").text  # nobody knows who reads it, so in every language
    empty = client.post(f"/public/moqi/{language}/report", data={"text": " "})
    assert (empty.status_code, says.unread in empty.text) == (422, True)


def test_codes_cannot_be_tried_without_end(app):
    client = app.test_client()
    numbers = [client.post("/public/moqi/en/check", data={"code": "x"}).status_code for _ in range(21)]
    assert (numbers[0], numbers[-1]) == (200, 429)
