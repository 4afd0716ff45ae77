"""Tests beside the other instrumentations. They run where those are installed: ``make test-neighbours``."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from standin import Standin

from tests.neighbours import calls
from tests.neighbours.children import in_a_child
from tests.neighbours.observed import beside
from tests.neighbours.peers import INSTALLED, modules_used

# test_environment.py stays: it says in one line why the rest is not there.
collect_ignore = (
    []
    if INSTALLED
    else ["test_spend.py", "test_seams.py", "test_uninstrument.py", "test_zero_code.py", "test_enrich.py"]
)


@pytest.fixture(scope="session")
def server() -> Iterator[Standin]:
    """A provider that gives the answers that ``calls.COST_USD`` counts with."""
    with calls.provider() as running:
        # Done once, and not again in every child: imports, and the types that the SDKs build on first use.
        for module in in_a_child(modules_used):
            with suppress(Exception):
                importlib.import_module(module)
        calls.made(calls.ALL, running.url)
        gc.freeze()
        yield running


@pytest.fixture(scope="session")
def bare(server: Standin) -> dict[str, Any]:
    """What the application sees with nothing switched on, by the name of the call."""
    return in_a_child(beside, (), calls.ALL, server.url).results
