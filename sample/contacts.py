"""Contact points and names of invented people, made column by column from ordinals; no two ordinals share one."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sample.dice import Ints, hexed, scattered
from sample.recipe import NameParts, Place


def phones(place: Place, ordinals: Ints, start: int, *, domestic: bool) -> pa.Array:
    """Mobile numbers, with the country code or (`domestic`) without it."""
    plan = place.phone
    size = 10**plan.digits
    numbers = scattered(ordinals, size * len(plan.starts), start)
    starts = looked_up([("" if domestic else plan.call) + each for each in plan.starts], numbers // size)
    return pc.binary_join_element_wise(starts, digits(numbers % size, plan.digits), "")


def emails(place: Place, spelled: pa.Array, ordinals: Ints, start: int) -> pa.Array:
    """E-mail addresses under the domains that are reserved for examples."""
    marks = digits(scattered(ordinals, 10**8, start), 8)
    domains = looked_up(place.mail, ordinals % len(place.mail))
    return pc.binary_join_element_wise(pc.binary_join_element_wise(spelled, marks, ""), domains, "@")


def tokens(ordinals: Ints, salt: int) -> pa.Array:
    """Push tokens that say themselves that they are invented."""
    return pc.binary_join_element_wise("sample", pa.array(hexed(ordinals, salt)).cast(pa.string()), ":")


def messenger_ids(ordinals: Ints, start: int) -> pa.Array:
    """Page-scoped ids of 16 digits, as chat platforms give them."""
    return pc.binary_join_element_wise("99", digits(scattered(ordinals, 10**14, start), 14), "")


def addresses(place: Place, ordinals: Ints, start: int) -> pa.Array:
    """Addresses in a street that says itself that it is invented."""
    numbers = scattered(ordinals, 900 * 900, start)
    house, room = (pa.array(part + 1).cast(pa.string()) for part in (numbers // 900, numbers % 900))
    form = place.postal
    return pc.binary_join_element_wise(form.before, house, form.between, room, form.after, "")


def people_names(parts: NameParts, rng: np.random.Generator, count: int) -> tuple[pa.Array, pa.Array]:
    """Names as written and as spelled in Latin letters."""
    first, second = rng.integers(0, len(parts.first), count), rng.integers(0, len(parts.second), count)
    written, spelled = (
        pc.binary_join_element_wise(
            looked_up([part.split("=")[side] for part in parts.first], first),
            looked_up([part.split("=")[side] for part in parts.second], second),
            joint,
        )
        for side, joint in ((0, parts.joint), (1, "."))
    )
    return written, spelled


def looked_up(words: Sequence[str], numbers: Ints) -> pa.Array:
    """The words of which `numbers` are the indexes."""
    return pa.array(list(words), pa.string()).take(pa.array(numbers))


def digits(numbers: Ints, width: int) -> pa.Array:
    """Decimal digits, filled with zeros on the left."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
