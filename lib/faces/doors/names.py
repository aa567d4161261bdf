"""Is this the name of a friend? Names are compared as text, IP addresses as what they are.

Nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

_USUAL = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def foreign(origin: str, host: str, friends: Collection[str]) -> bool:
    """Is this Origin neither the Host, nor this machine, nor on one of the friends' hosts?"""
    parts = _parts(origin)
    name = _name(parts)
    if parts is None or not name:
        return True
    own = _parts(f"{parts.scheme}://{host}")
    same = own is not None and (name, _port(parts)) == (_name(own), _port(own))
    return not (same or _loopback(name) or name in friends)


def answers_to(host: str, names: Collection[str]) -> bool:
    """Is this Host one of the names, this machine, or an IP address?

    A name may be `*`, or begin with `*.` for what lies below it, as in `server.allowedHosts`.
    """
    parts = _parts(f"//{host}")
    name = _name(parts)
    if parts is None or not name or parts.netloc != host or "@" in host:
        return False
    return (
        _loopback(name)
        or _figures(name) is not None
        or any(
            each in ("*", name) or (each[:2] == "*." and name.endswith(each[1:])) for each in names
        )
    )


def host_of(address: str) -> str:
    """Which host does this address name, as browsers write it? Empty where there is none."""
    if figures := _figures(address):  # server.address has version 6 without brackets
        return str(figures)
    try:
        name = _name(urlsplit(address if "//" in address else f"//{address}"))
        return name if name.isascii() else name.encode("idna").decode()
    except ValueError:
        return ""


def _parts(text: str) -> SplitResult | None:
    if set(text) & set("@\\"):  # in no Origin and no Host of a browser
        return None
    try:
        parts = urlsplit(text)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def _name(parts: SplitResult | None) -> str:
    """Which host is this? Each address in the one way that browsers write it."""
    name = ((parts and parts.hostname) or "").rstrip(".")
    return str(_figures(name) or name)


def _port(parts: SplitResult) -> int | None:
    return parts.port or _USUAL.get(parts.scheme)


def _loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    figures = _figures(name)
    return figures is not None and figures.is_loopback


def _figures(name: str) -> IPv4Address | IPv6Address | None:
    """Which IP address is this? One of version 4 also where it is wrapped in version 6."""
    try:
        found = ip_address(name)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
