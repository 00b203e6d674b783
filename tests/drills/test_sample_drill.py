"""The drill that `make run` carries: from the first word to a proof that holds, each step said in one line."""

from datetime import timedelta

import pytest

from incidents.record.incident import find
from incidents.review.verify import verify
from sample.drill import carry
from tests.drills.cast import house_of


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    kit, clock = house_of(tmp_path_factory.mktemp("drill"), "moqi", people=300)
    said: list[str] = []
    done = carry(kit, say=said.append, wait=lambda seconds: clock.tick(timedelta(seconds=seconds)))
    return kit, done, said


def test_it_goes_from_declared_to_closed_and_says_each_step_with_counts_and_links(carried):
    _, done, said = carried
    steps = ("Declared", "Collected", "Snapshot 1", "Assessed", "Drafted", "An approval before", "Written", "Told")
    more = ("Initial report", "Snapshot 2", "Supplementary report", "Closing is refused", "Closed", "The proof")
    at = [next(n for n, line in enumerate(said) if line.startswith(step)) for step in (*steps, *more)]
    assert at == sorted(at)
    assert sum(f"/console/incidents/{done.reference}" in line for line in said) > 8
    assert any("1,000,000 or more is not reached" in line for line in said)


def test_the_incident_is_a_drill_and_is_closed(carried):
    kit, done, _ = carried
    with kit.begin() as tx:
        incident = find(tx, done.reference)
        assert incident.is_drill
        assert incident.closed_at is not None


def test_the_proof_holds_with_nothing_but_the_key_and_one_flipped_byte_is_found(carried):
    kit, done, _ = carried
    proof, key = done.bundle.read_bytes(), kit.signer.public_key.keyid
    assert verify(proof, key).holds
    flipped = bytearray(proof)
    flipped[len(flipped) // 2] ^= 1
    assert not verify(bytes(flipped), key).holds


def test_no_line_said_holds_anybodys_address(carried):
    _, _, said = carried
    assert not [line for line in said if "+86" in line or ".example." in line]
