"""Routes named by configuration: the first rule whose patterns all match names the call."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

from otel_llmroute.config import RouteRule

_MOST_REMEMBERED: Final = 4096
_Key = tuple[str | None, str | None, str | None, str | None]


class Rules:
    """The route rules in force. Each distinct call (site, HTTP route, model, provider) is matched once."""

    def __init__(self, rules: tuple[RouteRule, ...]) -> None:
        self._rules = tuple(rule for rule in rules if rule.edge is None)
        self._edges = tuple(rule for rule in rules if rule.edge is not None)
        self.has_edges = bool(self._edges)
        """Whether any rule is about the edges of a graph."""
        self._found: dict[_Key, RouteRule | None] = {}

    def first(
        self, callsite: str | None, http_route: str | None, model: str | None, provider: str | None
    ) -> RouteRule | None:
        """The first rule that matches, or ``None``."""
        if not self._rules:
            return None
        key = (callsite, http_route, model, provider)
        try:
            return self._found[key]
        except KeyError:
            pass
        if len(self._found) >= _MOST_REMEMBERED:
            self._found.clear()
        rule = self._found[key] = next((rule for rule in self._rules if _matches(rule, key)), None)
        return rule

    def first_of_edge(self, edge: str) -> RouteRule | None:
        """The first rule about the edge ``edge`` of a graph (``node:node``), or ``None``."""
        return next((rule for rule in self._edges if rule.edge is not None and fnmatchcase(edge, rule.edge)), None)


def _matches(rule: RouteRule, key: _Key) -> bool:
    patterns = (rule.callsite, rule.http_route, rule.model, rule.provider)
    return all(
        pattern is None or (value is not None and fnmatchcase(value, pattern))
        for pattern, value in zip(patterns, key, strict=True)
    )
