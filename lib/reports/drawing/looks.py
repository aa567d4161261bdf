"""How does a status look? One icon and one colour each, beside its word, the same on every face."""

from __future__ import annotations

from dataclasses import dataclass

from lib.core.results import Status


@dataclass(frozen=True)
class Look:
    """Never without its word; the colour only beside them.

    `icon` and `colour` are Streamlit's names; `drawing` is the same icon as the path of an SVG of
    24 by 24, to stand in a circle.
    """

    icon: str
    colour: str
    drawing: str


LOOKS = {
    Status.OK: Look(":material/check_circle:", "green", "m7.5 12.3 3 3 6-6.3"),
    Status.WARNING: Look(":material/error:", "orange", "M12 7v6m0 3.2v.3"),
    Status.UNKNOWN: Look(
        ":material/help:",
        "violet",
        "M9.4 9.6a2.6 2.6 0 1 1 3.9 2.3c-.8.5-1.3 1-1.3 1.9m0 2.9v.3",
    ),
    Status.CRITICAL: Look(":material/cancel:", "red", "m8.5 8.5 7 7m0-7-7 7"),
}
