"""How does the running app say something? A line of its standard output, which may be a log."""

from __future__ import annotations

from contextlib import suppress


def say(sentence: str) -> None:
    """Say it on one line. A log that takes nothing, on a full disk say, stops nobody."""
    line = "".join(letter if letter.isprintable() else " " for letter in sentence)
    with suppress(OSError, ValueError):
        print(line, flush=True)
