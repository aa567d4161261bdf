"""Which clocks does tests.on_day not move? The marks of tests that look at one: left out there."""

from __future__ import annotations

import pytest

TIME_OUTS = pytest.mark.real_clock("while it waits, PostgreSQL's time-outs go by the real clock")
