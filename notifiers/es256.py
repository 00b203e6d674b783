"""JSON Web Tokens signed by ES256 (RFC 7515, RFC 7518 section 3.4), the same token for the same claims."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from packs import BadInput

# RFC 6979: the signature follows from key and claims, so that all workers of a house make one and the same token of
# one and the same moment, with nothing to share.
_ALGORITHM = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def read_key(file: str, *, setting: str) -> ec.EllipticCurvePrivateKey:
    """The private key in `file`, PEM (PKCS 8) without a password. Raises BadInput naming `setting` where it cannot be
    read or is none of the curve P-256."""
    try:
        key = load_pem_private_key(Path(file).read_bytes(), password=None)
    except OSError as error:
        raise BadInput(f"{setting}: the file cannot be read ({type(error).__name__}).") from None
    except (ValueError, TypeError) as error:
        raise BadInput(f"{setting}: no private key in PEM form ({type(error).__name__}).") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput(f"{setting}: not a key of the curve P-256, which ES256 signs with.")
    return key


def signed(key: ec.EllipticCurvePrivateKey, header: Mapping[str, str], claims: Mapping[str, str | int]) -> str:
    """The compact form of a token; `alg` is added to its header."""
    parts = (
        json.dumps(dict(part), separators=(",", ":")).encode() for part in ({"alg": "ES256"} | dict(header), claims)
    )
    said = b".".join(map(base64url, parts))
    r, s = decode_dss_signature(key.sign(said, _ALGORITHM))
    return (said + b"." + base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


def base64url(raw: bytes) -> bytes:
    """Base64 for addresses and file names, without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
