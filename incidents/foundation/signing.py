"""The signing key: Ed25519 in the key folder; signatures are DSSE envelopes by securesystemslib."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from incidents.foundation.errors import BadInput

_PRIVATE, _PUBLIC = "signing.pem", "signing.pub.pem"


def add_signing_key(folder: Path) -> Path:
    """Write an Ed25519 key pair into `folder`; gives back the public file, which is meant to be handed around."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    private, public = folder / _PRIVATE, folder / _PUBLIC
    private.touch(mode=0o600, exist_ok=False)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return public


def read_signer(folder: Path) -> CryptoSigner:
    """The signer of `folder`. Raises BadInput where there is none."""
    file = folder / _PRIVATE
    if not file.exists():
        raise BadInput(f"{folder}: there is no signing key here; make one with `./tocsin keys init`.")
    private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    return CryptoSigner(private)


def read_public(file: Path) -> SSlibKey:
    """The public key in `file` (PEM). Raises BadInput when it is none."""
    try:
        return SSlibKey.from_crypto(serialization.load_pem_public_key(file.read_bytes()))
    except FileNotFoundError:
        raise BadInput(f"{file}: there is no such file.") from None
    except ValueError:
        raise BadInput(f"{file}: this is not a public key in PEM form.") from None


def sign(signer: CryptoSigner, payload: bytes, *, kind: str) -> dict[str, Any]:
    """A DSSE envelope over `payload`; `kind` is its payload type."""
    envelope = Envelope(payload, kind, {})
    envelope.sign(signer)
    result: dict[str, Any] = envelope.to_dict()
    return result


def fingerprint(key: SSlibKey) -> str:
    """What a person compares by eye or telephone: the key id, in hexadecimal."""
    return str(key.keyid)
