"""What the builders of both wire formats share: leaving out what is unknown, and ids."""

from __future__ import annotations

import itertools
from typing import Any

CREATED = 1_767_225_600
"""Creation time of every answer: 2026-01-01 00:00 UTC, so that the same call gives the same bytes."""

_numbers = itertools.count(1)


def known(**fields: Any) -> dict[str, Any]:
    """The fields that are not None: None is "the provider did not say", 0 is "it said 0"."""
    return {name: value for name, value in fields.items() if value is not None}


def new_id(prefix: str) -> str:
    """An id as the providers form them, unique in this process."""
    return f"{prefix}standin{next(_numbers):08d}"
