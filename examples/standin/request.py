"""One request as the server read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Request:
    """``path`` is without the query, ``headers`` have lower-case names."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None when it is empty or is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def is_anthropic(self) -> bool:
        """Whether the path is one of Anthropic's API."""
        return "/messages" in self.path or self.path.endswith("/complete")
