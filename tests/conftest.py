"""What all tests have in common: a garbage collector that is quick, and what is said at the end of a run."""

from __future__ import annotations

import gc
from typing import Any


def pytest_collection_finish() -> None:
    """Keep what is there by now, the modules most of all, out of the collections that tests make: each would take a
    fifth of a second."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A part that did not run shall not be taken for one that passed."""
    every = terminalreporter.stats.get("skipped", [])
    skipped = [report for report in every if report.nodeid.startswith("tests/server/")]
    if skipped:
        reason = skipped[0].longrepr[2].removeprefix("Skipped: ")
        terminalreporter.write_line(f"tests/server: {len(skipped)} skipped: {reason}")
