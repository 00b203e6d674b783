"""The sample: invented people of five companies, what leaked of them, and the drill that carries the first incident."""

from sample.leaks import Leak, LeakFile, leak, read_truth
from sample.people import DEFAULT_PEOPLE, DEFAULT_SEED, Directory, Manifest, make, read_manifest

__all__ = [
    "DEFAULT_PEOPLE", "DEFAULT_SEED", "Directory", "Leak", "LeakFile", "Manifest", "leak", "make", "read_manifest",
    "read_truth",
]  # fmt: skip
