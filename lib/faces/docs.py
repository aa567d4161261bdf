"""Which page explains a check? /docs/<check>, the section of that name in docs/checks.md.

The pages hold no secret and nothing of the database, so they stay open where looking needs a
sign-in: whoever is woken by an alert reads them before signing in.
"""

from __future__ import annotations

import functools

from markdown import markdown
from markupsafe import Markup
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lib.checks import CHECKS, by_name
from lib.db.sql import ROOT
from lib.reports.rendering import render

PATH = "/docs"
_FILE = ROOT / "docs" / "checks.md"
_LIST = "The checks"


def routes() -> list[BaseRoute]:
    """Which routes show the checks' sections? The list, and one page a check."""
    return [Route(PATH, Docs), Route(f"{PATH}/{{name:path}}", Docs)]


class Docs(HTTPEndpoint):
    """The section of one check, or the list of all; 404 for any other name, with the list."""

    def get(self, request: Request) -> Response:
        """The page; every link on it is relative, so that it works below any base."""
        name = request.path_params.get("name")
        if name is None:
            return RedirectResponse(f"{PATH.removeprefix('/')}/")
        if "/" in name:  # from there no link of the list would lead to a check
            return PlainTextResponse(f"No such page. {PATH}/ lists the checks.", 404)
        known = by_name(name)
        code = 200 if known or not name else 404
        text = page(known.name if known else "", missing=code == 404)
        return HTMLResponse(text, code, {"cache-control": "no-cache"})


@functools.cache
def page(check: str, *, missing: bool = False) -> str:
    """The section of this check as a page, or the list."""
    text, home = sections()[check], "./"
    for each in CHECKS:
        text = text.replace(f"](#{each.name})", f"]({home}{each.name})")
    if check:  # its heading is the page's
        text = text.replace("](#", f"]({home}#").replace("## ", "# ")
    body = Markup(markdown(text, extensions=["tables", "fenced_code", "toc"]))
    title = "No such check" if missing else check or _LIST
    return render("docs.html.j2", title=title, check=check, body=body, home=home, missing=missing)


@functools.cache
def sections() -> dict[str, str]:
    """What does docs/checks.md say, by the check? What stands before the first is under ""."""
    found, name = {"": ""}, ""
    for line in _FILE.read_text(encoding="utf-8").splitlines(keepends=True):
        heading = line.removeprefix("## ").strip()
        if line.startswith("## ") and by_name(heading):
            name = heading
        found[name] = found.get(name, "") + line
    return found
