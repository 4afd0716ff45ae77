"""The routers installed beside this program, and whether an application that is instrumented here has theirs recorded.

Nothing of them is imported: the environment is read, as the instrumented application will read it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from otel_llmroute import config
from otel_llmroute.routers import ROUTERS, Router

_RELEASE: Final = re.compile(r"\d+(?:\.\d+)*")
_TRUE: Final = ("true", "1")


def routers_found(
    environ: Mapping[str, str] | None = None, version_of: Callable[[str], str] = version
) -> list[dict[str, Any]]:
    """``{"router", "package", "version", "hooked", "why_not"}`` of each package that we know a place in; ``version`` is
    ``None`` where it is not installed, ``why_not`` is "" where decisions of it are recorded.
    """
    off = switched_off(os.environ if environ is None else environ)
    return [_found(router, off, version_of) for router in ROUTERS]


def _found(router: Router, off: str, version_of: Callable[[str], str]) -> dict[str, Any]:
    try:
        installed = version_of(router.distribution)
    except PackageNotFoundError:
        installed = None
    why_not = "not installed" if installed is None else off
    if installed is not None and not why_not and is_older(installed, router.oldest):
        why_not = f"older than {router.oldest}, the oldest version whose places are known"
    return {
        "router": router.name,
        "package": router.distribution,
        "version": installed,
        "hooked": not why_not,
        "why_not": why_not,
    }


def switched_off(environ: Mapping[str, str]) -> str:
    """Why no router at all is recorded; "" where they are."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() in _TRUE:
        return "OTEL_SDK_DISABLED is set"
    disabled = environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")
    if {"llmroute", "*"} & {name.strip() for name in disabled}:
        return "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS names llmroute"
    try:
        found = config.load(environ)
    except config.ConfigError:
        return ""  # the application goes on with the default settings
    return (
        "LLMROUTE_MODE is enrich: calls are those that another instrumentation sees" if found.mode == "enrich" else ""
    )


def is_older(installed: str, oldest: str) -> bool:
    """Whether release ``installed`` comes before ``oldest``; a version that is no release is not known to."""
    found = _RELEASE.match(installed)
    return found is not None and _numbers(found[0]) < _numbers(oldest)


def _numbers(release: str) -> tuple[int, ...]:
    numbers = [int(part) for part in release.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
