"""Is there a real browser, and a real app for it to open?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.poolers import free_port
from tests.servers import ROOT

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# Opened at /triggers, Streamlit's own script first asks whether the app lives below that path, and
# hears 404 twice: nothing of ours can spare it that, but for answers that lead it astray.
PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py")))
PROBE = re.compile(rf"/({'|'.join(PAGES)})/_stcore/(health|host-config)$")
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
# What moves on a page while a test waits costs a third of the time of it all: it ends at once.
STILL = """
(() => {
    const style = () => {
        const rule = document.createElement("style");
        rule.textContent = `*, ::before, ::after {
            animation-duration: 1ms !important; animation-delay: 0s !important;
            animation-iteration-count: 1 !important;
            transition-duration: 0s !important; transition-delay: 0s !important;
        }`;
        document.documentElement.append(rule);
    };
    if (document.documentElement) return style();
    new MutationObserver((_, observer) => {
        if (document.documentElement) { observer.disconnect(); style(); }
    }).observe(document, {childList: true});
})();
"""

expect.set_options(timeout=20_000)  # a page beats every 5 s, and other tests share its processor


class ChromiumMissing(Exception):
    """No Chromium on this machine."""


def executable() -> str:
    """Debian's Chromium: the one without a window, which takes a third less time, or the whole.

    Raises: ChromiumMissing.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser"):
        if (program := shutil.which(name)) is not None:
            return program
    raise ChromiumMissing("Chromium (apt-get install chromium-headless-shell)")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. Raises ChromiumMissing."""
    program = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def app(log: Path, folder: Path = ROOT, **settings: str) -> Iterator[str]:
    """The app of this folder in a process of its own, by `streamlit run`; gives its address."""
    port = free_port()
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                f"--server.port={port}",
                "--server.headless=true",
            ],
            cwd=folder,
            env={**environ, "WATCHTOWER_SCHEDULE": "off", **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        await_answer(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def await_answer(url: str, seconds: float = 60) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            pause.wait(0.1)
    raise AssertionError(f"no answer from {url}")


@dataclass
class Visit:
    """One tab, and what it complained of."""

    page: Page
    address: str
    complaints: list[str]

    def open(self, path: str = "/") -> None:
        """Open a page of the app and wait until its script has ended."""
        self.page.goto(self.address + path)
        self.settled()

    def settled(self) -> None:
        """Wait until the script has ended."""
        self.page.wait_for_selector(SETTLED)


def visit(browser: Browser, address: str, **options: object) -> Visit:
    """A new tab that notes errors of the console and requests that leave the app."""
    context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    context.add_init_script(STILL)
    page = context.new_page()
    seen = Visit(page, address, [])

    def said(message: ConsoleMessage) -> None:
        own = message.text == NOT_FOUND and PROBE.search(str(message.location.get("url")))
        if message.type == "error" and not own:
            seen.complaints.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            seen.complaints.append(f"request: {request.url}")
        if "remark-emoji" in request.url:  # for a time such as 13:41:20 it fetches 260 KB
            seen.complaints.append("some text looks to Streamlit as if there were an emoji in it")

    page.on("console", said)
    page.on("request", asked)
    return seen
