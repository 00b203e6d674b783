"""Checks a proof bundle with nothing but the file and the public key: no database, no settings, no other file of ours.

Runs as `python verify.py FILE --key PUBLIC` wherever Python 3.11 and the package `cryptography` are; by hand as in
docs/bundle.md. A key that lies in the bundle counts only if its fingerprint is the one that was handed in.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

FORMAT = "tocsin-bundle/1"
PAYLOAD_TYPE = "application/vnd.tocsin.bundle+json"
MANIFEST, SIGNATURE, KEY, SUMS, TIMELINE = "manifest.json", "signature.json", "key.pem", "SHA256SUMS", "timeline.jsonl"


class Unreadable(ValueError):
    """What was handed in cannot be judged at all; the text says why in one sentence."""


class Finding(NamedTuple):
    """One thing that does not hold: a stable word, the file inside the bundle, and a sentence."""

    code: str
    file: str
    sentence: str


@dataclass
class Verdict:
    """What was found. `holds` only where nothing was; `facts` say whose bundle this is, once the signature fits."""

    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every check was passed."""
        return not self.findings

    def say(self, code: str, file: str, sentence: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(code, file, sentence))


def verify(bundle: bytes, key: str) -> Verdict:
    """Judge `bundle`. `key` is the text of a PEM file, or a fingerprint of 64 hexadecimal digits.

    Raises Unreadable when the key is none or the bundle is not even a zip.
    """
    verdict = Verdict()
    files = _open(bundle, verdict)
    public = _key(key, files)
    manifest = _signed_manifest(files, public, verdict)
    if manifest is None:
        return verdict
    known = ("incident", "made_at", "made_by", "counts")
    verdict.facts = {name: manifest.get(name) for name in known} | {"fingerprint": fingerprint(public)}
    _check_files(files, manifest, verdict)
    if verdict.holds:
        _check_timeline(files, manifest, verdict)
        _check_counts(files, manifest, verdict)
    if verdict.holds and bundle != (right := wrap(files)):
        pairs = enumerate(zip(bundle, right, strict=False))
        at = next((place for place, (one, other) in pairs if one != other), min(len(bundle), len(right)))
        verdict.say("wrapping", "", f"Every file inside is as it was signed; the zip around is not, from byte {at} on.")
    return verdict


def fingerprint(public: Ed25519PublicKey) -> str:
    """The key id: SHA-256 over the canonical JSON of the key, as securesystemslib computes it."""
    raw = {"public": public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()}
    return hashlib.sha256(canonical({"keytype": "ed25519", "scheme": "ed25519", "keyval": raw})).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: the one way of writing it that digests are taken over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def wrap(files: Mapping[str, bytes]) -> bytes:
    """A zip that is the same bytes every time: stored, in the order given, every date 1980-01-01."""
    out, directory = io.BytesIO(), b""
    for name, body in files.items():
        offset, path = out.tell(), name.encode()
        what = struct.pack("<HHHHIIIHH", 0x0800, 0, 0, 0x21, zlib.crc32(body), len(body), len(body), len(path), 0)
        out.write(b"PK\x03\x04" + struct.pack("<H", 20) + what + path + body)
        directory += b"PK\x01\x02" + struct.pack("<HH", 0x0314, 20) + what + struct.pack("<HHHI", 0, 0, 0, 0o644 << 16)
        directory += struct.pack("<I", offset) + path
    start, count = out.tell(), len(files)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), start, 0)
    return out.getvalue() + directory + end


def pae(payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding of the manifest."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _open(bundle: bytes, verdict: Verdict) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            for entry in archive.infolist():
                if entry.filename in files:
                    verdict.say("twice", entry.filename, f"{entry.filename} stands in the bundle twice.")
                files[entry.filename] = _body(archive, entry, verdict)
    except (zipfile.BadZipFile, struct.error, UnicodeDecodeError, NotImplementedError, EOFError, OSError):
        raise Unreadable("This is not a whole zip file: it was cut off, or its directory was changed.") from None
    return files


def _body(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, verdict: Verdict) -> bytes:
    try:
        return archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        verdict.say("changed", entry.filename, f"{entry.filename} cannot be read whole: bytes of it were changed.")
        return b""


def _key(key: str, files: Mapping[str, bytes]) -> Ed25519PublicKey:
    wanted = key.strip().removeprefix("sha256:").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        return _read_key(key.encode(), "The key handed in")
    if KEY not in files:
        raise Unreadable("A fingerprint was handed in, but the bundle carries no key to hold it against.")
    public = _read_key(files[KEY], f"{KEY} in the bundle")
    if fingerprint(public) != wanted:
        raise Unreadable(f"The bundle's key has the fingerprint {fingerprint(public)}, not the one handed in.")
    return public


def _read_key(pem: bytes, what: str) -> Ed25519PublicKey:
    with suppress(ValueError, TypeError):
        if isinstance(public := load_pem_public_key(pem), Ed25519PublicKey):
            return public
    raise Unreadable(f"{what} is not an Ed25519 public key in PEM form.")


def _signed_manifest(files: Mapping[str, bytes], public: Ed25519PublicKey, verdict: Verdict) -> dict[str, Any] | None:
    for name in (MANIFEST, SIGNATURE):
        if name not in files:
            verdict.say("missing", name, f"{name} is missing.")
            return None
    try:
        envelope = json.loads(files[SIGNATURE])
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"]]
        ours = envelope["payloadType"] == PAYLOAD_TYPE
    except (ValueError, KeyError, TypeError):
        verdict.say("changed", SIGNATURE, f"{SIGNATURE} is not a DSSE envelope: bytes of it were changed.")
        return None
    if not ours or not any(_fits(public, one, payload) for one in signatures):
        verdict.say("signature", SIGNATURE, f"{SIGNATURE} does not fit the key {fingerprint(public)[:16]}...")
        return None
    if payload != files[MANIFEST]:
        verdict.say("changed", MANIFEST, f"{MANIFEST} is not the manifest that was signed: bytes of it were changed.")
    manifest: dict[str, Any] = json.loads(payload)
    if manifest.get("format") != FORMAT:
        verdict.say("format", MANIFEST, f"The format {manifest.get('format')} is not {FORMAT}; use its own verifier.")
        return None
    return manifest


def _fits(public: Ed25519PublicKey, signature: bytes, payload: bytes) -> bool:
    with suppress(InvalidSignature):
        public.verify(signature, pae(payload))
        return True
    return False


def _check_files(files: Mapping[str, bytes], manifest: Mapping[str, Any], verdict: Verdict) -> None:
    listed: dict[str, dict[str, Any]] = manifest["files"]
    known_bad = {finding.file for finding in verdict.findings}
    for name, said in listed.items():
        if name not in files:
            verdict.say("missing", name, f"{name} is missing.")
        elif name not in known_bad and hashlib.sha256(files[name]).hexdigest() != said["sha256"]:
            verdict.say("changed", name, f"{name} is not the file that was signed: bytes of it were changed.")
    for name in sorted(files.keys() - listed.keys() - {MANIFEST, SIGNATURE}):
        verdict.say("added", name, f"{name} was added after signing.")


def _check_timeline(files: Mapping[str, bytes], manifest: Mapping[str, Any], verdict: Verdict) -> None:
    previous, number = "0" * 64, 0
    for number, line in enumerate(_lines(files), start=1):
        digest = line.pop("digest", None)
        follows = (line.get("seq"), line.get("previous")) == (number, previous)
        if not follows or hashlib.sha256(canonical(line)).hexdigest() != digest:
            what = "is not what its digest says" if follows else "does not follow the line before it"
            verdict.say("chain", TIMELINE, f"{TIMELINE}: line {number} {what}.")
            return
        previous = str(digest)
    if previous != manifest["timeline_head"]:
        verdict.say("chain", TIMELINE, f"{TIMELINE} ends at line {number}, and not where the manifest says.")


def _lines(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[TIMELINE].splitlines()]


def _check_counts(files: Mapping[str, bytes], manifest: Mapping[str, Any], verdict: Verdict) -> None:
    """The bundle must not contradict itself, whoever signed it."""
    held = defaultdict(list, {name: json.loads(files[f"{name}.json"]) for name in {*manifest["counts"]} - {"timeline"}})
    held["timeline"] = _lines(files)
    for name, count in manifest["counts"].items():
        if len(held[name]) != count:
            verdict.say("count", name, f"{name}: the manifest says {count}, the file holds {len(held[name])}.")
    for name, sentence in (*_wrong_sums(held), *_wrong_evidence(held), *_wrong_calls(held)):
        verdict.say("count", f"{name}.json", sentence)


def _wrong_sums(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in held["snapshots"]:
        if (total := sum(cohort["people"] for cohort in one["cohorts"])) != one["people"]:
            yield "snapshots", f"snapshot {one['version']} counts {one['people']} people, its cohorts {total}."
    back = sum(line["detail"]["letters"] for line in held["timeline"] if line["kind"] == "delivery.returned")
    counted = [sum(one["returned"].values()) for one in held["deliveries"] if "returned" in one]
    if counted and sum(counted) != back:
        yield "deliveries", f"{back} letters were entered as returned, {sum(counted)} are counted."
    for one in held["deliveries"]:
        if (total := sum(one["outcomes"].values())) != one["planned"]:
            yield "deliveries", f"{one['id']}: {one['planned']} deliveries were planned, {total} have an outcome."
        ends = Counter(call["disposition"] for call in held["calls"] if call["fan_out_id"] == one["id"])
        if {word: many for word, many in ends.items() if word} != one.get("calls", {}):
            yield "calls", f"{one['id']}: the calls that are listed are not those that were counted."


def _wrong_evidence(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    digests = {item["id"]: item["sha256"] for item in held["evidence"]}
    for said in (line["detail"] for line in held["timeline"] if line["kind"] == "evidence.collected"):
        if digests.get(said["item"]) != said["sha256"]:
            yield "evidence", f"evidence {said['item']} is not the item that the timeline saw collected."


def _wrong_calls(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each call follows the one before it to that person, and its script has words that were approved for it."""
    words = {hashlib.sha256(canonical(one["said"])).hexdigest(): one["said"]["words"] for one in held["call_scripts"]}
    content = {one["id"]: one["content_digest"] for one in held["deliveries"]}
    approvals = [one for notice in held["notices"] for one in notice["approvals"]]
    forms = [(one, form) for one in approvals for texts in one["texts"].values() for form in texts.values()]
    approved = {(one["content_digest"], form.get("spoken")) for one, form in forms}
    before: dict[str, tuple[int, str]] = {}
    for call in held["calls"]:
        number, at = before.get(call["delivery_id"], (0, ""))
        before[call["delivery_id"]] = call["number"], call["begun_at"]
        if call["number"] != number + 1 or not at <= call["begun_at"] <= (call["written_at"] or call["begun_at"]):
            yield "calls", f"{call['id']} does not follow the call before it."
        said = content.get(call["fan_out_id"]), words.get(call["script_digest"])
        if call["script_digest"] and (None in said or said not in approved):
            yield "calls", f"{call['id']} has a script that is not here, or that says words which nobody approved."


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when it holds, 1 when it does not, 2 when it cannot be judged."""
    parser = argparse.ArgumentParser(description="Check a proof bundle of Tocsin.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", required=True, help="PEM file of the public key, or its fingerprint.")
    said = parser.parse_args(arguments)
    try:
        verdict = verify(said.bundle.read_bytes(), key_text(said.key))
    except (Unreadable, OSError) as error:
        return print(error, file=sys.stderr) or 2
    return print("\n".join(sentences(verdict))) or int(not verdict.holds)


def key_text(given: str) -> str:
    """The text of the key file `given`, or `given` itself where it is a fingerprint."""
    return given if re.fullmatch(r"(sha256:)?[0-9a-fA-F]{64}", given) else Path(given).read_text(encoding="ascii")


def sentences(verdict: Verdict) -> list[str]:
    """The verdict as a person reads it."""
    if not verdict.holds:
        return ["THE BUNDLE DOES NOT HOLD.", *(f"- {finding.sentence}" for finding in verdict.findings)]
    facts = verdict.facts
    counts = ", ".join(f"{count} {name}" for name, count in facts["counts"].items())
    whose = f"Incident {facts['incident']['reference']}, written {facts['made_at']} by {facts['made_by']}: {counts}."
    return ["The bundle holds.", whose, f"Signed by the key {facts['fingerprint']}."]


if __name__ == "__main__":
    sys.exit(main())
