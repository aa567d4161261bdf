"""How does a check say what it found? By the word for how bad it is, and then in this order:

    return critical(guard.relation, "table_missing", headline, detail, remedies, means)

whom it is about, its code, its headline, its detail; what repairs it and what it does to the data,
where there is something to say. What is only to be known is a `note`; what `holds` needs no code.
`judged` takes the status as a value. `Finding` (lib/core/results.py) says what each part must be.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any, TypeVar

from lib.core.remedies import Remedies
from lib.core.results import Finding, Status

T = TypeVar("T")


def judged(
    status: Status,
    subject: str,
    code: str,
    headline: str,
    detail: str,
    remedies: Remedies = (),
    means: str | None = None,
    **more: Any,
) -> Finding:
    """The finding of this status, which may be a value."""
    parts = {"code": code, "headline": headline, **more}
    return Finding(subject, status, detail, remedies, means, **parts)


critical = partial(judged, Status.CRITICAL)
unknown = partial(judged, Status.UNKNOWN)
warning = partial(judged, Status.WARNING)
note = partial(judged, Status.OK)


def holds(subject: str, detail: str, **more: Any) -> Finding:
    """That all is as it must be with this subject."""
    return note(subject, "holds", "", detail, **more)


def alike(what: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Those of which the same is to be said, together; in the order of the first of each."""
    together: dict[Hashable, list[T]] = {}
    for each in what:
        together.setdefault(key(each), []).append(each)
    return list(together.values())
