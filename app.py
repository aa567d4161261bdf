"""The dashboard and the HTTP endpoint, in one process: `streamlit run app.py`."""

import gc
import os
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
os.chdir(ROOT)
sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402  (reads .streamlit/ of the current folder when imported)

from lib import api, settings  # noqa: E402
from lib.watching.watch import WATCH  # noqa: E402


def show(address: str) -> None:
    """Say where it is, and open the browser where there is a screen. The port is bound by now."""
    print(f"Partition Watchtower: {address}", flush=True)
    if not st.get_option("server.headless"):
        threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Look for as long as the server runs."""
    if Path(sys.argv[0]).name != "uvicorn":  # which has its own address, and says it
        show(f"http://{st.get_option('server.address')}:{st.get_option('server.port')}")
    WATCH.start()
    gc.collect()
    gc.freeze()
    yield
    WATCH.stop()


# So Streamlit reads no secrets by itself: a malformed file would fail every route, and the key that
# signs sessions would be made before that of [auth] is known.
st.secrets.merge_programmatic_secrets(settings.for_streamlit())

app = st.App(
    ROOT / "pages" / "_shell.py",
    lifespan=lifespan,
    routes=api.routes(WATCH),
)

if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(
            "python app.py takes no options: address and port stand in .streamlit/config.toml, or "
            "give them to `streamlit run app.py --server.port 8502`."
        )
    app.run()
