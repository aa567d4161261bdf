"""Who is told what, and when? What is set of the alerts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from lib.core.errors import SettingInvalid
from lib.settings import channels, maintenance_windows
from lib.settings.maintenance_windows import Window

_OF_AN_IPV6 = frozenset("0123456789abcdef:.")


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go (nowhere where `channels` is empty), and after how many failed runs.

    `reminder` is how long something may last before it is said again; None: never. `address` is
    the one under which people open the dashboard. In a maintenance window nobody is told.
    """

    channels: tuple[str, ...] = field(default=(), repr=False)
    after: int = 2
    reminder: timedelta | None = timedelta(hours=4)
    address: str | None = None
    windows: tuple[Window, ...] = ()


def load(text: Callable[[str], str | None], whole: Callable[..., int]) -> AlertSettings:
    """What do the settings say? `text` and `whole` read one by its name. Raises: SettingInvalid."""
    hours = whole("WATCHTOWER_ALERT_REMINDER", 4, 0, 168)
    return AlertSettings(
        channels=channels.addresses(text("WATCHTOWER_ALERTS")),
        after=whole("WATCHTOWER_ALERT_AFTER", 2, 1, 10),
        reminder=timedelta(hours=hours) if hours else None,
        address=address(text("WATCHTOWER_ADDRESS")),
        windows=maintenance_windows.windows(text("WATCHTOWER_MAINTENANCE_WINDOWS")),
    )


def _is_host(text: str) -> bool:
    """Letters, digits and `_.-`; or an IPv6 address."""
    return all(sign.isalnum() or sign in "_.-" for sign in text) or _OF_AN_IPV6.issuperset(text)


def address(text: str | None) -> str | None:
    """Where do people open the dashboard? Without a slash at the end. Raises: SettingInvalid."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        sound = sound and not (parts.query or parts.fragment or "@" in parts.netloc)
        sound = sound and text.isprintable() and not set(text) & set(' ?\\"')
        sound = sound and _is_host(parts.hostname or "")
    except ValueError:
        sound = False
    if not sound:
        raise SettingInvalid(
            "WATCHTOWER_ADDRESS must be the address that people open, like "
            "https://watch.example.org, without a user or password: every message carries it."
        )
    return text.rstrip("/")
