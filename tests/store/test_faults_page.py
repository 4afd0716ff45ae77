"""docs/faults.md names every test of a fault, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
TESTS = (
    "store/test_disk_faults.py",
    "store/test_fuzz.py",
    "store/test_hostile_senders.py",
    "clients/test_clients.py",
    "collector/test_faults.py",
)


def test_every_fault_that_is_tested_is_on_the_page_and_every_line_has_its_test() -> None:
    tests = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
    written = {name for file in TESTS for name in tests.findall((ROOT / "tests" / file).read_text(encoding="utf-8"))}
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (?!fault )\S", line)]
    named = [re.findall(r"`(test_\w+)` \|$", row) for row in rows]
    assert all(len(found) == 1 for found in named)
    assert {found[0] for found in named} == written
