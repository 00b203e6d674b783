"""JSON Web Tokens signed by PS256 (RFC 7515, RFC 7518 section 3.5): RSA-PSS, SHA-256, a salt as long as the digest."""

import json
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from notifiers.es256 import base64url
from packs import BadInput

_DIGEST = hashes.SHA256()
_PADDING = padding.PSS(mgf=padding.MGF1(_DIGEST), salt_length=padding.PSS.DIGEST_LENGTH)


def read_key(pem: bytes, *, setting: str) -> rsa.RSAPrivateKey:
    """The private key in `pem`, PKCS 8 without a password. Raises BadInput naming `setting` where it is none of RSA."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{setting}: it holds no private key in PEM form ({type(error).__name__}).") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadInput(f"{setting}: its private key is not of RSA, which PS256 signs with.")
    return key


def signed(key: rsa.RSAPrivateKey, header: Mapping[str, str], claims: Mapping[str, str | int]) -> str:
    """The compact form of a token; `alg` is added to its header. Its salt is drawn, so no two are the same."""
    parts = ({"alg": "PS256"} | dict(header), dict(claims))
    said = b".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return (said + b"." + base64url(key.sign(said, _PADDING, _DIGEST))).decode()
