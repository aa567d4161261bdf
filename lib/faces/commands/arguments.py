"""What may stand behind an option of the command line? Raises argparse's own error where not."""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path

from lib.core.values import written_moment
from lib.core.weeks import Week, parse
from lib.reports.proof import FORMATS


def days(text: str, least: int = 1, most: int = 90) -> int:
    """A whole number of days, `least` to `most`."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"DAYS is a whole number from {least} to {most}")
    return int(text)


def count(text: str) -> int:
    """How many?"""
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError("N is a whole number")
    return int(text)


def proof(text: str) -> Path:
    """A file of a format that a proof has, in a folder that is there."""
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise argparse.ArgumentTypeError(f"FILE ends in {', '.join(FORMATS)}")
    # os.path: a name that is too long is no folder either, and no exception.
    if os.path.isdir(path) or not os.path.isdir(path.absolute().parent):
        raise argparse.ArgumentTypeError("FILE is in a folder that exists")
    return path


def words(text: str) -> str:
    """What may not be empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("this may not be empty")
    return text.strip()


def week(text: str) -> Week:
    """An ISO week."""
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def moment(text: str) -> datetime:
    """A moment with its time zone."""
    if (moment := written_moment(text)) is None:
        raise argparse.ArgumentTypeError("a moment is written 2026-11-22T13:41:00Z")
    return moment
