"""The tests of waves and of receipts written together, on PostgreSQL."""

from tests.incidents.test_delivery_waves import *  # noqa: F403 - the very same tests, on another store
from tests.incidents.test_receipts_together import *  # noqa: F403
