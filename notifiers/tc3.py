"""Requests signed by TC3-HMAC-SHA256: an SDK makes and signs each, and it is taken from it before it would be sent."""

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from notifiers.http import Call


class Signer:
    """One API of one account. `client_class` is the SDK's client of that API (a subclass of its AbstractClient)."""

    def __init__(self, client_class: Any, url: str, *, key_id: str, secret: str, region: str) -> None:
        from tencentcloud.common.credential import Credential  # type: ignore[import-untyped] # noqa: PLC0415 - an SDK
        from tencentcloud.common.profile.client_profile import ClientProfile  # type: ignore[import-untyped] # noqa: PLC0415
        from tencentcloud.common.profile.http_profile import HttpProfile  # type: ignore[import-untyped] # noqa: PLC0415

        self._url = url.rstrip("/") + "/"
        profile = ClientProfile(httpProfile=HttpProfile(endpoint=urlsplit(self._url).netloc))
        self._client = client_class(Credential(key_id, secret), region, profile)
        self._client.request = _Taker()

    def call(self, action: str, form: Mapping[str, Any]) -> Call:
        """The request `action` with the fields `form`, signed now."""
        try:
            self._client.call(action, form)
        except _Taken as taken:
            lines = tuple(f"{name}: {value}" for name, value in taken.request.header.items())
            return Call(self._url, str(taken.request.data).encode(), lines)
        raise AssertionError("the SDK no longer sends through its `request`, where what it signs is taken")


class _Taken(Exception):
    """Brings the request out of the SDK; its text holds nothing of it."""

    def __init__(self, request: Any) -> None:
        super().__init__("taken")
        self.request = request


class _Taker:
    """Stands where the SDK's HTTP client would."""

    def send_request(self, request: Any) -> NoReturn:
        raise _Taken(request)
