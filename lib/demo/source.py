"""The embedded demo, as what a watch starts where no database is named; with its fire drills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import URL

from lib.demo import demo
from lib.demo.fire_drill import FireDrill
from lib.settings.settings import parse_url
from lib.watch.source import Progress

_TOP_UP = timedelta(minutes=5)


class EmbeddedDemo:
    """The demo of one process. `publish` takes what changes in the snapshot, `look` looks now."""

    def __init__(self, publish: Callable[..., None], look: Callable[[], None]) -> None:
        self.fire_drill = FireDrill(publish, look)
        self._topped_up = datetime.now(UTC)

    def start(self, progress: Progress) -> URL:
        """Start it, or join the one that runs; its address for who looks. Raises: DemoFailed."""
        self.fire_drill.demo = demo.start(progress)
        return parse_url("the demo's address", self.fire_drill.demo.role_url)

    def looked(self) -> None:
        """Is a drill on? And the traffic goes on."""
        self.fire_drill.notice()
        started, now = self.fire_drill.demo, datetime.now(UTC)
        if started is not None and now - self._topped_up > _TOP_UP:
            demo.top_up(started)
            self._topped_up = now

    def stop(self) -> None:
        """Leave it; its last user stops the server. Raises: DemoFailed."""
        demo.stop()
