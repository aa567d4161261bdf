"""Does each row of the fault table have its test, and each test here its row?"""

from __future__ import annotations

import ast
import re

from tests.servers import ROOT

HERE = ROOT / "tests" / "faults"
ROW = re.compile(r"^\| `([a-z0-9_]+)` \|", re.MULTILINE)


def test_each_row_has_its_test_and_each_test_its_row() -> None:
    rows = ROW.findall((ROOT / "docs" / "faults.md").read_text())
    tests = [
        node.name.removeprefix("test_")
        for file in sorted(HERE.glob("test_*.py"))
        if file.name != "test_table.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]
    assert sorted(rows) == sorted(tests)
