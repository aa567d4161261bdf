"""What is watched where no database is named? Something that can be started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import URL

Progress = Callable[[str, float], None]  # a sentence, and the share (0..1) that is done


class Source(Protocol):
    """A database that this process starts, or joins where another one has started it."""

    def start(self, progress: Progress) -> URL:
        """Start it; its address for who looks. Raises: WatchtowerError."""

    def looked(self) -> None:
        """Hear that the watch has looked at it."""

    def stop(self) -> None:
        """Leave it, as its last user does. Raises: WatchtowerError."""


# Made with what takes changes of the snapshot, and what has the watch look now.
MakeSource = Callable[[Callable[..., None], Callable[[], None]], Source]
