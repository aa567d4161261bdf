"""How is an apply run as an operator runs it, and cut off in the middle?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.servers import ROOT, SUPERUSER, Database

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


def started(database: Database, **settings: str) -> subprocess.Popen[str]:
    """`python -m lib apply --yes` on this database, under way."""
    named = {"DATABASE_URL": database.role_url, "WATCHTOWER_ADMIN_URL": database.owner_url}
    return subprocess.Popen(
        [sys.executable, "-m", "lib", "apply", "--yes"],
        cwd=ROOT,
        env={**os.environ, **named, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], seconds: float = 600) -> Ended:
    """Wait for it."""
    out, err = process.communicate(timeout=seconds)
    return Ended(process.returncode, out, err)


def cut_off(database: Database, how: str, once: str = BUSY, after: float = 0.0) -> Ended:
    """Begin one, and cut it off so many seconds after what `once` asks is true.

    By `kill` of the process, `terminate` of its backends, or `stop`, which is Ctrl-C.
    """
    process = started(database)
    while process.poll() is None and not database.value(once, user=SUPERUSER):
        time.sleep(0.02)
    time.sleep(after)
    if process.poll() is None:
        if how == "terminate":
            database.value(WORKER, user=SUPERUSER)
        else:
            process.send_signal(signal.SIGKILL if how == "kill" else signal.SIGINT)
    end = ended(process)
    while not database.value(GONE, user=SUPERUSER):  # a backend may outlive it, and commit yet
        time.sleep(0.02)
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
