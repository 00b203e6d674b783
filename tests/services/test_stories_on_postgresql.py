"""Stories that are told on SQLite elsewhere, on PostgreSQL: from the first word to the proof."""

import pytest

from tests.drills.conftest import tell_moqi
from tests.drills.test_moqi_to_the_proof import *  # noqa: F403 - the very same stories, on another store
from tests.drills.test_smo_told_by_real_providers import *  # noqa: F403

pytestmark = pytest.mark.usefixtures("on_postgresql")


@pytest.fixture(scope="module")
def moqi_told(on_postgresql, tmp_path_factory):
    return tell_moqi(tmp_path_factory.mktemp("proof"))
