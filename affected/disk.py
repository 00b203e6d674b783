"""Whether an error says that the disk is full, whoever met it: Python, Arrow or DuckDB."""

import errno
import os

_FULL = (errno.ENOSPC, errno.EDQUOT)
# DuckDB takes no more of a disk than was free when it began, and says so as if memory had run out.
_NO_ROOM_TO_SPILL = "max_temp_directory_size"


def is_full(error: Exception) -> bool:
    """Whether writing failed because there is no room left."""
    signs = (*map(os.strerror, _FULL), _NO_ROOM_TO_SPILL)
    return getattr(error, "errno", None) in _FULL or any(sign in str(error) for sign in signs)
