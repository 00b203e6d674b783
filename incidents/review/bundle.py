"""Writes the proof bundle: each part of the incident as canonical JSON, a manifest of digests, one signature."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.signer import CryptoSigner
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.ids import new_id
from incidents.foundation.signing import sign
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from incidents.review import sections, telling
from incidents.review.rows import Section
from incidents.review.tables import BundleMade
from incidents.review.verify import (
    FORMAT,
    KEY,
    MANIFEST,
    PAYLOAD_TYPE,
    SIGNATURE,
    SUMS,
    TIMELINE,
    canonical,
    wrap,
)

PARTS: Mapping[str, Section] = {
    "anchors": sections.anchor_rows,
    "facts": sections.fact_rows,
    "standing_answers": sections.standing_rows,
    "holds": sections.hold_rows,
    "evidence": sections.evidence_rows,
    "snapshots": sections.snapshot_rows,
    "decisions": sections.decision_rows,
    "reviews": sections.review_rows,
    "assessments": sections.assessment_rows,
    "obligations": sections.obligation_rows,
    "severity": sections.severity_rows,
    "notices": sections.notice_rows,
    "deliveries": telling.delivery_rows,
    "calls": telling.call_rows,
    "call_scripts": telling.script_rows,
    "filings": sections.filing_rows,
    "providers": telling.provider_rows,
    "playbook": sections.playbook_rows,
    "journal": sections.journal_rows,
    "lessons": sections.lesson_rows,
}
README = "README.txt"
_READ_ME = """\
This is the proof bundle of one incident. It holds no personal data.
Check it with Tocsin:   ./tocsin bundle verify FILE --key PUBLIC
or with its verifier:   python verify.py FILE --key PUBLIC
or by hand:             unzip it, then  sha256sum -c SHA256SUMS , then check the signature of manifest.json with openssl
                        as docs/bundle.md of Tocsin tells.
Take the public key, or its fingerprint, from whoever gave you the bundle by another way. Do not trust key.pem in here
unless its fingerprint is the one you were given.
"""


def make_bundle(tx: Session, incident: Incident, *, by: Actor, clock: Clock, signer: CryptoSigner) -> bytes:
    """The bundle of `incident` as it stands, open or closed; that it was made is the next line of the timeline.

    The same incident at the same moment gives the same bytes, but for the line that says that it was made.
    """
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.AUDITOR)
    head, files = _files(tx, incident, signer)
    manifest = canonical(_manifest(incident, head, files, by=by, clock=clock))
    envelope = sign(signer, manifest, kind=PAYLOAD_TYPE)
    bundle = wrap({MANIFEST: manifest, SIGNATURE: canonical(envelope), **files})
    made = BundleMade(
        id=new_id("bun"),
        incident_id=incident.id,
        sha256=hashlib.sha256(bundle).hexdigest(),
        size=len(bundle),
        fingerprint=str(signer.public_key.keyid),
        timeline_head=head,
        made_at=clock.now(),
        made_by=by.id,
        made_by_name=by.name,
    )
    tx.add(made)
    tx.flush()
    detail = {"bundle": made.id, "sha256": made.sha256, "fingerprint": made.fingerprint, "head": head}
    timeline.append(tx, incident.id, "bundle.made", detail, by=by, clock=clock)
    return bundle


def _files(tx: Session, incident: Incident, signer: CryptoSigner) -> tuple[str, dict[str, bytes]]:
    lines = sections.timeline_lines(tx, incident)
    files = {TIMELINE: b"".join(canonical(line) + b"\n" for line in lines)}
    files |= {f"{name}.json": _rows(part(tx, incident)) for name, part in PARTS.items()}
    files |= {KEY: _pem(signer), README: _READ_ME.encode()}
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.items())
    return lines[-1]["digest"], files | {SUMS: sums.encode()}


def _pem(signer: CryptoSigner) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.public_key.keyval["public"]))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _rows(rows: list[dict[str, Any]]) -> bytes:
    # One row a line, so that a person can read it and two bundles can be compared with diff.
    return b"[" + b",\n".join(canonical(row) for row in rows) + b"]\n"


def _manifest(incident: Incident, head: str, files: Mapping[str, bytes], *, by: Actor, clock: Clock) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "incident": {
            "id": incident.id,
            "reference": incident.reference,
            "company": incident.company,
            "kind": incident.kind,
            "role": incident.role,
            "is_drill": incident.is_drill,
            "phase": incident.phase,
        },
        "made_at": clock.now().isoformat(),
        "made_by": by.name,
        "timeline_head": head,
        "counts": {"timeline": files[TIMELINE].count(b"\n")}
        | {name: len(json.loads(files[f"{name}.json"])) for name in PARTS},
        "files": {
            name: {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)} for name, body in files.items()
        },
    }
