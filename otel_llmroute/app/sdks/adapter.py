"""The shape of an SDK adapter: it says where things are, and holds no span, clock or guard.

An adapter file names an SDK's package, its endpoints, and for each endpoint how to read a body and a chunk. The
lifecycle of an attempt is in ``lifecycle``; the wrapping of the client is in ``stainless``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from otel_llmroute.app.sdks.answer import Answer
from otel_llmroute.names import Purpose
from otel_llmroute.prices import Usage

_MOST_REMEMBERED: Final = 1024


def as_it_is(usage: Usage) -> Usage:
    """For providers whose counts follow the GenAI rule already: input includes the cache."""
    return usage


def never(chunk: object) -> bool:
    """No chunk is to be passed over."""
    return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that answers with usage. ``read_body`` and ``read_chunk`` add what a body or a chunk says to an
    ``Answer``.
    """

    api: str
    """``chat_completions``, ``responses``, ``messages``, ``images``, ...: what the provider's reference calls it."""
    operation: str
    """``gen_ai.operation.name``: ``chat``, ``text_completion``, ``embeddings``, ``generate_content``."""
    read_body: Callable[[Answer, object], None]
    read_chunk: Callable[[Answer, object], None]
    is_openai: bool
    """Whether its answers are of the OpenAI flavour: gets the ``openai.*`` attributes."""
    whole: Callable[[Usage], Usage] = as_it_is
    """Makes the counts follow the GenAI rule; called once, after the last statement of the provider."""
    asks_again: bool = False
    """Whether the SDK may send more requests of its own while the application reads a stream."""
    read_request: Callable[[Answer, Mapping[str, Any]], None] | None = None
    """Adds what the body of a request says and is billed, and no answer tells."""
    may_wait: bool = False
    """Whether a request may ask for an answer in the background (``background``): it is asked for later, by its id."""
    purpose: Purpose = "answer"
    """What it is called for, where the application does not say."""
    is_middle: Callable[[object], bool] = never
    """Whether there is nothing in a chunk, as the SDK has parsed it, for one who knows the model by now. Asked for
    every chunk. Never raises.
    """


@dataclass(frozen=True)
class Adapter:
    """One SDK."""

    package: str
    """The package to wrap once the application imports it, for example ``openai``."""
    provider: str
    """``gen_ai.provider.name`` where neither the client's class nor the host says otherwise."""
    endpoints: Mapping[str, Endpoint]
    """End of the path, without a version prefix, to the endpoint; for example ``/chat/completions``."""
    providers_by_client: Mapping[str, str] = field(default_factory=dict)
    """Class name of a client to the provider it always talks to; for example ``AzureOpenAI``."""
    _found: dict[object, Endpoint | Literal[False]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found for a URL before; ``False``: it is not an endpoint of ours. Bounded."""

    def endpoint(self, method: object, url: object) -> Endpoint | None:
        """The endpoint that a request of the SDK goes to, or ``None`` when it is not one that answers with usage."""
        if method != "post" and str(method).lower() != "post":
            return None
        found = self._found.get(url) if type(url) is str else False
        if found is None:
            found = self._remember(str(url))
        return found or None

    def _remember(self, url: str) -> Endpoint | Literal[False]:
        path = "/" + url.partition("?")[0].strip("/")
        ending = next((end for end in self.endpoints if path.endswith(end)), None)
        if len(self._found) >= _MOST_REMEMBERED:
            self._found.clear()
        found = self._found[url] = self.endpoints[ending] if ending else False
        return found
