"""What a law wants people and controllers told can be told: each element of a duty has its part of a notice."""

import pytest

from incidents.notices.library import load_wording
from policies.load import everything, load
from policies.vocabulary import Audience

PEOPLE = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS)
DUTIES = [(name, duty) for name, law in everything(load()).items() for duty in law.duties]
WORDING = load_wording()


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
