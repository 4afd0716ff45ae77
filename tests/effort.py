"""How much tests try where they could go on for ever: some of it in each run, all of it with ``LLMROUTE_THOROUGH=1``.

Continuous integration sets that (``.ci/run``). Nothing is left out without it; only the number of tries differs.
"""

from __future__ import annotations

import os
from typing import Final

THOROUGH: Final = bool(os.environ.get("LLMROUTE_THOROUGH"))


def tries(some: int, every: int) -> int:
    """How many: ``some`` in each run, ``every`` when it shall be thorough."""
    return every if THOROUGH else some
