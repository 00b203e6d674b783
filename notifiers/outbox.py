"""The folder that a print house fetches from: print files with their manifests, whole or not there at all.

Our own copies of the manifests stay in it, and by these no letter is printed twice.
"""

import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from packs import BadInput

_KEPT = "manifests"  # the folder of our copies: references and pages, no address
_STALE = 3600.0  # seconds, after which what a dead worker left unfinished is thrown away


@dataclass(frozen=True)
class Taken:
    """Where a letter stands: the file, its SHA-256 as it lies there and before it was sealed, and the pages."""

    file: str
    sha256: str
    pdf_sha256: str
    manifest_sha256: str
    first_page: int
    pages: int

    def as_json(self) -> dict[str, Any]:
        """What the proof keeps of it."""
        return asdict(self)


class Outbox:
    """One folder, used by any number of workers. `seal`: the certificate that print files are sealed for."""

    def __init__(self, folder: Path, seal: x509.Certificate | None = None) -> None:
        self._folder, self._kept, self._seal = folder, folder / _KEPT, seal
        self._read: set[str] = set()
        self._manifest_of: dict[str, str] = {}  # reference -> name of the manifest

    def waiting(self) -> int:
        """How many print files nobody has fetched yet."""
        return sum(1 for path in self._folder.iterdir() if path.suffix in {".pdf", ".p7m"})

    def taken(self, references: Iterable[str]) -> dict[str, Taken]:
        """Those of `references` that stand in a print file already. Finishes what a dead worker had decided on."""
        self._catch_up()
        named = {one: self._manifest_of[one] for one in references if one in self._manifest_of}
        read = {name: self._taken(name) for name in set(named.values())}
        return {reference: read[name][reference] for reference, name in named.items()}

    def lay_out(
        self, country: str, pdf: bytes, pages: Mapping[str, tuple[int, int]], *, at: datetime
    ) -> dict[str, Taken]:
        """Lay out one print file; it is there, with its manifest, when this returns. Raises OSError and leaves nothing
        where the disk fails. `pages`: first page and number of pages by reference. Where some of them were taken
        meanwhile by another worker, nothing is laid out, and only those are given, with where they stand."""
        self._kept.mkdir(mode=0o700, exist_ok=True)
        with _alone(self._kept):
            return self.taken(pages) or self._lay(country, pdf, pages, at)

    def _lay(self, country: str, pdf: bytes, pages: Mapping[str, tuple[int, int]], at: datetime) -> dict[str, Taken]:
        stem = f"letters-{at:%Y%m%dT%H%M%S}-{country.lower()}-{secrets.token_hex(4)}"
        body = self._sealed(pdf)
        file = stem + (".pdf.p7m" if self._seal else ".pdf")
        manifest = _manifest(file, country, at, pages, {"sha256": _digest(body), "pdf_sha256": _digest(pdf)})
        parts = [self._folder / f"{file}.part", self._folder / f"{stem}.json.part"]
        try:
            _write(parts[0], body)
            _write(parts[1], manifest)
            _write(self._kept / f"{stem}.part", manifest)
            _flush(self._folder)  # a machine that loses its power must find what our copy speaks of
            # From here on it counts: whoever finds our copy finishes the rest.
            (self._kept / f"{stem}.part").rename(self._kept / f"{stem}.json")
        except OSError:
            for part in [*parts, self._kept / f"{stem}.part"]:
                part.unlink(missing_ok=True)
            raise
        _flush(self._kept)
        self._place(stem, file)
        return self._taken(f"{stem}.json")

    def _sealed(self, pdf: bytes) -> bytes:
        if self._seal is None:
            return pdf
        envelope = PKCS7EnvelopeBuilder().set_data(pdf).add_recipient(self._seal)
        return envelope.set_content_encryption_algorithm(AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])

    def _catch_up(self) -> None:
        self._kept.mkdir(mode=0o700, exist_ok=True)
        for name in sorted({path.name for path in self._kept.glob("*.json")} - self._read):
            manifest = json.loads((self._kept / name).read_bytes())
            self._place(name.removesuffix(".json"), manifest["file"])
            self._manifest_of |= dict.fromkeys((row["reference"] for row in manifest["letters"]), name)
            self._read.add(name)
        for part in [*self._folder.glob("*.part"), *self._kept.glob("*.part")]:
            with suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > _STALE:
                    part.unlink()

    def _place(self, stem: str, file: str) -> None:
        """Give the files their names; the manifest last, so that whoever sees it finds the print file whole."""
        for name in (file, f"{stem}.json"):
            with suppress(FileNotFoundError):  # it has its name already, and may have been fetched
                (self._folder / f"{name}.part").rename(self._folder / name)
        _flush(self._folder)

    def _taken(self, name: str) -> dict[str, Taken]:
        whole = (self._kept / name).read_bytes()
        manifest = json.loads(whole)
        sums = (manifest["file"], manifest["sha256"], manifest["pdf_sha256"], _digest(whole))
        return {row["reference"]: Taken(*sums, row["first_page"], row["pages"]) for row in manifest["letters"]}


def read_certificate(path: str, *, name: str) -> x509.Certificate | None:
    """The certificate at `path` (PEM, RSA); None for no path. Raises BadInput naming the setting `name`."""
    if not path:
        return None
    try:
        found = x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ValueError):
        raise BadInput(f"{name}: there is no certificate in PEM.") from None
    if not isinstance(found.public_key(), RSAPublicKey):
        raise BadInput(f"{name}: only a certificate with an RSA key can be sealed for.")
    return found


def _manifest(
    file: str, country: str, at: datetime, pages: Mapping[str, tuple[int, int]], sums: Mapping[str, str]
) -> bytes:
    letters = [{"reference": one, "first_page": first, "pages": many} for one, (first, many) in pages.items()]
    total = {"letters": len(letters), "pages": sum(many for _, many in pages.values())}
    whole = {"file": file, **sums, "country": country, "made_at": at.isoformat(), "total": total, "letters": letters}
    return (json.dumps(whole, indent=1) + "\n").encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever else asks for this folder waits; a worker that dies lets go of it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
