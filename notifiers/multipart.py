"""A form with a file in it (RFC 7578), for web APIs that take documents."""

import secrets
from collections.abc import Mapping


def multipart(fields: Mapping[str, str], *, name: str, filename: str, kind: str, content: bytes) -> tuple[str, bytes]:
    """The Content-Type and the body of a form of `fields` and one file, called `name` and of media type `kind`."""
    boundary = secrets.token_hex(16)  # drawn, so that no value and no file can hold it
    opening = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{opening}"{field}"\r\n\r\n{value}\r\n'.encode() for field, value in fields.items()]
    head = f'{opening}"{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
    body = b"".join((*parts, head, content, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body
