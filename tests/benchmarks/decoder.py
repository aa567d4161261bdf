"""How much CPU does the decoder of pasted errors use for the longest text that it reads?

Run by hand: python -m tests.benchmarks.decoder

A log of many lines, and texts that repeat the beginning of a pattern without its end.
"""

from __future__ import annotations

import time

from lib.runbook.symptoms import LONGEST, diagnose

LOG = (
    "2026-11-24 13:02:11.086 UTC [991] app@prod LOG:  duration: 12.3 ms  statement: select 1\n"
    '2026-11-24 13:02:11.086 UTC [991] app@prod ERROR:  no partition of relation "events" found\n'
)
SEEDS = (
    LOG, "a b c d e f ", '"', "<a", "&", "\x1b[0", "ok: ", "error: ", "23514: ", "[23514]",
    "critical ", 'relation "', "function a(", "session x ", "Key (", "cannot drop table x",
    "the database at ", "the policy ", "the foreign key ", "connection to server at ",
    "have a null x ", "trg_a() differs from ",
    '"check": "guard_triggers", "status": "critical", "summary": "', "'problem': '", "failed | ",
)  # fmt: skip


def seconds(seed: str) -> float:
    """The CPU time for as much of this as is read."""
    text = seed * (LONGEST // len(seed))
    began = time.process_time()
    diagnose(text)
    return time.process_time() - began


def main() -> None:
    """The slowest first."""
    diagnose(LOG)
    for took, seed in sorted(((seconds(seed), seed) for seed in SEEDS), reverse=True):
        print(f"{took * 1000:6.0f} ms  {seed[:60]!r}")


if __name__ == "__main__":
    main()
