"""The tests of deliveries, of their waves and providers' health, and of bulk writing, on PostgreSQL."""

from tests.incidents.test_bulk import *  # noqa: F403 - the very same tests, on another store
from tests.incidents.test_deliveries import *  # noqa: F403
