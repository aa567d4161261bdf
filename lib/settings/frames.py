"""Which pages may show the dashboard in a frame of theirs?"""

from __future__ import annotations

from string import ascii_letters, digits

from lib.core.errors import SettingInvalid

OWN = "'self'"
_OF_A_LABEL = frozenset(f"{ascii_letters}{digits}_-")


def frames(text: str | None) -> str:
    """Which sources does `frame-ancestors` name? Parted by spaces. Raises: SettingInvalid."""
    if text is None:
        return OWN
    found = text.replace("'", "").split()
    if found == ["none"]:
        return "'none'"
    if not found or not all(each == "self" or _is_site(each) for each in found):
        raise SettingInvalid(
            "WATCHTOWER_FRAME_ANCESTORS must be self, none, or addresses like "
            "https://intranet.example.org, separated by spaces."
        )
    return " ".join(OWN if each == "self" else each for each in found)


def _is_site(text: str) -> bool:
    """Is this http(s)://host, with a port perhaps, or `*.` for every host below it?"""
    scheme, _, place = text.partition("://")
    host, colon, port = place.partition(":")
    labels = host.removeprefix("*.").split(".")
    return (
        text.isascii()
        and scheme in ("http", "https")
        and all(label and _OF_A_LABEL.issuperset(label) for label in labels)
        and (not colon or (port.isdecimal() and len(port) <= 5))
    )
