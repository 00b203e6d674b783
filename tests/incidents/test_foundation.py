"""The foundation: keys that can be shredded, references that catch a slip of the tongue, settings that refuse."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, StatementError

from incidents.foundation.clock import read_moment
from incidents.foundation.database import prepare
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import is_reference, new_id, new_reference
from incidents.foundation.keys import KeyRing, KeyUse, add_root
from incidents.foundation.privacy import FEWEST_ALIKE, described, masked
from incidents.foundation.settings import Settings, check
from incidents.foundation.signing import add_signing_key, fingerprint, read_public, read_signer, sign
from incidents.record.tables import Hold

SQLITE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}  # 2: FULL


def test_a_row_on_sqlite_outlives_a_power_cut_and_points_at_what_is_there(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}")  # the fixture's waits for no disk
    prepare(engine)
    with engine.connect() as line:
        said = {name: line.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in SQLITE}
    engine.dispose()
    assert said == SQLITE


def test_ids_made_later_sort_later():
    assert new_id("x") != new_id("x")
    assert len(new_id("x")) == 28


@given(st.integers(0, 7), st.sampled_from("23456789ABCDEFGHJKMNPQRSTUVWXYZ"))
def test_a_reference_catches_any_wrong_character(place, wrong):
    reference = new_reference("MQ")
    body = list(reference.split("-", 1)[1].replace("-", ""))
    changed = body[place] != wrong
    body[place] = wrong
    assert is_reference("MQ-" + "".join(body[:4]) + "-" + "".join(body[4:])) is not changed


@given(st.integers(0, 5))
def test_a_reference_catches_swapped_neighbours(place):
    whole = new_reference("MQ").split("-", 1)[1].replace("-", "")
    swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    assert is_reference(f"MQ-{swapped[:4]}-{swapped[4:]}") is (swapped == whole)


def test_what_was_sealed_opens_only_with_the_same_words_about_it(tx, keys, clock):
    key = keys.make(tx, KeyUse.FIELDS, purpose="test", subject_id="s", clock=clock)
    sealed = keys.seal(tx, key, b"+8613812345678", about="row 1")
    assert keys.unseal(tx, key, sealed, about="row 1") == b"+8613812345678"
    with pytest.raises(Exception, match=r"(?i)decrypt"):
        keys.unseal(tx, key, sealed, about="row 2")


def test_a_shredded_key_opens_nothing(tx, keys, clock):
    key = keys.make(tx, KeyUse.PARQUET, purpose="snapshot", subject_id="s", clock=clock)
    assert len(keys.bare(tx, key)) == 32
    keys.shred(tx, key, clock=clock)
    with pytest.raises(Refused, match="snapshot was shredded"):
        keys.bare(tx, key)


def test_rotation_wraps_anew_and_old_seals_still_open(tx, keys, home, clock):
    key = keys.make(tx, KeyUse.FIELDS, purpose="test", subject_id="s", clock=clock)
    sealed = keys.seal(tx, key, b"plain", about="a")
    add_root(home / "keys")
    rotated = KeyRing(home / "keys")
    assert rotated.rewrap(tx) == 1
    (home / "keys" / "root-0001.json").unlink()
    assert KeyRing(home / "keys").unseal(tx, key, sealed, about="a") == b"plain"


def test_a_broker_needs_a_database_that_many_machines_can_share(home):
    with pytest.raises(BadInput, match=r"S006.*PostgreSQL"):
        check(Settings(home=home, broker_url=SecretStr("amqp://guest:secret@127.0.0.1//")))
    with pytest.raises(BadInput, match="S005") as told:
        check(Settings(home=home, broker_url=SecretStr("redis://:secret@127.0.0.1")))
    assert "secret" not in str(told.value)
    check(Settings(home=home, broker_url=SecretStr("amqps://broker"), database_url="postgresql+psycopg://db/tocsin"))


def test_production_refuses_drill_keys_and_unsafe_settings(keys, home):
    with pytest.raises(BadInput, match="drill keys"):
        KeyRing(home / "keys", drill_allowed=False)
    with pytest.raises(BadInput, match=r"S001.*S002.*S004"):
        check(Settings(mode="production", home=home, secret_key=SecretStr("short")))
    with pytest.raises(BadInput, match="S003"):
        check(
            Settings(
                mode="production",
                home=home,
                secret_key=SecretStr("x" * 32),
                keys=home / "keys",
                public_url="https://tocsin.example",
            )
        )


def test_a_signature_names_the_key_that_made_it(home):
    public = add_signing_key(home / "keys")
    envelope = sign(read_signer(home / "keys"), b"{}", kind="application/vnd.test+json")
    assert envelope["signatures"][0]["keyid"] == fingerprint(read_public(public))


@pytest.mark.parametrize("text", ["2026-03-06T21:40", "yesterday", ""])
def test_a_time_without_a_zone_is_no_time(text):
    with pytest.raises(ValueError, match=r"time zone|ISO 8601"):
        read_moment(text)
    assert read_moment("2026-03-06T21:40+08:00") == datetime(2026, 3, 6, 13, 40, tzinfo=UTC)


def test_a_naive_time_is_never_stored(tx):
    tx.add(Hold(id="h", incident_id="i", stops="s", reason="r", requested_by="b", begins_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a zone"):
        tx.flush()
    tx.rollback()


def test_a_log_line_shows_no_contact_point():
    assert masked("told mia@example.org and +86 138 1234 5678") == "told [masked] and [masked]"


TRAITS = st.tuples(st.sampled_from("ab"), st.sampled_from("cd"), st.sampled_from("efg"))


@given(counts=st.dictionaries(TRAITS, st.integers(1, 30)))
def test_whoever_are_few_are_counted_with_others_by_less_of_what_they_are_and_nobody_twice(counts):
    found, few = described(counts, (3, 2, 1))
    assert sum(found.values()) + few == sum(counts.values())
    assert all(people >= FEWEST_ALIKE for people in found.values())
    for traits, people in counts.items():
        assert (found.get(traits) == people) is (people >= FEWEST_ALIKE), "whoever are many are described in full"
    roles = {traits[0] for traits in counts}
    assert few <= len(roles) * (FEWEST_ALIKE - 1), "only what a whole role has too few of is not described at all"


def test_an_error_of_the_database_is_cut_down_to_what_happened(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}")
    prepare(engine)
    with engine.begin() as line:
        line.execute(text("CREATE TABLE kept (name TEXT)"))
        told = "SELECT RAISE(ABORT, 'it is full\nDETAIL: Ann Li')"
        line.execute(text(f"CREATE TRIGGER no_more BEFORE INSERT ON kept BEGIN {told}; END"))
    with pytest.raises(DBAPIError, match="it is full") as broke, engine.begin() as line:
        line.execute(text("INSERT INTO kept VALUES ('x')"))
    assert "Ann Li" not in f"{broke.value}{broke.value.orig}"
    engine.dispose()
