"""The tests of the call list, on PostgreSQL."""

from tests.incidents.test_call_list import *  # noqa: F403 - the very same tests, on another store
