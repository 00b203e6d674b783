"""Whether an error says that the disk is full, whoever met it: Python, Arrow or DuckDB."""

import errno
import os

_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: Exception) -> bool:
    """Whether writing failed because there is no room left."""
    return getattr(error, "errno", None) in _FULL or any(os.strerror(number) in str(error) for number in _FULL)
