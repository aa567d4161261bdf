"""How is an apply run as an operator runs it, and cut off in the middle?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers import ROOT, SUPERUSER, Database
from tests.waiting import waits

NAME = "partition-watchtower apply"
WORKER = (
    "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity"
    f" where datname = current_database() and application_name = '{NAME}'"
    " and query !~ '^select 1$'"
)
BUSY = (
    "select count(*) > 1 from pg_stat_activity"
    f" where datname = current_database() and application_name = '{NAME}'"
)
GONE = (
    "select count(*) = 0 from pg_stat_activity"
    f" where datname = current_database() and application_name = '{NAME}'"
)
DONE = (
    "select details ->> 'state' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_applied' order by created_at desc, id limit 1"
)


@dataclass(frozen=True)
class Ended:
    """How did one apply end?"""

    code: int
    out: str
    err: str


class Applying:
    """`python -m lib apply --yes` on this database, under way.

    It writes into files: a pipe that nobody reads yet would hold it up at 64 KB of plan.
    """

    def __init__(self, database: Database) -> None:
        named = {"DATABASE_URL": database.role_url, "WATCHTOWER_ADMIN_URL": database.owner_url}
        self._folder = tempfile.TemporaryDirectory()
        self._out, self._err = (Path(self._folder.name, name) for name in ("out", "err"))
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lib", "apply", "--yes"],
                cwd=ROOT,
                env={**os.environ, **named},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def ended(self, seconds: float = 600) -> Ended:
        """Wait for it. Raises: subprocess.TimeoutExpired."""
        code = self.process.wait(seconds)
        with self._folder:
            return Ended(code, self._out.read_text(), self._err.read_text())


def cut_off(database: Database, how: str, once: str = BUSY, after: float = 0.0) -> Ended:
    """Begin one, and cut it off so many seconds after what `once` asks is true.

    By `kill` of the process, `terminate` of its backends, or `stop`, which is Ctrl-C.
    """
    applying = Applying(database)
    process = applying.process
    with database.connect(SUPERUSER) as asking:  # which is asked often, while little is left to see

        def now() -> bool:
            return bool((asking.execute(once.encode()).fetchone() or (False,))[0])

        waits(lambda: process.poll() is not None or now(), 240)
    time.sleep(after)
    if process.poll() is None:
        if how == "terminate":
            database.value(WORKER, user=SUPERUSER)
        else:
            process.send_signal(signal.SIGKILL if how == "kill" else signal.SIGINT)
    end = applying.ended()
    waits(lambda: database.value(GONE, user=SUPERUSER), 240)  # a backend may outlive it, and commit
    return end


def cut_off_often(database: Database, times: int, longest: float, dice: random.Random) -> list[str]:
    """Cut one off so many times, at random moments. How did each end, in one line?"""
    told = []
    for number in range(times):
        how = ("kill", "terminate")[number % 2]
        after = dice.uniform(0, longest)
        end = cut_off(database, how, after=after)
        last = (end.err.strip().splitlines() or [""])[-1].strip()
        told.append(f"{how} after {after:.2f} s: exit {end.code}: {last}")
    return told
