"""The tests of deliveries on PostgreSQL."""

from tests.incidents.test_deliveries import *  # noqa: F403 - the very same tests, on another store
