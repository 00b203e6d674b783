"""What several stories begin with: a house in which everybody was told, made once."""

import pytest

from incidents.snapshots.opened import Decision
from tests.drills import sending
from tests.drills.cast import ORDINARY, Drill

PEOPLE = 450  # the path does not depend on how many; each variant of a text is a batch of its own


@pytest.fixture(scope="session")
def moqi_told(tmp_path_factory):
    """Everything up to a day after the sending."""
    return tell_moqi(tmp_path_factory.mktemp("proof"))


def tell_moqi(home):
    """What the fixture is made of, for who keeps its database elsewhere."""
    told = Drill.open(home, "moqi", company="moqi", people=PEOPLE)
    told.declare("A partner's export job was read by a stranger")
    told.collect(0)
    told.collect(1)
    told.scope()
    told.answer(ORDINARY)
    told.decide_the_rest(Decision.INCLUDE, "their numbers lie in the list")
    told.assess()
    told.approve_everything()
    sending.send_everything(told)
    sending.work_for_a_day(told)
    return told
