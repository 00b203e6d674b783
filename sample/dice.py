"""Seeded dealing: exact quotas in random order, and numbers that are scattered yet never repeat."""

import zlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# A large prime: multiplying by it modulo a number space that is no multiple of it scatters one to one.
STEP = 982_451_653


def dice(seed: int, *words: str) -> np.random.Generator:
    """A generator of its own for each seed and each list of words, so that one part never shifts another."""
    return np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in words)])


def apportion(total: int, weights: npt.ArrayLike) -> Ints:
    """Divide `total` by `weights` exactly (largest remainder); each positive weight gets one while there is enough."""
    share = np.asarray(weights, dtype=np.float64)
    wanted = share / share.sum() * total
    counts: Ints = np.floor(wanted).astype(np.int64)
    counts[np.argsort(counts - wanted, kind="stable")[: total - int(counts.sum())]] += 1
    for empty in np.flatnonzero((share > 0) & (counts == 0)):
        richest = int(np.argmax(counts))
        if counts[richest] > 1:
            counts[richest] -= 1
            counts[empty] = 1
    return counts


def deal(rng: np.random.Generator, total: int, weights: npt.ArrayLike) -> Ints:
    """`total` indexes into `weights`, in exact proportion and in random order."""
    counts = apportion(total, weights)
    return np.asarray(rng.permutation(np.repeat(np.arange(len(counts), dtype=np.int64), counts)), dtype=np.int64)


def chosen(rng: np.random.Generator, total: int, share: float) -> Bools:
    """`total` yes-or-nos, of which exactly the given share is yes (at least one, when the share is above nothing)."""
    return deal(rng, total, [1 - share, share]).astype(np.bool_)


def scattered(ordinals: Ints, space: int, start: int) -> Ints:
    """A number below `space` for each ordinal; two ordinals below `space` never get the same number."""
    return np.asarray((ordinals * STEP + start) % space, dtype=np.int64)


def hexed(ordinals: Ints, salt: int) -> npt.NDArray[np.bytes_]:
    """Sixteen hexadecimal digits for each ordinal, without repeats (the finalizer of splitmix64 is one-to-one)."""
    mixed = ordinals.astype(np.uint64) + np.uint64(salt)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    pairs = np.array([f"{byte:02x}".encode() for byte in range(256)])
    return np.ascontiguousarray(pairs[mixed.view(np.uint8).reshape(-1, 8)]).view("S16").ravel()
