"""The security headers of every answer: nothing inline, nothing from elsewhere, no referrer, no frame for others."""

from flask import Flask, Response
from secure import Secure
from secure.headers import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

PREVIEW = "X-Tocsin-Preview"  # a view sets it on a rendered message; it never leaves the house
# A previewed message is foreign wording: it may carry its own styles, runs nothing, fetches nothing.
_PREVIEW_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


def guard(app: Flask, *, https: bool) -> dict[str, str]:
    """Set the headers on every answer of `app`, and give them for whoever answers before it; with `https` browsers are
    told to come back by TLS only."""
    rules = dict(_strict(https).header_items())

    @app.after_request
    def _set(response: Response) -> Response:
        for name, value in rules.items():
            response.headers.setdefault(name, value)
        if response.headers.pop(PREVIEW, None):
            response.headers["Content-Security-Policy"] = _PREVIEW_CSP
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    return rules


def _strict(https: bool) -> Secure:
    own = "'self'"
    policy = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src(own)
        .style_src(own)
        .img_src(own, "data:")
        .font_src(own)
        .connect_src(own)
        .frame_src(own)
        .form_action(own)
        .frame_ancestors("'none'")
        .base_uri("'none'")
    )
    return Secure(
        csp=policy,
        coop=CrossOriginOpenerPolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(63072000).include_subdomains() if https else None,
        permissions=PermissionsPolicy().camera().microphone().geolocation(),
        referrer=ReferrerPolicy().same_origin(),  # none to others; over TLS our own forms are checked by it
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )
