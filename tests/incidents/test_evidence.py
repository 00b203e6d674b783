"""Evidence: written once, sealed, digested, and never read without a custody entry."""

import hashlib
import io

import pytest
from tink import TinkError

from incidents.evidence.collect import Description, EvidenceKind, collect, custody, items, take_out, withdraw
from incidents.evidence.vault import FolderVault
from incidents.foundation.errors import BadInput, Refused
from incidents.record.declare import Declaration, declare

LIST = b"phone\n13812345678\n" * 200_000  # more than one sealed piece of a megabyte


@pytest.fixture
def vault(home):
    return FolderVault(home / "vault")


@pytest.fixture
def incident(tx, responder, clock, keys):
    return declare(tx, Declaration("A leak", "acme", clock.now()), by=responder, clock=clock, keys=keys)


@pytest.fixture
def item(tx, incident, responder, clock, vault, keys):
    said = Description("the exported list", EvidenceKind.IDENTIFIER_LIST, "mia@example.org export.csv", "the partner")
    return collect(tx, incident, io.BytesIO(LIST), said, by=responder, clock=clock, vault=vault, keys=keys)


def test_what_comes_out_is_what_went_in_and_custody_says_why(tx, item, home, vault, keys, responder, clock):
    assert item.sha256 == hashlib.sha256(LIST).hexdigest()
    out = take_out(tx, item, home / "x.csv", purpose="scoping", by=responder, clock=clock, vault=vault, keys=keys)
    assert out.read_bytes() == LIST
    assert out.stat().st_mode & 0o077 == 0
    assert [(entry.action, entry.purpose) for entry in custody(tx, item.id)] == [
        ("collected", "collected for the incident"),
        ("read", "scoping"),
    ]


def test_at_rest_the_evidence_is_sealed_and_its_name_says_nothing(item, home):
    (file,) = (home / "vault").iterdir()
    assert b"138123" not in file.read_bytes()
    assert file.name == item.id
    assert item.suffix == ".csv"


def test_the_vault_never_writes_over(vault):
    vault.put("one", io.BytesIO(b"first"), lambda file: file)
    with pytest.raises(Refused, match="written once"):
        vault.put("one", io.BytesIO(b"second"), lambda file: file)
    assert vault.sealed("one").read() == b"first"


def test_a_deposit_cut_short_leaves_nothing_behind(home, vault):
    class Cut(io.BytesIO):
        def read(self, size=-1):
            raise OSError("the source went away")

    with pytest.raises(OSError, match="went away"):
        vault.put("one", Cut(), lambda file: file)
    assert list((home / "vault").iterdir()) == []


def test_a_flipped_byte_in_the_vault_is_noticed(tx, item, home, vault, keys, responder, clock):
    file = home / "vault" / item.id
    file.chmod(0o600)
    sealed = bytearray(file.read_bytes())
    sealed[2_000_000] ^= 1
    file.write_bytes(sealed)
    with pytest.raises(Exception, match=r"(?i)decrypt|changed|tink|read"):
        take_out(tx, item, home / "x.csv", purpose="scoping", by=responder, clock=clock, vault=vault, keys=keys)


def test_evidence_of_a_shredded_incident_cannot_be_read(tx, item, incident, home, vault, keys, responder, clock):
    keys.shred(tx, incident.key_id, clock=clock)
    with pytest.raises(Refused, match="shredded"):
        take_out(tx, item, home / "x.csv", purpose="scoping", by=responder, clock=clock, vault=vault, keys=keys)


def test_withdrawn_evidence_stays_on_record(tx, item, incident, responder, clock):
    with pytest.raises(BadInput, match="reason"):
        withdraw(tx, item, because="", by=responder, clock=clock)
    withdraw(tx, item, because="another company's export", by=responder, clock=clock)
    assert items(tx, incident.id) == []
    assert items(tx, incident.id, withdrawn_too=True) == [item]


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ({"exposed": ["phone"], "nonsense": 1}, "nonsense: is not a field"),
        ({"columns": {"phone": "mobile"}}, "exposed: Field required"),
        ({"exposed": ["phone"], "columns": {"shoe": "size"}}, "columns.shoe"),
        ({"exposed": ["email_address"]}, "exposed: 'email_address' is no kind of data; there are .*email"),
        ({"exposed": ["xyzzy"]}, "exposed: 'xyzzy' is no kind of data; there are name, birth_date"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_before_anything_is_in_the_vault(
    tx, incident, responder, clock, vault, keys, home, reading, said
):
    description = Description("the list", EvidenceKind.IDENTIFIER_LIST, "a.csv", "the partner", reading)
    with pytest.raises(BadInput, match=f"the list: reading: {said}"):
        collect(tx, incident, io.BytesIO(LIST), description, by=responder, clock=clock, vault=vault, keys=keys)
    assert not list((home / "vault").glob("*"))
    assert not items(tx, incident.id)


def test_a_disk_that_is_full_while_sealing_is_one_sentence_and_leaves_nothing(
    tx, incident, responder, clock, vault, keys, home, monkeypatch
):
    def full(*_, **__):
        raise TinkError("UNKNOWN: OSError: [Errno 28] No space left on device")

    monkeypatch.setattr("incidents.evidence.vault._seal_into", full)
    said = Description("the list", EvidenceKind.DOCUMENT, "a.csv", "the partner")
    with pytest.raises(Refused, match="disk may be full"):
        collect(tx, incident, io.BytesIO(LIST), said, by=responder, clock=clock, vault=vault, keys=keys)
    assert not list((home / "vault").glob("*"))
