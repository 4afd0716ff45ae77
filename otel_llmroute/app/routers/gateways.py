"""Gateways in front of providers: which header and which part of a body says what. Adding a gateway is adding rows.

Only what is named here is ever read of a response's headers, and only as a name, a cause or a number of a bounded
length (see ``signals``): never a key, a spend, a URL or a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers.signals import Signals

Headers = Mapping[str, str]
Body = Mapping[str, Any]


class Gateway(NamedTuple):
    """A gateway, and how it is known."""

    router: str
    """``llmroute.route.router``."""
    marks: tuple[str, ...]
    """Headers that only it sends, in small letters; any of them gives it away."""
    hosts: tuple[str, ...]
    """Hosts that are its own."""
    read: Callable[[Signals, Headers, Body], None]
    """Fills in what its headers and the fields of its body say."""


GATEWAYS: Final[tuple[Gateway, ...]] = ()


def signals_of(host: str | None, headers: Headers, body: Body, requested_model: str | None) -> Signals | None:
    """What the gateway that answered said; ``None`` where none did. Never raises."""
    try:
        for gateway in GATEWAYS:
            if host in gateway.hosts or any(mark in headers for mark in gateway.marks):
                signals = Signals(gateway.router, requested_model=requested_model)
                gateway.read(signals, headers, body)
                return signals
    except Exception as error:
        complain("Could not read what a gateway said", error)
    return None
