"""Which clocks does tests.on_day not move? The marks of tests that look at one: left out there."""

from __future__ import annotations

import pytest

TIME_OUTS = pytest.mark.real_clock("while it waits, PostgreSQL's time-outs go by the real clock")
LAUNCHERS = pytest.mark.real_clock("the launchers of pg_cron and autovacuum go by the real clock")
BROWSER = pytest.mark.real_clock("the browser goes by the real clock")
