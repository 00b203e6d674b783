"""The signature ACS3-HMAC-SHA256 as one function: what a request is made of, and the header lines that prove it.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
from collections.abc import Mapping

_ALGORITHM = "ACS3-HMAC-SHA256"
_CONTENT = "application/x-www-form-urlencoded"


def signed(host: str, headers: Mapping[str, str], body: bytes, *, key_id: str, secret: str) -> tuple[str, ...]:
    """The header lines of a POST of the form `body` to the root of `host`, signed.

    `headers` are the API's own (x-acs-action, x-acs-version, x-acs-date, x-acs-signature-nonce), names in lower case.
    """
    digest = hashlib.sha256(body).hexdigest()
    whole = {**headers, "host": host, "content-type": _CONTENT, "x-acs-content-sha256": digest}
    names = sorted(whole)
    lines = "".join(f"{name}:{whole[name].strip()}\n" for name in names)
    covered = ";".join(names)
    request = f"POST\n/\n\n{lines}\n{covered}\n{digest}"
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    proof = f"{_ALGORITHM} Credential={key_id},SignedHeaders={covered},Signature={signature}"
    return (*(f"{name}: {whole[name]}" for name in names), f"Authorization: {proof}")
