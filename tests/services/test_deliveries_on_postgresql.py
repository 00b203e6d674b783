"""The tests of deliveries, of their waves and providers' health, and of bulk writing, on PostgreSQL."""

from tests.incidents.test_bulk import *  # noqa: F403 - the very same tests, on another store
from tests.incidents.test_deliveries import *  # noqa: F403
from tests.incidents.test_runs import *  # noqa: F403

# It makes databases of its own, on the other store.
del test_whatever_happens_everybody_stands_as_with_a_row_each  # noqa: F821
