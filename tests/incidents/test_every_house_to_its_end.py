"""The route of every cohort of the five houses, walked to its end: each person is told, or announced to, or counted."""

from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest

from affected import contacts, open_directory
from affected.mapping import Mapping
from incidents.deliveries.dispatch import readers_from
from incidents.notices.house import routes_for
from notifiers.registry import channels
from policies.load import load
from policies.vocabulary import Audience
from tests.incidents.fanout import PAGE, make_stage
from tests.incidents.test_deliveries import standing, work_on

HOUSES = sorted(load().house)
ADDRESSES = {
    "phone": "+9597000{:05d}",
    "email": "p{}@there.example",
    "device_token": "device-{}",
    "messenger_id": "77{:06d}",
    "postal": "{} Long Street",
}
HELD = [held for size in range(len(ADDRESSES) + 1) for held in combinations(ADDRESSES, size)]
RESIDENCES = ("CN", "MM", "TH", "")


def mapping(company: str) -> Mapping:
    contact = {kind: {"column": kind} for kind in ADDRESSES}
    contact["phone"]["region"] = "MM"
    said = {"directory": company, "controller": {"value": company}, "person_id": {"column": "uid"}, "contact": contact}
    said |= {"residence": {"country": {"column": "country"}}, "role": {"column": "role"}}
    return Mapping.model_validate(said)


def people_of(ladders: list[dict[str, Any]]) -> list[dict[str, str]]:
    """One of each role, country and set of addresses, three times: a rehearsal fails some of everything."""
    roles = sorted({role for ladder in ladders for role in ladder.get("roles", [])} | {"nobody-named-me"})
    alike = [(role, country, held) for role in roles for country in RESIDENCES for held in HELD] * 3
    return [
        {"uid": f"u{number:05d}", "role": role, "country": country}
        | {kind: form.format(number) if kind in held else "" for kind, form in ADDRESSES.items()}
        for number, (role, country, held) in enumerate(alike)
    ]


@pytest.mark.parametrize("company", HOUSES)
def test_everybody_ends_told_or_announced_to_or_counted_as_not_reached(company, home, begin, keys, clock, monkeypatch):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, clock)
    ladders = routes_for(stage.kit.packs, company, Audience.AFFECTED_INDIVIDUALS)["ladders"]
    people = people_of(ladders)
    columns = list(people[0])
    lines = [",".join(columns), *(",".join(person[name] for name in columns) for person in people)]
    (home / "everybody.csv").write_text("\n".join(lines) + "\n")
    directory = stage.kit.directories[company] = open_directory(home / "everybody.csv", mapping(company))
    table = pa.table(
        {
            name: pa.array([person[key] or None for person in people], pa.string())
            for name, key in (("person_id", "uid"), ("residence", "country"), ("role", "role"))
        }
    )
    table = table.append_column("variant", pa.array(["v1"] * len(people), pa.string()))
    readers = readers_from(table, contacts(directory, table["person_id"].combine_chunks()), guardians=False)
    texts = {name: dict.fromkeys(one.pieces, "Read on.") for name, one in channels().items()} | PAGE
    said = {"company": company, "party": company, "ladders": tuple(ladders), "texts": {"v1": texts}}
    fan_out = stage.plan(stage.dispatch(readers=readers, **said))
    begun = standing(stage, fan_out)
    assert begun.under_way + begun.announced + begun.not_reached == begun.people == len(people)
    assert begun.under_way > begun.told == begun.cancelled == 0
    work_on(stage, hours=30)
    stood = standing(stage, fan_out)
    assert stood.people == len(people)
    assert stood.told + stood.announced + stood.not_reached == stood.people, "nobody is dropped"
    assert stood.under_way == stood.cancelled == 0
    assert stood.told > 0
    assert bool(stood.announced) == any(ladder.get("last") for ladder in ladders)
