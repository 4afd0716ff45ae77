"""The SDKs we can see. Adding one is a file beside this one and a line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otel_llmroute.app.sdks.adapter import Adapter

PACKAGES: Final = {
    "openai": "otel_llmroute.app.sdks.openai",
    "anthropic": "otel_llmroute.app.sdks.anthropic",
}
"""Package of the SDK -> our module with its ``ADAPTER``, imported once the application has imported the SDK."""


def adapter_of(package: str) -> Adapter:
    """The adapter of one of ``PACKAGES``."""
    adapter: Adapter = import_module(PACKAGES[package]).ADAPTER
    return adapter
