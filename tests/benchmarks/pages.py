"""How much does a page cost, how soon is it there, and what do many viewers cost the database?

Run by hand: python -m tests.benchmarks.pages [--viewers 100] [--clicking 50] [--seconds 30]

120 partitions and 90 days of rows; the real app in a process of its own, opened over its own
websocket as a browser does. Times are this machine's; the ratios are what carries over.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.browsers import PAGES as SCRIPTS
from tests.browsers import app, chromium, visit
from tests.servers import ROOT, SUPERUSER, Database, running
from tests.template import TRAFFIC, build_tables

PAGES = ("status", *(page for page in SCRIPTS if page not in ("status", "fire_drill")))
CPU_MS, FIRST_MS, CLICK_MS = 50, 1000, 150  # what is aimed at
ROUNDS, WARM, OPENINGS = 20, 3, 9
MONTHS = """
do $$
begin
    for back in 0..56 loop
        perform public.watchtower_make_partition(parent, month)
        from (values ('public.sessions'), ('public.events')) as t (parent),
             lateral (select (date_trunc('month', now() at time zone 'UTC')
                              - back * interval '1 month')::date as month) as m;
    end loop;
    perform public.create_next_month_partitions();
end
$$
"""


class Viewer:
    """Somebody who looks: the websocket of one tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def open(self, page: str) -> float:
        """Go to this page; how many seconds until its script had ended?"""
        message = BackMsg()
        message.rerun_script.query_string = "window=90"
        message.rerun_script.page_name = "" if page == "status" else page
        started = time.perf_counter()
        self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self._socket.recv(timeout=30, decode=False))
            if answer.WhichOneof("type") == "script_finished":
                return time.perf_counter() - started


@contextmanager
def viewers(address: str, count: int) -> Iterator[list[Viewer]]:
    """So many tabs."""
    url = address.replace("http", "ws") + "/_stcore/stream"
    protocols = [Subprotocol("streamlit")]
    with ExitStack() as stack:
        yield [
            Viewer(stack.enter_context(connect(url, subprotocols=protocols, max_size=None)))
            for _ in range(count)
        ]


def process_of(address: str) -> psutil.Process:
    """Which process serves this address?"""
    port = int(address.rsplit(":", 1)[1])
    own = psutil.Process()
    for child in own.children(recursive=True):
        if f"--server.port={port}" in child.cmdline():
            return child
    raise AssertionError("the app's process was not found")


def cpu(process: psutil.Process) -> float:
    """Seconds of CPU that it has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def cost_of_pages(address: str) -> None:
    """CPU of one script run of each page, with a warm snapshot."""
    process = process_of(address)
    with viewers(address, 1) as (viewer,):
        for page in PAGES:
            for _ in range(WARM):
                viewer.open(page)
            time.sleep(1.5)  # the window that the page asked for is read, once
            viewer.open(page)
            before = cpu(process)
            for _ in range(ROUNDS):
                viewer.open(page)
            milliseconds = 1000 * (cpu(process) - before) / ROUNDS
            aim = f"{CPU_MS / milliseconds:.1f} times within the aim"
            print(f"{page:>12}: {milliseconds:5.1f} ms CPU a run, {aim}")


def first_page(address: str) -> None:
    """From opening the address in a browser with nothing cached to a page that can be used.

    An app of one title beside it, in turn, is what Streamlit itself takes.
    """
    with chromium() as browser, empty_app() as other:
        ours, bare = [], []
        for _ in range(OPENINGS):
            ours.append(opened(browser, address))
            bare.append(opened(browser, other))
    median, alone = (statistics.median(times) for times in (ours, bare))
    aim = f"{FIRST_MS / median:.1f} times within the aim"
    print(
        f"first page usable after {median:.0f} ms (median of {len(ours)}; best {min(ours):.0f}), "
        f"{aim}; of that an empty Streamlit app takes {alone:.0f} ms (best {min(bare):.0f})"
    )


def opened(browser: Browser, address: str) -> float:
    """How many milliseconds until its title is there and its script has ended?"""
    tab = visit(browser, address)
    started = time.perf_counter()
    tab.open()
    tab.page.locator("h1").first.wait_for()
    taken = 1000 * (time.perf_counter() - started)
    tab.page.context.close()
    return taken


@contextmanager
def empty_app() -> Iterator[str]:
    """Streamlit with a title and nothing else, under our settings."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "app.py")
        script.write_text('import streamlit as st\nst.title("Nothing")\n')
        shutil.copytree(ROOT / ".streamlit", Path(folder, ".streamlit"))
        with app(Path(folder, "log"), Path(folder)) as address:
            yield address


def queries(database: Database) -> int:
    """How many transactions has this database seen?"""
    return int(
        database.server.database("postgres").value(
            "select xact_commit + xact_rollback from pg_stat_database where datname = %s",
            [database.name],
            user=SUPERUSER,
        )
    )


def queries_of(database: Database, address: str, count: int, seconds: float) -> int:
    """How many transactions does the database see while so many look?"""
    with viewers(address, count) as looking:
        for number, each in enumerate(looking):
            each.open(PAGES[(3 + number) % 5])  # keys first, for which a window is read besides
        before = queries(database)
        time.sleep(seconds)
        return queries(database) - before


def clicking(address: str, count: int, seconds: float) -> float:
    """Median seconds of a click while so many click every 3 to 9 s."""
    taken: list[float] = []
    ends = time.monotonic() + seconds

    def click(viewer: Viewer, dice: random.Random) -> None:
        pause = threading.Event()
        while time.monotonic() < ends:
            pause.wait(dice.uniform(3, 9))
            taken.append(viewer.open(dice.choice(PAGES)))

    with viewers(address, count) as looking:
        threads = [
            threading.Thread(target=click, args=(each, random.Random(n)))
            for n, each in enumerate(looking)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return statistics.median(taken)


def main() -> None:
    """Print every figure beside its aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--clicking", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    with running("18") as server, server.new_database() as database:
        build_tables(database)
        database.run_setup()
        database.execute(MONTHS)
        database.execute(TRAFFIC)
        settings = {"DATABASE_URL": database.role_url, "WATCHTOWER_REFRESH": "5"}
        with app(Path(tempfile.mkstemp(suffix=".log")[1]), **settings) as address:
            cost_of_pages(address)
            first_page(address)
            one = queries_of(database, address, 1, asked.seconds)
            many = queries_of(database, address, asked.viewers, asked.seconds)
            print(
                f"queries in {asked.seconds:.0f} s: {one} with one viewer, {many} with "
                f"{asked.viewers}: {many / one:.2f} times"
            )
            median = 1000 * clicking(address, asked.clicking, asked.seconds)
            print(
                f"{asked.clicking} clicking every 3 to 9 s: median {median:.0f} ms, "
                f"{CLICK_MS / median:.1f} times within the aim"
            )


if __name__ == "__main__":
    main()
