"""The public pages: no cookie, three languages, a report that arrives sealed."""

from incidents.record.inbound import read
from web.pages import record
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
