"""What does each answer tell the browser to refuse?"""

from __future__ import annotations

import hashlib
from base64 import b64encode

from starlette.datastructures import MutableHeaders

_POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)


def policy(html: str) -> str:
    """Under which policy does this page work? Its inline scripts go by their hash."""
    before = (part.partition("<script>") for part in html.split("</script>")[:-1])
    digests = (hashlib.sha256(script.encode()).digest() for _, tag, script in before if tag)
    return _POLICY.format(hashes=" ".join(f"'sha256-{b64encode(d).decode()}'" for d in digests))


def harden(headers: MutableHeaders, policy: str, frames: str, secure: bool) -> None:
    """Add what is missing to an answer. `secure`: its cookies go over https alone."""
    headers.setdefault("content-security-policy", f"{policy}; frame-ancestors {frames}")
    headers.setdefault("x-content-type-options", "nosniff")
    headers.setdefault("referrer-policy", "same-origin")
    if headers.get("content-disposition", "").startswith("attachment"):
        headers["cache-control"] = "no-store"
    if secure:
        cookies = headers.getlist("set-cookie")
        del headers["set-cookie"]
        for cookie in cookies:
            own = {part.strip().lower() for part in cookie.split(";")[1:]}
            headers.append("set-cookie", cookie if "secure" in own else f"{cookie}; Secure")
