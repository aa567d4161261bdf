"""The dashboard and the HTTP endpoint, in one process: `streamlit run app.py`."""

import asyncio
import gc
import hmac
import logging
import os
import secrets
import signal
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

STOPPED = 130  # by Ctrl-C, as shells have it
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # loading it all takes a second

ROOT = Path(__file__).resolve().parent
os.chdir(ROOT)
sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402  (reads .streamlit/ of the current folder when imported)
from starlette.middleware import Middleware  # noqa: E402
from streamlit import config, file_util, runtime  # noqa: E402
from streamlit.runtime import memory_media_file_storage  # noqa: E402
from streamlit.web.server.starlette import starlette_websocket  # noqa: E402

from lib.core.saying import say  # noqa: E402
from lib.core.visible import log_visibly  # noqa: E402
from lib.demo.source import EmbeddedDemo  # noqa: E402
from lib.faces import api  # noqa: E402
from lib.faces.base_path import BelowBase, under  # noqa: E402
from lib.faces.doors import half_open  # noqa: E402
from lib.faces.doors.doors import Doors  # noqa: E402
from lib.faces.doors.own_port import OwnPort  # noqa: E402
from lib.faces.doors.reasons import Reasons  # noqa: E402
from lib.settings import settings  # noqa: E402
from lib.watch.watch import WATCH  # noqa: E402

SWEEP_SECONDS = 8
EVERYWHERE = {None, "", "0.0.0.0", "::"}  # no address to open


def base() -> str:
    """Below which path do people open it?"""
    return str(st.get_option("server.baseUrlPath"))


def address() -> str:
    """Under which address does it answer on this machine?"""
    host, port = st.get_option("server.address"), st.get_option("server.port")
    host = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{host}:{port}{under(base())}"


def tell_port(port: int) -> None:
    """Let Streamlit know where it answers: it fills {port} of [auth] redirect_uri in with that."""
    config.set_option("server.port", port)


def show(address: str) -> None:
    """Say where it is, and open the browser where there is a screen. The port is bound by now."""
    say(f"Partition Watchtower: {address}")
    if not st.get_option("server.headless"):
        threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()


def log_requests_once() -> None:
    """Leave the log of requests to uvicorn and its options: Streamlit writes each line again."""
    st.get_option("logger.level")  # its handler comes once its options are read
    log = logging.getLogger("uvicorn.access")
    log.removeHandler(log.streamlit_console_handler)  # type: ignore[attr-defined]


async def sweep() -> None:
    """Drop the files of sessions that have ended. Streamlit does when the next pages are opened."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        with suppress(Exception):  # of one sweep: the next is due in seconds
            if runtime.exists():
                runtime.get_instance().media_file_mgr.remove_orphaned_files()


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Look for as long as the server runs."""
    if Path(sys.argv[0]).name == Path(__file__).name:  # another server says where it is itself
        show(address())
    log_requests_once()
    WATCH.start()
    gc.collect()
    gc.freeze()
    sweeping = asyncio.create_task(sweep())
    try:
        yield
    except asyncio.CancelledError:
        pass  # a second Ctrl-C: the server does not wait for what is open
    finally:
        logging.getLogger("lib").setLevel(logging.ERROR)  # what is broken off now is no news
        sweeping.cancel()
        WATCH.stop()


# So Streamlit reads no secrets by itself: a malformed file would fail every route, and the key that
# signs sessions would be made before that of [auth] is known.
st.secrets.merge_programmatic_secrets(settings.for_streamlit())

# The doors judge Origin and Host before this would, which looks up its own address outside.
starlette_websocket._is_origin_allowed = lambda origin, host: True  # noqa: ARG005
PAGE = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")

# A file's address is a hash of what is in it, which others may know: nobody can guess this one.
KEY, content_hash = secrets.token_bytes(16), memory_media_file_storage._calculate_file_id
memory_media_file_storage._calculate_file_id = lambda *file: hmac.new(
    KEY, content_hash(*file).encode(), "sha256"
).hexdigest()

half_open.impose()
log_visibly()
WATCH.offer(EmbeddedDemo)

app = st.App(
    ROOT / "pages" / "_shell.py",
    lifespan=lifespan,
    routes=api.routes(WATCH),
    middleware=[
        Middleware(OwnPort, tell=tell_port),
        Middleware(BelowBase, base=base),
        Middleware(Doors, watch=WATCH, option=st.get_option, page=PAGE),
        Middleware(Reasons, base=base),
    ],
)

if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(
            "python app.py takes no options: address and port stand in .streamlit/config.toml, or "
            "give them to `streamlit run app.py --server.port 8502`."
        )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app.run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.exit(STOPPED)
