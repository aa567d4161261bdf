"""Is there a real nginx before the copies, as docs/operating.md has it?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import skip_missing
from tests.poolers import await_port
from tests.servers import ROOT, as_service_account
from tests.test_rest import certificate

CONFIG = """
daemon off;
pid {home}/pid;
error_log {home}/error.log;
events {{}}
http {{
    log_format copies '$upstream_addr';
    access_log {home}/copies.log copies;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    {block}
}}
"""
AFFINITY = "    ip_hash;  # affinity, for the downloads: the same browser, the same copy\n"


class Nginx:
    """Where it writes, and which certificate proves it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.key, self.certificate = certificate(home)

    @property
    def asked(self) -> list[str]:
        """Which copy answered, request by request; a WebSocket's once it has ended."""
        return (self.home / "copies.log").read_text().split()


def block(copies: Sequence[str], port: int, nginx: Nginx, *, affinity: bool) -> str:
    """The guide's block with these copies (host:port), this port and this certificate."""
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```nginx\n(.*?)```", guide, re.DOTALL)
    changes = {
        "10.0.0.11:8501": copies[0],
        "10.0.0.12:8501": copies[1],
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/watch.example.org.pem": str(nginx.certificate),
        "/etc/ssl/watch.example.org.key": str(nginx.key),
    }
    if not affinity:
        changes[AFFINITY] = ""
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@contextmanager
def before(copies: Sequence[str], port: int, *, affinity: bool) -> Iterator[Nginx]:
    """An nginx on this port of https://127.0.0.1, run by an ordinary user. Skips without one."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        skip_missing("nginx (apt-get install nginx-light)")
    nginx = Nginx(Path(tempfile.mkdtemp(prefix="pwn-", dir="/tmp")))
    text = CONFIG.format(home=nginx.home, block=block(copies, port, nginx, affinity=affinity))
    (nginx.home / "conf").write_text(text, encoding="utf-8")
    account = as_service_account()
    if account:
        for path in (nginx.home, *nginx.home.iterdir()):
            shutil.chown(path, account["user"])
    process = subprocess.Popen(
        [str(program), "-c", str(nginx.home / "conf"), "-e", str(nginx.home / "error.log")],
        cwd="/",
        **account,
    )
    try:
        await_port(port)
        yield nginx
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(nginx.home, ignore_errors=True)
