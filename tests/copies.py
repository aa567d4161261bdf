"""A real copy of the app, in a process of its own, with a clock that the test moves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.poolers import free_port
from tests.servers import ROOT

OPTIONS = "OPTIONS_OF_STREAMLIT"  # as JSON, instead of those of .streamlit/config.toml
HASTE = timedelta(seconds=0.5)  # between two verifications of a change, instead of a minute


@dataclass
class Copy:
    """The process, and where it serves."""

    process: subprocess.Popen[bytes]
    address: str

    def move(self, seconds: float) -> None:
        """Let so much time pass there."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seconds}\n".encode())
        self.process.stdin.flush()


@contextmanager
def copied(
    ahead: float = 0, *, hasty: bool = False, log: Path | None = None, **settings: str
) -> Iterator[Copy]:
    """The app as uvicorn runs it, with these settings, its clock so many seconds ahead.

    One that is hasty verifies what changes as often as it changes. What it says is in the log.
    """
    port = free_port()
    with (log or Path(os.devnull)).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.copies", str(port), str(ahead), *["hasty"] * hasty],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Copy(process, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.communicate()


def serve(port: int, seconds: float, *, hasty: bool) -> None:
    """Run the app here. A line of the standard input moves the clock by so many seconds."""
    import uvicorn
    from streamlit import config

    from lib.watch import verifier, watch

    if hasty:
        verifier.APART = HASTE
    ahead = timedelta(seconds=seconds)
    sys.argv = ["uvicorn"]
    own = watch.WATCH = watch.Watch(clock=lambda: datetime.now(UTC) + ahead)

    def move() -> None:
        nonlocal ahead
        for line in sys.stdin:
            ahead += timedelta(seconds=float(line))
            if own._schedule is not None:
                own._schedule._wake.set()

    from app import app  # which takes the watch above

    for name, value in json.loads(os.environ.get(OPTIONS, "{}")).items():
        config.set_option(name, value)
    threading.Thread(target=move, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]), hasty="hasty" in sys.argv)
