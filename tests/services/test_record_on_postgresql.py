"""The record's and the evidence's tests on PostgreSQL."""

from tests.incidents.test_evidence import *  # noqa: F403 - the very same tests, on another store
from tests.incidents.test_foundation import *  # noqa: F403
from tests.incidents.test_record import *  # noqa: F403
