"""The secret that a store asks of senders and readers, and that a command sends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from otel_llmroute.store.errors import StoreError

TOKEN_VARIABLE: Final = "LLMROUTE_TOKEN"


def token_told(environ: Mapping[str, str] = os.environ) -> str | None:
    """What ``LLMROUTE_TOKEN`` says, without the line break that a file had at its end; ``None`` when it says nothing.
    Raises ``StoreError``, which does not tell it, for what no header can carry."""
    token = environ.get(TOKEN_VARIABLE, "").strip()
    if not (token.isascii() and token.isprintable()):
        raise StoreError(f"{TOKEN_VARIABLE} has signs that are not printable ASCII", "openssl rand -hex 24")
    return token or None
