"""What the installed SDKs can do. The only place that asks; a test that needs what is missing says so when skipped."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import anthropic
import openai
import pytest

OPENAI = version("openai")
ANTHROPIC = version("anthropic")


def _has(client: Any, path: str) -> bool:
    try:
        for name in path.split("."):
            client = getattr(client, name)
    except AttributeError:
        return False
    return True


_openai = openai.OpenAI(api_key="none")
_anthropic = anthropic.Anthropic(api_key="none")

FEATURES: dict[str, bool] = {
    "openai responses": _has(_openai, "responses"),
    "openai responses in the background": _has(_openai, "responses.cancel"),
    "openai chat.completions.stream": _has(_openai, "chat.completions.stream"),
    "openai chat.completions.parse": _has(_openai, "chat.completions.parse"),
    "openai responses.parse": _has(_openai, "responses.parse"),
    "anthropic messages.parse": _has(_anthropic, "messages.parse"),
    "anthropic beta.messages.stream": _has(_anthropic, "beta.messages.stream"),
    "anthropic AnthropicBedrock(api_key=)": hasattr(anthropic, "AnthropicBedrockMantle"),
}
"""Feature of an SDK -> whether the installed version has it."""

HTTP: dict[str, Any] = {
    package: import_module(next(kind.__module__ for kind in type(client._client).__mro__ if "httpx" in kind.__module__))
    for package, client in (("openai", _openai), ("anthropic", _anthropic))
}
"""Package of an SDK -> the module of its HTTP library, httpx or httpx2."""

MODULES: dict[str, bool] = {name: find_spec(name) is not None for name in ("boto3", "httpx", "httpx2", "trio")}
"""Other modules that some tests want -> whether they are installed."""

STREAM_ERRORS: tuple[type[Exception], ...] = (
    openai.APIError,
    anthropic.APIError,
    *(import_module(name).HTTPError for name in ("httpx", "httpx2") if MODULES[name]),
)
"""What a stream of an SDK raises: old versions let the errors of their HTTP library through."""


def needs(feature: str) -> pytest.MarkDecorator:
    """Skip where the installed SDK has no ``feature``."""
    package = feature.partition(" ")[0]
    reason = f"{package} {version(package)} has no {feature.partition(' ')[2]}"
    return pytest.mark.skipif(not FEATURES[feature], reason=reason)


def needs_module(name: str) -> pytest.MarkDecorator:
    """Skip where module ``name`` is not installed."""
    return pytest.mark.skipif(not MODULES[name], reason=f"{name} is not installed")


def is_newest() -> bool:
    """Whether these are the generations of the SDKs that lack nothing that is tested."""
    return int(OPENAI.partition(".")[0]) >= 3 and int(ANTHROPIC.partition(".")[0]) >= 2
