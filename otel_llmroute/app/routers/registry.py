"""The routers inside a process that we can see. Adding one is a file beside this one and a line here.

Gateways, which are seen by what they answer, are rows of ``gateways``.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Router(NamedTuple):
    """A library that routes."""

    name: str
    """``llmroute.route.router``."""
    distribution: str
    """What is installed, as PyPI calls it."""
    oldest: str
    """The oldest version whose places are those that the adapter knows."""
    modules: tuple[str, ...]
    """Its modules that the adapter is put on, each once the application has imported it."""
    adapter: str
    """Our module, imported then; it has ``hook(module, hooks)``, which puts us on ``module``."""


ROUTERS: Final[tuple[Router, ...]] = ()
