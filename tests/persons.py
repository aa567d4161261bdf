"""Who signs in and presses buttons, without a browser? Over HTTP and the WebSocket, as one does."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

USER = "_streamlit_user"


class Person:
    """A browser's cookies. `home` is what [auth] calls the address of every copy.

    `trusted` is the certificate to believe where that is an https address.
    """

    def __init__(self, home: str, trusted: Path | None = None) -> None:
        self.home = home
        self._trust = ssl.create_default_context(cafile=trusted) if trusted else None
        self.client = httpx.Client(timeout=30, verify=self._trust or True)

    def begin(self, copy: str) -> httpx.Response:
        """The button "Sign in", pressed at this copy."""
        with self.tab(copy, "") as tab:
            tab.run(press="Sign in")
        return self.client.get(copy + tab.leads_to)

    def sign_in(self, first: str, then: str, name: str = "olga") -> httpx.Response:
        """Begin at the first copy; what does the other say to whom the provider sends back?"""
        begun = self.begin(first)
        assert begun.status_code == 302, begun.text
        chosen = self.client.post(begun.headers["location"], data={"sub": name})
        back = chosen.headers["location"]
        assert back.startswith(f"{self.home}/oauth2callback?")
        return self.client.get(f"{then}/oauth2callback?{urlsplit(back).query}")

    @contextmanager
    def tab(self, copy: str, page: str) -> Iterator[Tab]:
        """This page of this copy, with the cookies of now."""
        token = generate_xsrf_token_string()
        cookies = "; ".join(f"{each.name}={each.value}" for each in self.client.cookies.jar)
        with connect(
            copy.replace("http", "ws") + "/_stcore/stream",
            origin=Origin(self.home),
            subprotocols=[Subprotocol("streamlit"), Subprotocol(token)],
            additional_headers={"Cookie": f"_streamlit_xsrf={token}; {cookies}"},
            max_size=None,
            ssl=self._trust,
        ) as socket:
            tab = Tab(socket, page)
            tab.run()
            yield tab


class Tab:
    """`text` is all that the last run of the page sent, `buttons` are ids by label.

    `leads_to` is where the page last sent the browser to sign in.
    """

    def __init__(self, socket: ClientConnection, page: str) -> None:
        self._socket, self._page = socket, page
        self.text = self.leads_to = ""
        self.buttons: dict[str, str] = {}

    def run(self, press: str | None = None) -> None:
        """Let the page run, by pressing a button if one is named."""
        message = BackMsg()
        message.rerun_script.page_name = self._page
        if press is not None:
            pressed = message.rerun_script.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = self.buttons[press], True
        self._socket.send(message.SerializeToString())
        told: list[str] = []
        answer = ForwardMsg()
        while not (  # a run that gave way to another one is none
            answer.WhichOneof("type") == "script_finished"
            and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        ):
            answer.ParseFromString(self._socket.recv(timeout=30, decode=False))
            self.leads_to = answer.auth_redirect.url or self.leads_to
            told.append(re.sub(r"\s+", " ", str(answer)))
            button = answer.delta.new_element.button
            if button.label:
                self.buttons[button.label] = button.id
        self.text = " ".join(told)
