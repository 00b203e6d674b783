"""How long loading all packs and assessing one incident with 200 cohorts takes, on one core."""

import gc
import shutil
import tempfile
from itertools import cycle, islice
from pathlib import Path

from bench.timing import Figure, alone
from policies.evaluate import evaluate
from policies.facts import Facts
from policies.load import HERE, Packs, load

PLACES = ["CN", "MM", "TH", "DE", "FR", "SG", "US-CA", "US-TX", "US-NY", "US-IL", "US", "JP", "KR", "GB", "IN"]


def run(*, full: bool) -> list[Figure]:
    """One assessment over packs that were loaded as the app loads them, then loading with nothing read before."""
    packs = load()
    gc.freeze()
    facts = [a_breach(house) for house in packs.house]
    heaviest = max(facts, key=lambda one: len(evaluate(packs, one).obligations))
    assessed = alone(
        "assess one incident with 200 cohorts, 16 places",
        lambda: evaluate(packs, heaviest),
        rounds=20 if full else 9,
        bar="0.1 s",
    )
    return [alone("load every law and policy", _load_anew, rounds=3, bar="1.5 s"), assessed]


def a_breach(house: str) -> Facts:
    """Facts of one leak at `house` with 200 cohorts in sixteen places, of mixed age and data."""
    places, ages = cycle([*PLACES, "unknown"]), cycle(["under_14", "adult", "unknown"])
    kinds = cycle([["name", "phone"], ["name", "national_id_number"], ["identity_document"], ["health", "email"]])
    cohorts = [
        {
            "id": f"c{n}",
            "controller": house,
            "residence": place.split("-")[0],
            **({"region": place} if "-" in place else {}),
            "age_band": age,
            "categories": data,
            "people": 1000 + n,
        }
        for n, (place, age, data) in enumerate(islice(zip(places, ages, kinds, strict=False), 200))
    ]
    aware = {"became_aware_at": "2026-11-20T21:40:00+08:00"}
    return Facts.model_validate(
        {
            "as_of": "2026-11-20T22:00:00+08:00",
            "company": house,
            "breach": {"kinds": ["confidentiality"]},
            "parties": [{"id": house, "anchors": aware, "offers_to": {"US": "yes", "EEA": "yes", "JP": "yes"}}],
            "cohorts": cohorts,
        }
    )


def _load_anew() -> Packs:
    # A copy elsewhere, so that nothing that was read before serves again.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "policies"
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        return load(copy)
