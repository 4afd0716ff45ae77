"""A made-up shop with all that a page can get wrong: several currencies, no prices, no names, names that are code."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Final

from tests.store.ledger import SINCE, UNTIL, Ledger, made_up

CODE: Final = (
    "<script>window.wasRun = 1</script>",
    '<img src=x onerror="window.wasRun = 1">',
    "\"><svg onload='window.wasRun = 1'>",
    "{{constructor.constructor('window.wasRun = 1')()}}",
)
"""Names that run if somebody writes them into a page as HTML."""
LONG: Final = "a-very-long-name/" * 20
PERIOD: Final = f"since={SINCE:%Y-%m-%dT%H:%M}&until={UNTIL:%Y-%m-%dT%H:%M}"
"""The period of the ledger, in the address of the page."""
ASKED: Final = {"since": f"{SINCE:%Y-%m-%dT%H:%M:%SZ}", "until": f"{UNTIL:%Y-%m-%dT%H:%M:%SZ}"}


def whole_shop() -> Ledger:
    """A ledger, always the same, in which every ninth call and route has a name that is code, or is long."""
    ledger = made_up(7, 360)
    names = itertools.cycle((*CODE, LONG))
    calls = [
        replace(call, route=name, model=name, tenant=name, feature=name) if at % 9 == 0 else call
        for at, (call, name) in enumerate(zip(ledger.calls, names, strict=False))
    ]
    routes = [
        replace(route, route=name, requested_model=name, served_model=name) if at % 9 == 0 else route
        for at, (route, name) in enumerate(zip(ledger.routes, names, strict=False))
    ]
    return Ledger(calls, routes, ledger.jobs, ledger.decisions)
