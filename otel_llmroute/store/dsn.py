"""Where a ClickHouse server is and who asks: ``clickhouse://user:password@host:8123/database``, or ``https``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from otel_llmroute.store.errors import StoreError

_EXAMPLE: Final = "clickhouse://USER@HOST:8123/otel, with the password in CLICKHOUSE_PASSWORD"
_NATIVE: Final = {9000: 8123, 9440: 8443}
"""Ports of the native protocol, and the ports where the same server speaks HTTP unless told otherwise."""
_SECURE_PORTS: Final = frozenset({443, 8443, 9440})
_YES: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Dsn:
    """A server's HTTP interface. The password is in no text made of this. ``database`` is "" when none was named;
    ``native_port`` is the port that was named when it is not one of HTTP, else 0."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    secure: bool
    verify: bool
    native_port: int = 0

    def __str__(self) -> str:
        """For people: without the password."""
        secret = ":***" if self.password else ""
        return f"{'https' if self.secure else 'http'}://{self.user}{secret}@{self.host}:{self.port}"


def dsn_of(text: str | None, environ: Mapping[str, str] = os.environ) -> Dsn:
    """Read a DSN; without one, that of ``LLMROUTE_DSN``. Raises ``StoreError``, which never repeats the text."""
    given = text or environ.get("LLMROUTE_DSN", "")
    if not given:
        raise StoreError("no server named", f"--dsn or LLMROUTE_DSN: {_EXAMPLE}")
    try:
        parts = urlsplit(given)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise StoreError("the DSN cannot be read", _EXAMPLE) from None
    if parts.scheme not in ("clickhouse", "http", "https") or not host:
        raise StoreError("the DSN does not name a ClickHouse server", _EXAMPLE)
    options = _options(parts.query)
    secure = options.get("secure", parts.scheme == "https" or port in _SECURE_PORTS)
    asked = port or (8443 if secure else 8123)
    return Dsn(
        host=host,
        port=_NATIVE.get(asked, asked),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or "") or environ.get("CLICKHOUSE_PASSWORD", ""),
        database=unquote(parts.path.strip("/")),
        secure=secure,
        verify=options.get("verify", True),
        native_port=asked if asked in _NATIVE else 0,
    )


def _options(query: str) -> dict[str, bool]:
    options = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in ("secure", "verify") or value.lower() not in _YES:
            raise StoreError(f"the DSN has an option that is not known: {name}", "secure=true or verify=false")
        options[name] = _YES[value.lower()]
    return options
