"""The print house: files that are whole or not there, a manifest that adds up, and no letter printed twice unseen."""

import fcntl
import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pypdf import PdfReader

from notifiers import outbox, registry
from notifiers.letter import print_house
from notifiers.mark import mark_of
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, Prepared, WebhookRequest
from notifiers.sheets import printed
from packs import BadInput

AT = datetime(2026, 3, 6, 23, tzinfo=UTC)
TEXT = "Ann Example\nSample Street 12\n123456 Singapore"


def parts(country, name="Ann Example"):
    return json.dumps({"name": name, "line_1": "Sample Street 12", "city": "Sampletown", "country": country})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def open_at(out, **more):
    prefixed = {f"TOCSIN_PRINT_HOUSE_{name.upper()}": value for name, value in more.items()}
    needed = {"TOCSIN_PRINT_HOUSE_FOLDER": str(out), "TOCSIN_PRINT_HOUSE_RETURN_ADDRESS": "PO Box 1, Shanghai"}
    opened: Any = registry.open_provider("letter/print_house", needed | prefixed)
    opened._setup = replace(opened._setup, now=lambda: AT)
    return opened


def letter(reference="dlv_1", to=TEXT, plain="Dear reader"):
    return Message(reference, Address(AddressKind.POSTAL, to), {"subject": "Notice", "plain": plain}, "Moqi", "en")


def manifests(folder):
    return {path.name: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def print_files(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix in {".pdf", ".p7m"})


def test_the_manifest_adds_up_and_says_which_pages_are_whose_and_no_address(folder):
    long = "\n\n".join(["word " * 90] * 12)
    sent = list(open_at(folder).send([letter("dlv_1"), letter("dlv_2", plain=long), letter("dlv_3")]))
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED] * 3
    ((name, manifest),) = manifests(folder).items()
    pdf = (folder / manifest["file"]).read_bytes()
    assert manifest["sha256"] == manifest["pdf_sha256"] == hashlib.sha256(pdf).hexdigest()
    pages = PdfReader(BytesIO(pdf)).pages
    assert manifest["total"] == {"letters": 3, "pages": len(pages)}
    for row in manifest["letters"]:
        mine = pages[row["first_page"] - 1 : row["first_page"] - 1 + row["pages"]]
        assert all(mark_of(row["reference"]) in page.extract_text() for page in mine)
    assert {row["reference"]: row["pages"] for row in manifest["letters"]} == {"dlv_1": 1, "dlv_2": 2, "dlv_3": 1}
    assert "Sample" not in (folder / name).read_text()


def test_the_proof_of_an_acceptance_is_the_file_its_digest_that_of_the_manifest_and_the_pages(folder):
    (sent,) = open_at(folder).send([letter()])
    ((name, manifest),) = manifests(folder).items()
    assert sent.provider_reference == manifest["file"]
    assert sent.raw == {
        "file": manifest["file"],
        "sha256": manifest["sha256"],
        "pdf_sha256": manifest["pdf_sha256"],
        "manifest_sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        "first_page": 1,
        "pages": 1,
    }


def test_a_country_has_files_of_its_own_and_a_file_no_more_letters_than_is_set(folder):
    to = [parts("SG"), parts("DE"), TEXT, parts("SG"), parts("SG")]
    provider = open_at(folder, letters="4", home="DE")
    list(provider.send([letter(f"dlv_{number}", one) for number, one in enumerate(to)]))
    found = sorted((one["country"], one["total"]["letters"]) for one in manifests(folder).values())
    assert found == [("DE", 1), ("SG", 1), ("SG", 2), ("unknown", 1)]
    for one in manifests(folder).values():
        text = PdfReader(folder / one["file"]).pages[0].extract_text()
        assert ("SINGAPORE" in text) is (one["country"] == "SG"), "the country is named abroad and not at home"


def test_only_the_owner_may_read_what_is_laid_out(folder):
    list(open_at(folder).send([letter()]))
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}


def test_a_letter_that_stands_in_a_file_is_not_printed_again_even_when_the_file_was_fetched(folder):
    first = list(open_at(folder).send([letter("dlv_1"), letter("dlv_2")]))
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    again = list(open_at(folder).send([letter("dlv_2"), letter("dlv_3")]))
    by_reference = {one.reference: one for one in again}
    assert by_reference["dlv_2"].raw == first[1].raw
    (manifest,) = manifests(folder).values()
    assert [row["reference"] for row in manifest["letters"]] == ["dlv_3"]


@pytest.mark.parametrize("mine", [["dlv_1", "dlv_2"], ["dlv_2", "dlv_3"]])
def test_two_workers_that_set_one_batch_at_once_print_no_letter_twice(folder, monkeypatch, mine):
    provider, other, setting = open_at(folder), open_at(folder), printed
    first: list[Any] = []

    def overtaken(letters, sheet, *, at):
        made = setting(letters, sheet, at=at)
        if not first:
            first.append(None)  # while this worker sets its letters, the other does the whole of its own
            first[:] = other.send([letter("dlv_1"), letter("dlv_2")])
        return made

    monkeypatch.setattr(print_house, "printed", overtaken)
    second = {one.reference: one for one in provider.send([letter(one) for one in mine])}
    rows = [row["reference"] for one in manifests(folder).values() for row in one["letters"]]
    assert sorted(rows) == sorted({"dlv_1", "dlv_2", *mine})
    assert {one.outcome for one in second.values()} == {Outcome.ACCEPTED}
    assert second["dlv_2"].raw == next(one.raw for one in first if one.reference == "dlv_2")


def test_whoever_lays_out_waits_for_whoever_does_already(folder):
    list(open_at(folder).send([letter("dlv_1")]))
    held = os.open(folder / "manifests", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    worker = Thread(target=lambda: list(open_at(folder).send([letter("dlv_2")])))
    worker.start()
    worker.join(2)
    assert (worker.is_alive(), len(print_files(folder))) == (True, 1)
    os.close(held)
    worker.join(30)
    assert (worker.is_alive(), len(print_files(folder))) == (False, 2)


def test_the_files_lie_on_the_disk_before_our_copy_counts(folder, monkeypatch):
    seen, flush = [], outbox._flush

    def watched(path):
        counts = any((folder / "manifests").glob("*.json"))
        seen.append((path.name, len(list(folder.glob("*.part"))), counts))
        flush(path)

    monkeypatch.setattr(outbox, "_flush", watched)
    list(open_at(folder).send([letter()]))
    assert seen[0] == ("out", 2, False)


def test_who_is_in_doubt_is_asked_for_by_what_was_printed(folder):
    list(open_at(folder).send([letter("dlv_1")]))
    (found,) = open_at(folder).ask([Inquiry("dlv_1"), Inquiry("dlv_2")])
    assert (found.reference, found.outcome) == ("dlv_1", Outcome.ACCEPTED)


def test_a_worker_that_died_before_it_counted_leaves_nothing_and_one_that_died_after_is_finished(folder, monkeypatch):
    provider = open_at(folder)
    whole = outbox.Outbox._place
    monkeypatch.setattr(outbox.Outbox, "_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        list(provider.send([letter("dlv_1")]))
    assert print_files(folder) == [], "it has no name that the print house would fetch"
    monkeypatch.setattr(outbox.Outbox, "_place", whole)
    (found,) = open_at(folder).send([letter("dlv_1")])
    assert (found.outcome, print_files(folder)) == (Outcome.ACCEPTED, [found.raw["file"]])
    assert hashlib.sha256((folder / found.raw["file"]).read_bytes()).hexdigest() == found.raw["sha256"]
    assert list(folder.glob("*.part")) == []


def test_a_full_disk_is_a_passing_fault_and_leaves_no_half_file(folder, monkeypatch):
    written = outbox._write

    def fail(path, content):
        written(path, content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outbox, "_write", fail)
    provider = open_at(folder)
    (sent,) = provider.send([letter()])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.PROVIDER_ERROR, False)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    monkeypatch.setattr(outbox, "_write", written)
    (sent,) = provider.send([letter()])
    assert sent.outcome is Outcome.ACCEPTED


def test_what_a_dead_worker_left_unfinished_is_thrown_away_after_an_hour(folder):
    old, young = folder / "old.pdf.part", folder / "young.pdf.part"
    for path in (old, young):
        path.write_text("personal data")
    past = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(old, (past, past))
    list(open_at(folder).send([letter()]))
    assert (old.exists(), young.exists()) == (False, True)


def test_a_folder_that_went_away_is_not_made_anew(folder):
    provider = open_at(folder)
    folder.rmdir()
    (sent,) = provider.send([letter()])
    assert (sent.outcome, sent.permanent, folder.exists()) == (Outcome.REFUSED, False, False)


def test_one_letter_that_cannot_be_set_keeps_no_other_from_being_printed(folder):
    wide = "Ann Example\n" + "a very long line of an address " * 30
    to = {"dlv_1": TEXT, "dlv_2": "\ue000 nobody has this character", "dlv_3": wide, "dlv_4": "a\n" * 9, "dlv_5": TEXT}
    sent = {one.reference: one for one in open_at(folder).send([letter(*one) for one in to.items()])}
    assert [one for one in sorted(sent) if sent[one].outcome is Outcome.ACCEPTED] == ["dlv_1", "dlv_5"]
    refused = {one: sent[one] for one in ("dlv_2", "dlv_3", "dlv_4")}
    assert [one.reason for one in refused.values()] == [Reason.INVALID_ADDRESS, Reason.TOO_LONG, Reason.TOO_LONG]
    assert all(one.permanent for one in refused.values())
    assert "Ann" not in repr(refused)


def test_words_that_our_fonts_lack_are_known_before_any_letter(folder):
    provider = open_at(folder)
    assert isinstance(provider, Prepared)
    assert provider.lacks({"subject": "Notice", "plain": "Dear reader"}, "en") == []
    assert provider.lacks({}, "bo") == [], "a notice that is no letter lacks nothing"
    wrong = ["Our fonts cannot set these words in this language."]
    assert provider.lacks({"subject": "བརྡ", "plain": "བརྡ"}, "bo") == wrong
    assert provider.lacks({"subject": "Notice", "plain": "\ue000"}, "en") == wrong
    assert list(folder.iterdir()) == []


def test_words_that_cannot_be_set_are_refused_as_words(folder):
    sent = {one.reference: one for one in open_at(folder).send([letter("dlv_1", plain="\ue000"), letter("dlv_2")])}
    assert (sent["dlv_1"].reason, sent["dlv_2"].outcome) == (Reason.CONTENT_REFUSED, Outcome.ACCEPTED)


def test_a_print_file_is_sealed_for_the_print_house_and_its_manifest_is_not(folder, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "print house")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(AT).not_valid_after(AT + timedelta(days=900))
    certificate = made.sign(key, hashes.SHA256())
    path = tmp_path / "house.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (sent,) = open_at(folder, certificate=str(path)).send([letter()])
    sealed = (folder / sent.raw["file"]).read_bytes()
    assert sent.raw["file"].endswith(".pdf.p7m")
    assert b"%PDF" not in sealed
    pdf = pkcs7.pkcs7_decrypt_der(sealed, certificate, key, [])
    assert hashlib.sha256(pdf).hexdigest() == sent.raw["pdf_sha256"] != sent.raw["sha256"]
    assert next(iter(manifests(folder).values()))["file"] == sent.raw["file"]


def test_too_many_files_that_nobody_fetched_hold_the_rest_back(folder):
    provider = open_at(folder, waiting="1", letters="1")
    sent = list(provider.send([letter("dlv_1"), letter("dlv_2")]))
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED, Outcome.THROTTLED]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"folder": "/nowhere"}, "FOLDER"),
        ({"letters": "0"}, "LETTERS"),
        ({"letters": "501"}, "LETTERS"),
        ({"certificate": "/nowhere.pem"}, "CERTIFICATE"),
    ],
)
def test_a_wrong_setting_is_named(folder, more, named):
    with pytest.raises(BadInput, match=f"TOCSIN_PRINT_HOUSE_{named}"):
        open_at(folder, **more)


def test_a_print_house_calls_nobody_back(folder):
    with pytest.raises(Forged):
        open_at(folder).receipts(WebhookRequest("/", {}, b"[]"))


def test_the_date_is_that_of_the_zone(folder):
    list(open_at(folder).send([replace(letter(), zone="Asia/Shanghai")]))
    (name,) = print_files(folder)
    assert "7 March 2026" in PdfReader(folder / name).pages[0].extract_text()
