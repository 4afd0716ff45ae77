"""The SDKs we can see. Adding one is a file beside this one and a line here."""

from __future__ import annotations

from typing import Final

from otel_llmroute.app.sdks import anthropic, openai
from otel_llmroute.app.sdks.adapter import Adapter

ADAPTERS: Final[tuple[Adapter, ...]] = (openai.ADAPTER, anthropic.ADAPTER)
