"""What a process that lasts does about its memory, in a process of its own: it changes all of one."""

import subprocess
import sys

_SAYS = """
import gc
from incidents.foundation.memory import settle_down
loaded = [[] for _ in range(1000)]
settle_down()
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] > 700)
"""


def test_what_is_loaded_is_left_out_of_collections_and_they_are_rarer():
    told = subprocess.run([sys.executable, "-c", _SAYS], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True"]
    assert told.stderr == ""
