"""The guards that the shipped declaration names."""

from __future__ import annotations

from lib.core.declaration import declared, required

GUARDS, REQUIRED = declared(), required()
SESSIONS, EVENTS, CALLS = GUARDS
