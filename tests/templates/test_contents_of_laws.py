"""What a law wants said can be said: each element of a duty has its part of a notice or its question in the form."""

import pytest

from incidents.filings.forms import read_forms
from incidents.notices.library import load_wording
from policies.load import everything, load
from policies.vocabulary import Audience

PEOPLE = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS)
DUTIES = [(name, duty) for name, law in everything(load()).items() for duty in law.duties]
WORDING = load_wording()
FORMS = read_forms()


def said_by(*notices):
    return {element for notice in notices for element in WORDING.notice(notice).elements}


@pytest.mark.parametrize(
    ("law", "duty"), [(n, d) for n, d in DUTIES if d.owed_to in PEOPLE], ids=lambda one: str(one)[:40]
)
def test_a_notice_has_a_part_for_each_element_that_people_are_owed(law, duty):
    assert set(duty.contents) - said_by("individuals") == set(), f"{law}/{duty.id}"


@pytest.mark.parametrize(
    ("law", "duty"), [(n, d) for n, d in DUTIES if d.owed_to is Audience.CONTROLLER], ids=lambda one: str(one)[:40]
)
def test_a_notice_has_a_part_for_each_element_that_controllers_are_owed(law, duty):
    assert set(duty.contents) - said_by("controller") == set(), f"{law}/{duty.id}"


@pytest.mark.parametrize(("law", "duty"), [(n, d) for n, d in DUTIES if d.form], ids=lambda one: str(one)[:40])
def test_a_form_asks_for_each_element_that_its_duty_wants(law, duty):
    form = FORMS[duty.form]
    asked = {element for section in form.sections for one in section.questions for element in one.fulfils}
    assert {*duty.contents, *duty.later_contents} - asked == set(), f"{law}/{duty.id}"
