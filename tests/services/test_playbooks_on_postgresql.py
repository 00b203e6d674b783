"""An incident led through its playbook by command line and REST, on PostgreSQL."""

import pytest

from tests.web.conftest import *  # noqa: F403 - what those tests may ask for
from tests.web.test_cli_playbooks import *  # noqa: F403 - the very same tests, on another store

pytestmark = pytest.mark.usefixtures("on_postgresql")
