"""What a process that lasts does about its memory, once it has loaded everything and before it begins to work."""

import atexit
import ctypes
import gc
from contextlib import suppress

_FRESH = 10_000  # objects between two searches for garbage; Python's own 700 are made by a few messages
_M_MMAP_THRESHOLD, _LARGE = -3, 128 << 10  # glibc's name for it in malloc.h, and the value it begins with, in bytes


def settle_down() -> None:
    """Leave what was loaded out of every collection until the end, for the packs are a million objects that never die,
    collect less often, and give back to the system what is free, now and from now on.

    At the end it is collected after all, or the engines would say that each of their types was leaked.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_FRESH, *gc.get_threshold()[1:])
    atexit.register(gc.unfreeze)
    _give_back()


def _give_back() -> None:
    # glibc raises this threshold whenever something larger is freed, and then keeps tens of MiB for the next batch that
    # is opened. Told its own value it leaves it there. Elsewhere there is no such function, nor the trouble.
    with suppress(AttributeError, OSError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.malloc_trim(0)
