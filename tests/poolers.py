"""Is there a real PgBouncer in transaction mode before the server?"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import PORT, Database, PostgresMissing, as_service_account

CONFIG = """
[databases]
* = host={server} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
ignore_startup_parameters = extra_float_digits
pidfile = {home}/pid
logfile = {home}/log
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def pooled(
    database: Database, user: str = "watchtower", size: int = 1, more: str = ""
) -> Iterator[str]:
    """The address of this database through PgBouncer, with `size` server connections for all.

    `more` are settings of its own, which hold instead of those of CONFIG.

    Raises PostgresMissing.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise PostgresMissing("PgBouncer (apt-get install pgbouncer)")
    home, port = Path(tempfile.mkdtemp(prefix="pwb-", dir="/tmp")), free_port()
    # auth_type any needs to know as whom to connect.
    entry = f"{database.name} = host={database.server.sockets} port={PORT} user={user}"
    text = CONFIG.format(
        server=database.server.sockets, server_port=PORT, port=port, home=home, size=size
    )
    text = text.replace("* = ", f"{entry}\n* = ", 1) + more  # the last of two settings holds
    (home / "ini").write_text(text, encoding="utf-8")
    account = as_service_account()
    if account:
        for path in (home, home / "ini"):
            shutil.chown(path, account["user"])
    process = subprocess.Popen([program, "-q", str(home / "ini")], cwd="/", **account)
    try:
        await_port(port)
        yield f"postgresql://{user}@127.0.0.1:{port}/{database.name}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def await_port(port: int, seconds: float = 10) -> None:
    """Until somebody listens there."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            pause.wait(0.02)
    raise AssertionError(f"nobody listens on port {port}")
