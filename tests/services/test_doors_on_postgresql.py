"""What the doors do on PostgreSQL: an incident led through its playbook, and input that it cannot hold."""

import pytest

from tests.web.conftest import *  # noqa: F403 - what those tests may ask for
from tests.web.conftest import csrf_of
from tests.web.test_cli_playbooks import *  # noqa: F403 - the very same tests, on another store

pytestmark = pytest.mark.usefixtures("on_postgresql")
UNKEPT = "What was sent holds a character or a number that cannot be kept."


@pytest.mark.parametrize("path", ["/incidents/INC%00", "/incidents/INC%00/snapshots/1/cohorts"])
def test_what_the_database_cannot_hold_is_said_in_one_sentence_over_the_api(asking, path):
    said = asking("responder")("get", path)
    assert (said.status_code, said.json["detail"]) == (422, UNKEPT)


def test_a_log_in_that_the_database_cannot_hold_lets_nobody_in(app):
    client = app.test_client()
    token = csrf_of(client.get("/login").text)
    form = {"email": "a\x00@house.example", "password": "x", "csrf_token": token}
    assert client.post("/login", data=form).status_code in {200, 422}


def test_a_page_says_it_too(browser):
    said = browser("responder").get("/console/incidents/INC%00/")
    assert (said.status_code, said.mimetype) == (422, "text/html")
    assert UNKEPT in said.text
