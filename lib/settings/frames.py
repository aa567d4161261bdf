"""Which pages may show the dashboard in a frame of theirs?"""

from __future__ import annotations

import re

from lib.core.errors import SettingInvalid

OWN = "'self'"
_SITE = re.compile(r"https?://(\*\.)?[\w-]+(\.[\w-]+)*(:\d{1,5})?", re.ASCII)


def frames(text: str | None) -> str:
    """Which sources does `frame-ancestors` name? Parted by spaces. Raises: SettingInvalid."""
    if text is None:
        return OWN
    found = text.replace("'", "").split()
    if found == ["none"]:
        return "'none'"
    if not found or not all(each == "self" or _SITE.fullmatch(each) for each in found):
        raise SettingInvalid(
            "WATCHTOWER_FRAME_ANCESTORS must be self, none, or addresses like "
            "https://intranet.example.org, parted by spaces."
        )
    return " ".join(OWN if each == "self" else each for each in found)
