"""What is compared and how much each likeness counts: the settings handed to Splink, chosen by the fields there are.

A comparison is a list of levels from like to unlike. `m` is how often a level is seen of one and the same person, `u`
how often of two people. The figures here were learnt on the labelled sets FEBRL 1 to 3; the directory's own u replaces
them as its size allows, and the evidence's own m where enough of it is plainly known.
"""

from collections.abc import Collection, Sequence
from typing import Any

Settings = dict[str, Any]
_NEAR, _LIKE = 0.92, 0.80  # Jaro-Winkler similarity of names
_OTHER = {"given_name": "surname", "surname": "given_name", "address_1": "address_2", "address_2": "address_1"}
_PARTS = {"street": ("street_number", "address_1", "address_2"), "locality": ("suburb", "postcode")}
PLACES = (*_PARTS, "address")  # the comparisons of an address
# (m, u) of "so many parts of an address agree", most first, by how many parts there are to agree.
_STANDING = {
    "street": {3: ((0.45, 1e-6), (0.35, 2e-5), (0.15, 0.015)), 2: ((0.65, 1e-5), (0.3, 0.01)), 1: ((0.9, 0.005),)},
    "locality": {2: ((0.84, 1e-5), (0.15, 0.005)), 1: ((0.9, 0.005),)},
}
# Least m of any level: no single unlikeness rules a person out, however clean the rows are that m was learnt from.
LEAST_M = 0.002
# The directory's sample counts against this many pairs of the labelled sets.
_STANDING_PAIRS = 10_000


def settings(fields: Collection[str], rules: Sequence[str], *, prior: float) -> Settings:
    """Splink's settings; `prior` is the probability that a pair taken blindly is one person."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "id",
        "comparisons": comparisons(fields),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in rules],
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,  # the level of each comparison comes with them
        "retain_intermediate_calculation_columns": False,
        "em_convergence": 0.001,
        "max_iterations": 15,
    }


def comparisons(fields: Collection[str]) -> list[Settings]:
    """One comparison for each thing that both sides say something of."""
    found = [_name(name, fields) for name in ("given_name", "surname") if name in fields]
    if "birth_date" in fields:
        found.append(_comparison("birth_date", _null("birth_date"), _BIRTH, 0.03))
    for place, parts in _PARTS.items():
        present = [part for part in parts if part in fields]
        if present:
            found.append(_place(place, present))
    if "address" in fields:
        found.append(_comparison("address", _null("address"), _ADDRESS, 0.05))
    return found


def bounded(model: Settings, standing: Settings, *, pairs: int = 0) -> Settings:
    """`model` with the standing figures where it has none of its own. Where its u was newly seen in `pairs`, it is
    weighed with the standing one; without, it stays."""
    for comparison, before in zip(model["comparisons"], standing["comparisons"], strict=True):
        for level, stood in zip(comparison["comparison_levels"], before["comparison_levels"], strict=True):
            if not level.get("is_null_level"):
                level["m_probability"] = max(level.get("m_probability") or stood["m_probability"], LEAST_M)
                seen = (level.get("u_probability") or 0.0) * pairs + stood["u_probability"] * _STANDING_PAIRS
                level["u_probability"] = seen / (pairs + _STANDING_PAIRS) if pairs else level["u_probability"]
    return model


def _level(condition: str, m: float, u: float, **more: Any) -> Settings:
    return {"sql_condition": condition, "m_probability": m, "u_probability": u, **more}


def _null(field: str) -> str:
    return f"{field}_l IS NULL OR {field}_r IS NULL"


def _comparison(name: str, null: str, levels: Sequence[Settings], m_of_unlike: float) -> Settings:
    unlike = _level("ELSE", m_of_unlike, 1 - sum(level["u_probability"] for level in levels))
    listed = [{"sql_condition": null, "is_null_level": True}, *levels, unlike]
    return {"output_column_name": name, "comparison_levels": listed}


def _name(name: str, fields: Collection[str]) -> Settings:
    """Equal (a rare name counts for more), exchanged with the other name, nearly equal, like, or another."""
    other, near = _OTHER[name], f"jaro_winkler_similarity({name}_l, {name}_r)"
    first = f"split_part({name}_l, ' ', 1) = split_part({name}_r, ' ', 1)"
    levels = [
        _level(f"{name}_l = {name}_r", 0.69, 0.004, tf_adjustment_column=name),
        _level(f"{near} >= {_NEAR} OR {first}", 0.15, 0.0005),
        _level(f"{near} >= {_LIKE}", 0.05, 0.005),
    ]
    if other in fields:
        levels.insert(1, _level(f"{name}_l = {other}_r OR {other}_l = {name}_r", 0.05, 0.0003))
    return _comparison(name, _null(name), levels, 0.06)


_BIRTH = (
    _level("birth_date_l = birth_date_r", 0.89, 3e-5),
    _level(
        "birth_date_l[1:4] = birth_date_r[1:4] AND birth_date_l[5:6] = birth_date_r[7:8] "
        "AND birth_date_l[7:8] = birth_date_r[5:6]",
        0.01,
        1e-5,
    ),
    _level("damerau_levenshtein(birth_date_l, birth_date_r) <= 1", 0.05, 1e-3),
)
_SHARED = "len(list_intersect(words_l, words_r)) / greatest(len(words_l), len(words_r), 1)"
_ADDRESS = (
    _level(f"{_SHARED} >= 0.99", 0.5, 2e-6),
    _level(f"{_SHARED} >= 0.7", 0.3, 1e-5),
    _level(f"{_SHARED} >= 0.4", 0.15, 1e-3),
)


def _place(place: str, parts: Sequence[str]) -> Settings:
    """How many parts of an address agree, counted together, for they are no independent witnesses of one another."""
    agree = " + ".join(f"CASE WHEN {_agrees(part, parts)} THEN 1 ELSE 0 END" for part in parts)
    standing = _STANDING[place][len(parts)]
    levels = [_level(f"({agree}) >= {len(parts) - n}", m, u) for n, (m, u) in enumerate(standing)]
    unsaid = " AND ".join(f"({_null(part)})" for part in parts)
    return _comparison(place, unsaid, levels, 1 - sum(m for m, _ in standing) or 0.02)


def _agrees(part: str, parts: Collection[str]) -> str:
    if part in {"address_1", "address_2", "suburb"}:
        near = f"jaro_winkler_similarity({part}_l, {part}_r) >= 0.9"
        other = _OTHER.get(part)
        return f"{near} OR {part}_l = {other}_r" if other in parts else near
    if part == "postcode":
        return "damerau_levenshtein(postcode_l, postcode_r) <= 1"
    return f"{part}_l = {part}_r"
