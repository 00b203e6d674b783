"""The end of an incident: handling ends, the case closes when nothing is owed, and the bundle proves it."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut, ProviderRegion
from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.evidence.vault import FolderVault
from incidents.filings.tables import Acknowledgement, BreakGlass, Filing, FilingApproval, Submission
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.signing import add_signing_key, fingerprint, read_public, read_signer
from incidents.notices.tables import Notice, NoticeApproval, NoticeRelease, NoticeVoid
from incidents.obligations import discharge
from incidents.obligations.assess import assess
from incidents.obligations.ledger import live, open_entries
from incidents.obligations.states import State
from incidents.record import facts, holds, timeline
from incidents.record.declare import Declaration, declare
from incidents.review import close as ends
from incidents.review import lessons, verify
from incidents.review.bundle import make_bundle
from policies.load import load
from tests.clock import FrozenClock
from tests.incidents.rows import filled

AWARE = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
PHONE = "13812345678"
PACKS = load()


@pytest.fixture
def clock():
    return FrozenClock(AWARE + timedelta(minutes=20))


@pytest.fixture
def incident(tx, responder, clock, keys):
    said = Declaration(title=f"Export read, first seen by {PHONE}", company="moqi", became_aware_at=AWARE)
    return declare(tx, said, by=responder, clock=clock, keys=keys)


@pytest.fixture
def public(home):
    return add_signing_key(home / "signing")


@pytest.fixture
def signer(home, public):
    return read_signer(home / "signing")


@pytest.fixture
def bundle(tx, incident, responder, compliance, clock, signer, home, keys):
    """A bundle with two items of evidence, an assessment, a signed waiver, a lesson, and a telephone number in every
    place where a person could have written one."""
    vault = FolderVault(home / "vault")
    for name in ("first", "second"):
        said = Description(f"{name} list of {PHONE}", EvidenceKind.IDENTIFIER_LIST, f"{PHONE}.csv", f"from {PHONE}")
        body = io.BytesIO(f"phone\n{PHONE}\n{name}\n".encode())
        collect(tx, incident, body, said, by=responder, clock=clock, vault=vault, keys=keys)
    facts.answer(tx, incident, "people_count", 40, by=responder, clock=clock, because=f"{PHONE} counted")
    assess(tx, incident, by=responder, clock=clock, packs=PACKS)
    row = open_entries(tx, incident.id)[0]
    discharge.waive(tx, row, because=f"{PHONE} agreed", by=compliance, clock=clock, signer=signer)
    lessons.write_lesson(
        tx, incident, lessons.LessonKind.WENT_BADLY, f"nobody answered {PHONE}", by=responder, clock=clock
    )
    return make_bundle(tx, incident, by=compliance, clock=clock, signer=signer)


def settle_everything(tx, incident, compliance, clock, signer):
    for row in open_entries(tx, incident.id):
        discharge.waive(tx, row, because="a rehearsal", by=compliance, clock=clock, signer=signer)


def test_handling_can_end_while_reports_that_count_from_its_end_are_still_to_come(tx, incident, responder, clock):
    assess(tx, incident, by=responder, clock=clock, packs=PACKS)
    waiting = [row for row in live(tx, incident.id) if "handling_ended_at" in row.waiting_for]
    ends.end_handling(tx, incident, by=responder, clock=clock)
    assert incident.handling_ended_at == clock.now()
    assert open_entries(tx, incident.id)
    assess(tx, incident, by=responder, clock=clock, packs=PACKS)
    for row in waiting:
        later = next(one for one in live(tx, incident.id) if (one.duty, one.subject) == (row.duty, row.subject))
        assert "handling_ended_at" not in later.waiting_for
    with pytest.raises(Refused, match="ended at"):
        ends.end_handling(tx, incident, by=responder, clock=clock)


def test_handling_cannot_end_in_the_future(tx, incident, responder, clock):
    with pytest.raises(BadInput, match="future"):
        ends.end_handling(tx, incident, by=responder, clock=clock, at=clock.now() + timedelta(hours=1))


def test_closing_is_refused_while_anything_is_owed_and_names_each_thing(tx, incident, responder, compliance, clock):
    with pytest.raises(Refused) as caught:
        ends.close(tx, incident, by=compliance, clock=clock)
    assert caught.value.because == ("Nobody has said that handling ended.", "It was never assessed what is owed.")
    assess(tx, incident, by=responder, clock=clock, packs=PACKS)
    ends.end_handling(tx, incident, by=responder, clock=clock)
    with pytest.raises(Refused) as caught:
        ends.close(tx, incident, by=compliance, clock=clock)
    rows = open_entries(tx, incident.id)
    owed = [row for row in rows if row.state != State.UNKNOWN]
    hanging = {row.law for row in rows if row.state == State.UNKNOWN}
    assert owed
    assert hanging
    # Each thing that is owed by itself; what hangs on a fact, a sentence a law.
    assert len(caught.value.because) == len(owed) + len(hanging)
    for row, sentence in zip(owed, caught.value.because, strict=False):
        assert row.duty in sentence
        assert row.citation in sentence
        # What the company set itself is never called what a law says.
        assert (", due " in sentence) == bool(row.due_at)
        assert (", our own target " in sentence) == bool(row.target_at and not row.due_at)
    assert any(row.target_at and not row.due_at for row in owed)
    assert all(any(law in sentence and "may owe" in sentence for sentence in caught.value.because) for law in hanging)
    assert incident.closed_at is None


def test_a_hold_on_sending_stands_in_the_way_of_closing(tx, incident, responder, compliance, clock):
    until = clock.now() + timedelta(days=3)
    asked = {"stops": "sending", "reason": "asked in writing", "requested_by": "police", "ends_at": until}
    holds.hold(tx, incident, by=compliance, clock=clock, **asked)
    assert "A hold stops sending until 2026-11-23 14:00Z." in ends.in_the_way(tx, incident, clock=clock)
    clock.tick(timedelta(days=4))
    assert not any("hold" in one for one in ends.in_the_way(tx, incident, clock=clock))


def test_when_all_is_discharged_the_case_closes_and_takes_no_more_changes(
    tx, incident, responder, compliance, clock, signer
):
    assess(tx, incident, by=responder, clock=clock, packs=PACKS)
    ends.end_handling(tx, incident, by=responder, clock=clock)
    settle_everything(tx, incident, compliance, clock, signer)
    ends.close(tx, incident, by=compliance, clock=clock)
    assert (incident.phase, incident.closed_at) == ("closed", clock.now())
    with pytest.raises(Refused, match="was closed"):
        ends.close(tx, incident, by=compliance, clock=clock)
    ends.reopen(tx, incident, because="new evidence", by=compliance, clock=clock)
    assert incident.closed_at is None


def test_only_compliance_closes(tx, incident, responder, clock):
    with pytest.raises(Refused, match="compliance"):
        ends.close(tx, incident, by=responder, clock=clock)


def test_a_lesson_becomes_an_action_with_an_owner_and_a_day(tx, incident, responder, clock):
    lesson = lessons.write_lesson(
        tx, incident, lessons.LessonKind.WAS_LUCK, "The log was kept.", by=responder, clock=clock
    )
    with pytest.raises(BadInput, match="owner"):
        lessons.take_action(tx, lesson, "Keep logs", owner=" ", due_on=date(2027, 1, 1), by=responder, clock=clock)
    with pytest.raises(BadInput, match="over"):
        lessons.take_action(tx, lesson, "Keep logs", owner="Wen", due_on=date(2026, 1, 1), by=responder, clock=clock)
    action = lessons.take_action(
        tx, lesson, "Keep logs", owner="Wen", due_on=date(2027, 1, 1), by=responder, clock=clock
    )
    lessons.finish_action(tx, action, by=responder, clock=clock)
    with pytest.raises(Refused, match="done before"):
        lessons.finish_action(tx, action, by=responder, clock=clock)
    assert lessons.lessons(tx, incident.id) == [(lesson, [action])]


# The bundle


def codes(bundle, public):
    return {(one.code, one.file) for one in verify.verify(bundle, public.read_text()).findings}


def unpacked(bundle):
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def signed_anew(files, signer, **changed):
    """The bundle of somebody who has the key and wrote other files into it."""
    files = files | changed
    manifest = json.loads(files[verify.MANIFEST])
    for name in manifest["files"]:
        manifest["files"][name] = {"sha256": hashlib.sha256(files[name]).hexdigest(), "size": len(files[name])}
    envelope = Envelope(verify.canonical(manifest), verify.PAYLOAD_TYPE, {})
    envelope.sign(signer)
    files[verify.MANIFEST] = verify.canonical(manifest)
    files[verify.SIGNATURE] = verify.canonical(envelope.to_dict())
    return verify.wrap(files)


def test_a_bundle_holds_and_says_whose_it_is(bundle, public, incident):
    verdict = verify.verify(bundle, public.read_text())
    assert verdict.findings == []
    assert verdict.facts["incident"]["reference"] == incident.reference
    assert verdict.facts["counts"]["evidence"] == 2
    assert verdict.facts["fingerprint"] == fingerprint(read_public(public))
    assert "The bundle holds." in verify.sentences(verdict)


def test_a_bundle_holds_after_every_key_was_shredded(tx, bundle, public, incident, keys, clock):
    keys.shred(tx, incident.key_id, clock=clock)
    assert verify.verify(bundle, public.read_text()).holds


def test_the_fingerprint_alone_is_enough_and_a_wrong_one_is_not(bundle, public):
    right = fingerprint(read_public(public))
    assert verify.verify(bundle, right).holds
    assert verify.verify(bundle, f"sha256:{right.upper()}").holds
    with pytest.raises(verify.Unreadable, match="not the one handed in"):
        verify.verify(bundle, "0" * 64)


def test_a_key_in_the_bundle_is_never_trusted_by_itself(bundle, public, tmp_path):
    other = add_signing_key(tmp_path / "stranger")
    forged = signed_anew(unpacked(bundle), read_signer(tmp_path / "stranger"), **{verify.KEY: other.read_bytes()})
    assert verify.verify(forged, other.read_text()).holds
    assert codes(forged, public) == {("signature", verify.SIGNATURE)}
    with pytest.raises(verify.Unreadable):
        verify.verify(forged, fingerprint(read_public(public)))


def test_no_personal_data_is_in_the_bundle(bundle):
    assert PHONE.encode() not in bundle
    assert b"[masked] agreed" in bundle


def test_every_file_in_turn_one_byte_flipped_is_named(bundle, public):
    for name, body in unpacked(bundle).items():
        at = bundle.index(name.encode() + body) + len(name) + len(body) // 2
        flipped = bundle[:at] + bytes([bundle[at] ^ 0x20]) + bundle[at + 1 :]
        found = codes(flipped, public)
        assert found, name
        assert {file for _, file in found} == {name}


def test_whatever_byte_is_flipped_it_is_noticed(bundle, public):
    """Also in the wrapping of the zip, where no file is touched: names, dates, attributes, the directory."""
    text = public.read_text()
    headers = bundle.index(b"PK\x01\x02")
    places = [*range(60), *range(headers, len(bundle), 7), len(bundle) - 1]
    for at in places:
        flipped = bundle[:at] + bytes([bundle[at] ^ 0x01]) + bundle[at + 1 :]
        try:
            verdict = verify.verify(flipped, text)
        except verify.Unreadable:
            continue
        assert not verdict.holds, at


def test_a_truncated_bundle_is_no_bundle(bundle, public):
    for cut in (0, 10, len(bundle) // 2, len(bundle) - 1):
        with pytest.raises(verify.Unreadable, match="not a whole zip"):
            verify.verify(bundle[:cut], public.read_text())


def test_a_file_added_or_taken_away_is_named(bundle, public):
    files = unpacked(bundle)
    assert codes(verify.wrap(files | {"more.json": b"[]"}), public) == {("added", "more.json")}
    fewer = {name: body for name, body in files.items() if name != "evidence.json"}
    assert codes(verify.wrap(fewer), public) == {("missing", "evidence.json")}
    for name in (verify.MANIFEST, verify.SIGNATURE):
        assert codes(verify.wrap({k: v for k, v in files.items() if k != name}), public) == {("missing", name)}


def test_the_same_files_zipped_by_another_program_are_told_from_changed_ones(bundle, public):
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in unpacked(bundle).items():
            archive.writestr(name, body)
    (finding,) = verify.verify(to.getvalue(), public.read_text()).findings
    assert finding.code == "wrapping"
    assert finding.sentence.startswith("Every file inside is as it was signed")


def test_even_who_holds_the_key_cannot_reorder_the_timeline(bundle, public, signer):
    files = unpacked(bundle)
    lines = files[verify.TIMELINE].splitlines(keepends=True)
    swapped = b"".join([lines[1], lines[0], *lines[2:]])
    assert codes(signed_anew(files, signer, **{verify.TIMELINE: swapped}), public) == {("chain", verify.TIMELINE)}
    altered = files[verify.TIMELINE].replace(b'"incident.declared"', b'"incident.imagined"')
    assert codes(signed_anew(files, signer, **{verify.TIMELINE: altered}), public) == {("chain", verify.TIMELINE)}
    shorter = b"".join(lines[:-1])
    assert ("chain", verify.TIMELINE) in codes(signed_anew(files, signer, **{verify.TIMELINE: shorter}), public)


def test_a_bundle_that_contradicts_itself_is_found_out(bundle, public, signer):
    files = unpacked(bundle)
    evidence = json.loads(files["evidence.json"])
    evidence[0]["sha256"] = "0" * 64
    found = codes(signed_anew(files, signer, **{"evidence.json": verify.canonical(evidence)}), public)
    assert found == {("count", "evidence.json")}
    found = codes(signed_anew(files, signer, **{"evidence.json": verify.canonical(evidence[1:])}), public)
    assert ("count", "evidence") in found
    snapshot = [{"version": 1, "people": 3, "cohorts": [{"people": 2}]}]
    found = codes(signed_anew(files, signer, **{"snapshots.json": verify.canonical(snapshot)}), public)
    assert ("count", "snapshots.json") in found


def test_any_dsse_verifier_accepts_the_signature(bundle, public):
    files = unpacked(bundle)
    envelope = Envelope.from_dict(json.loads(files[verify.SIGNATURE]))
    envelope.verify([read_public(public)], 1)
    assert envelope.payload == files[verify.MANIFEST]
    assert isinstance(read_public(public), SSlibKey)


def test_the_digests_can_be_checked_with_sha256sum(bundle, tmp_path):
    for name, body in unpacked(bundle).items():
        (tmp_path / name).write_bytes(body)
    said = subprocess.run(["sha256sum", "-c", verify.SUMS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
    assert said.stdout.count(": OK") == len(unpacked(bundle)) - 3  # all but manifest, signature and the sums


def test_the_signature_can_be_checked_with_openssl(bundle, public, tmp_path):
    files = unpacked(bundle)
    envelope = json.loads(files[verify.SIGNATURE])
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (tmp_path / "signed").write_bytes(verify.pae(files[verify.MANIFEST]))
    openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin"]
    said = subprocess.run(
        [*openssl, "-in", tmp_path / "signed", "-sigfile", tmp_path / "sig"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Signature Verified Successfully" in said.stdout


def test_a_stranger_can_follow_the_page_with_a_shell_alone(bundle, public, tmp_path):
    """Every command that docs/bundle.md prints is run as it stands there."""
    page = (
        (Path(__file__).parents[2] / "docs/bundle.md").read_text().split("## With no file of ours")[1].split("\n## ")[0]
    )
    script = "\n".join(line[7:] for line in page.splitlines() if line.startswith(" " * 7))
    (tmp_path / "signing.pub.pem").write_bytes(public.read_bytes())
    (tmp_path / "proof").mkdir()
    for name, body in unpacked(bundle).items():
        (tmp_path / "proof" / name).write_bytes(body)

    def run():
        command = ["bash", "-c", "sha256sum -c SHA256SUMS 2>&1\n" + script]
        return subprocess.run(command, cwd=tmp_path / "proof", capture_output=True, text=True, check=False).stdout

    said = run()
    assert "Signature Verified Successfully" in said
    assert f"{fingerprint(read_public(public))}  -" in said
    assert "chain: OK" in said
    assert not {"FAILED", "NOT", "BROKEN", "CHANGED:"} & set(said.split())
    line = tmp_path / "proof" / verify.TIMELINE
    line.write_bytes(line.read_bytes().replace(b'"incident.declared"', b'"incident.imagined"'))
    said = run()
    assert {"FAILED", "NOT", "CHANGED:"} <= set(said.split())


def test_the_verifier_runs_alone_with_no_file_of_ours_beside_it(bundle, public, tmp_path):
    (tmp_path / "b.zip").write_bytes(bundle)
    (tmp_path / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    command = [sys.executable, "-I", "verify.py", "b.zip", "--key", str(public)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.splitlines()[0]) == (0, "The bundle holds.")
    (tmp_path / "b.zip").write_bytes(bundle.replace(b"evidence.collected", b"evidence.collecteD", 1))
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "timeline.jsonl" in said.stdout
    (tmp_path / "b.zip").write_bytes(b"no zip")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 2


def test_notices_deliveries_filings_and_regions_are_in_the_bundle(tx, incident, compliance, clock, public, signer):
    own = {"incident_id": incident.id}
    tx.add_all([filled(Notice, id="ntc", **own), filled(FanOut, id="fan", notice_id="ntc", **own)])
    tx.add(filled(Filing, id="fil", **own))
    tx.flush()
    tx.add_all(
        [filled(NoticeRelease, notice_id="ntc"), filled(NoticeApproval, id="app", notice_id="ntc", texts={"a": {}})]
    )
    tx.add_all(
        [filled(Batch, id="bat", fan_out_id="fan", provider="post", size=2), filled(BreakGlass, filing_id="fil")]
    )
    tx.add_all([filled(FilingApproval, filing_id="fil"), filled(Submission, id="sub", filing_id="fil")])
    tx.flush()
    tx.add_all(
        [filled(NoticeVoid, approval_id="app", because=f"{PHONE} called"), filled(Acknowledgement, submission_id="sub")]
    )
    for number in range(2):
        tx.add(
            filled(Delivery, id=f"d{number}", fan_out_id="fan", notice_id="ntc", person=f"p{number}", channel="email")
        )
        tx.flush()
        if number:
            tx.add(filled(DeliveryNow, delivery_id=f"d{number}", fan_out_id="fan", state="delivered"))
    tx.add(filled(ProviderRegion, provider="post", region="CN", because=f"{PHONE} wrote"))
    tx.flush()
    made = make_bundle(tx, incident, by=compliance, clock=clock, signer=signer)
    assert verify.verify(made, public.read_text()).holds
    files = {name: json.loads(body) for name, body in unpacked(made).items() if name.endswith(".json")}
    assert files["notices.json"][0]["approvals"][0]["voided"]["because"] == "[masked] called"
    assert files["deliveries.json"][0]["planned"] == 2
    assert files["deliveries.json"][0]["outcomes"] == {"delivered": 1, "queued": 1}
    assert files["deliveries.json"][0]["providers"] == {"post": 2}
    assert files["filings.json"][0]["submission"]["acknowledgements"]
    assert files["providers.json"][0]["attested"][0]["region"] == "CN"
    assert PHONE.encode() not in made


def test_two_bundles_differ_only_by_what_happened_between(tx, bundle, incident, compliance, clock, signer):
    again = unpacked(make_bundle(tx, incident, by=compliance, clock=clock, signer=signer))
    first = unpacked(bundle)
    differing = {name for name in first if first[name] != again[name]}
    assert differing == {verify.MANIFEST, verify.SIGNATURE, verify.TIMELINE, verify.SUMS}
    assert again[verify.TIMELINE].startswith(first[verify.TIMELINE])
    assert timeline.read(tx, incident.id)[-1].kind == "bundle.made"
