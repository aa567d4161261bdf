"""Is there a hot standby of a test's server, to look at what can only be read?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import PORT, SUPERUSER, Server, as_service_account, binaries, place


@dataclass
class Standby(Server):
    """A copy of another server that follows it, and lets nobody write."""

    primary: Server | None = None

    def start(self) -> None:
        """Copies the primary as it is now and starts the copy. Raises PostgresMissing."""
        assert self.primary is not None
        bin_dir = binaries(self.version)
        self.home = Path(tempfile.mkdtemp(prefix=f"pws{self.version}-", dir=place()))
        if account := as_service_account().get("user"):
            shutil.chown(self.home, account)
        self._stopper = self._wait_to_stop(bin_dir / "pg_ctl")
        data = self.home / "data"
        self._run(bin_dir / "pg_basebackup", "-h", self.primary.sockets, "-p", str(PORT),
                  "-U", SUPERUSER, "-D", data, "-R", "-c", "fast", "--no-sync")  # fmt: skip
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"unix_socket_directories = '{self.sockets}'\n")
        self._run(bin_dir / "pg_ctl", "-D", data, "-l", self.home / "log", "-w", "start")


@contextmanager
def standby_of(primary: Server) -> Iterator[Standby]:
    """A hot standby for as long as the block runs, with all that the primary has now."""
    server = Standby(primary.version, primary=primary)
    try:
        server.start()
        yield server
    finally:
        server.stop()
