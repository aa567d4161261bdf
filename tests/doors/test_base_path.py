"""Which path is asked for, wherever the app is mounted?"""

from __future__ import annotations

import pytest

from lib.faces.base_path import asked


@pytest.mark.parametrize(
    ("path", "root", "base"),
    [
        ("/_stcore/metrics", "", ""),
        ("/watch/_stcore/metrics", "", "/watch"),
        ("/outer/_stcore/metrics", "/outer", ""),  # uvicorn --root-path /outer
        ("/outer/watch/_stcore/metrics", "/outer", "/watch"),
    ],
)
def test_the_doors_judge_the_path_below(path: str, root: str, base: str) -> None:
    assert asked({"type": "http", "path": path, "root_path": root}, base) == "/_stcore/metrics"
