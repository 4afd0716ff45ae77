"""What LiteLLM says of a call, looked up where its versions keep it. Whatever is missing or odd is ``None``.

``kwargs`` of a callback is the dict that LiteLLM logs a call with; under ``litellm_params`` it has the metadata of the
request, in ``metadata`` or, on some routes, in ``litellm_metadata``.
https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/litellm_core_utils/litellm_logging.py
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from otel_llmroute.app.openings import Target
from otel_llmroute.app.routers.signals import Signals, cause, causes, destination_of, name, number
from otel_llmroute.app.sdks import openai
from otel_llmroute.app.sdks.adapter import Endpoint
from otel_llmroute.app.sdks.answer import count, text, word
from otel_llmroute.prices import provider_of_host

ROUTER: Final = "litellm"
PROVIDERS: Final = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_text": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "text-completion-openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "watsonx_text": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""LiteLLM's name of a provider -> that of the GenAI conventions, where they differ."""
ENDPOINTS: Final = {
    "completion": openai.CHAT,
    "acompletion": openai.CHAT,
    "text_completion": openai.COMPLETIONS,
    "atext_completion": openai.COMPLETIONS,
    "embedding": openai.EMBEDDINGS,
    "aembedding": openai.EMBEDDINGS,
    "responses": openai.RESPONSES,
    "aresponses": openai.RESPONSES,
    "image_generation": openai.IMAGES,
    "aimage_generation": openai.IMAGES,
    "transcription": openai.TRANSCRIPTIONS,
    "atranscription": openai.TRANSCRIPTIONS,
    "anthropic_messages": openai.CHAT,
    "aanthropic_messages": openai.CHAT,
}
"""``call_type`` -> how its answer is read: LiteLLM gives all of them the shape of OpenAI's."""
AUTO_ROUTER: Final = "auto_router"
"""Our word, where LiteLLM (up to 1.96) does not say why: an auto-router has chosen a group."""
OWN_CALLS: Final = {
    "autorouter_classifier": "routing",
    "autorouter_compaction": "routing",
    "shadow_eval_router": "shadow",
    "shadow_eval_judge": "evaluation",
    "llm_as_a_judge_guardrail": "evaluation",
}
"""``internal_call_origin`` -> purpose of a call that LiteLLM makes for itself."""
_NOTHING: Final[Mapping[str, Any]] = {}
_MOST_FRAMES: Final = 30
_MOST_REMEMBERED: Final = 1024
_targets: dict[tuple[str, str | None], Target] = {}


def fields(node: Any) -> Mapping[str, Any]:
    """``node`` if it is a dict, else nothing."""
    return node if isinstance(node, Mapping) else _NOTHING


def metadata_of(params: Any) -> Mapping[str, Any]:
    """The metadata of a request, whichever of both names it is kept under."""
    said = fields(params)
    either = (fields(said.get("metadata")), fields(said.get("litellm_metadata")))
    return next((found for found in either if "model_group" in found), either[0] or either[1])


class Call:
    """One attempt as a callback's ``kwargs`` tells it."""

    def __init__(self, kwargs: Any) -> None:
        self.said = fields(kwargs)
        self.params = fields(self.said.get("litellm_params"))
        self.metadata = metadata_of(self.params)
        self.trace = text(self.said.get("litellm_trace_id")) or text(self.params.get("litellm_trace_id"))
        """What all attempts of one request have in common."""
        self.id = text(self.said.get("litellm_call_id"))
        self.group = name(self.metadata.get("model_group"))
        """The model group that this attempt is made in; ``None`` outside of a Router."""
        self.purpose = purpose_of(self.metadata)
        """What LiteLLM makes the call for, if for itself."""
        self.model = text(self.said.get("model"))

    @cached_property
    def requested(self) -> str | None:
        """The group that the application asked for."""
        said = name(self.metadata.get("original_model_group")) or name(self.decision.get("router_model_name"))
        first = self._before[0].get("model") if self._before and said is None else None
        return said or name(first) or self.group

    @cached_property
    def _before(self) -> Sequence[Mapping[str, Any]]:
        """The failures before this attempt. Up to 1.97 they are of all requests, with the whole of each."""
        told = self.metadata.get("previous_models")
        entries = [fields(entry) for entry in told] if isinstance(told, (list, tuple)) else []
        return [entry for entry in entries if entry.get("litellm_trace_id", self.trace) == self.trace]

    @property
    def decision(self) -> Mapping[str, Any]:
        """An auto-router's account of its decision. Some of its fields quote the user: only what is named is read."""
        return fields(self.metadata.get("routing_decision"))

    @property
    def group_size(self) -> int:
        """Deployments in the group."""
        return count(self.metadata.get("model_group_size")) or 0

    @property
    def skipped_for(self) -> str | None:
        """LiteLLM's class of the error for which it has gone on to another group without calling anybody."""
        if not self._before or self.group == self.requested:
            return None
        return word(self._before[-1].get("exception_type"))

    @property
    def is_cache_hit(self) -> bool:
        """Whether LiteLLM's own cache had the answer."""
        return True in (self.said.get("cache_hit"), fields(self.said.get("standard_logging_object")).get("cache_hit"))

    @property
    def endpoint(self) -> Endpoint | None:
        kind = self.said.get("call_type")
        return ENDPOINTS.get(kind) if isinstance(kind, str) else None

    @property
    def is_stream(self) -> bool:
        return self.said.get("stream") is True

    @cached_property
    def target(self) -> Target:
        """Where it goes. Of the address only host and port are kept."""
        own = name(self.said.get("custom_llm_provider")) or name(self.params.get("custom_llm_provider")) or "unknown"
        base = self.params.get("api_base") or fields(self.said.get("additional_args")).get("api_base")
        base = base if isinstance(base, str) else None
        found = _targets.get((own, base))
        if found is None:
            if len(_targets) >= _MOST_REMEMBERED:
                _targets.clear()
            found = _targets.setdefault((own, base), _target(own, base))
        return found

    def signals(self, candidates: tuple[str, ...] = (), strategy: str | None = None) -> Signals:
        """What the Router says of its decision."""
        decision, target = self.decision, self.target
        return Signals(
            ROUTER,
            causes=causes(*_escalated(decision), decision.get("cause"), strategy, self._named),
            route=self.requested,
            rule=name(decision.get("tier")),
            requested_model=self.requested,
            candidates=candidates,
            selected_provider=target.provider,
            selected_model=name(self.model),
            score=number(decision.get("score")),
            threshold=number(decision.get("classifier_threshold")),
            confidence=number(decision.get("classifier_confidence")),
        )

    @property
    def _named(self) -> str:
        """What the name that was asked for is."""
        served = name(self.metadata.get("deployment_model_name"))
        if self.metadata.get("model_group_alias"):
            return "alias"
        if self.group != self.requested or served is None or "*" in served or served == self.group:
            return "explicit"
        return AUTO_ROUTER

    def cached(self, candidates: tuple[str, ...]) -> Signals:
        """What there is to say where LiteLLM's own cache had the answer."""
        return Signals(
            ROUTER,
            causes=("cache_hit",),
            route=self.requested,
            destination="cache",
            requested_model=self.requested or name(self.model),
            candidates=candidates,
            cache_result="hit",
        )


def purpose_of(metadata: Mapping[str, Any]) -> str | None:
    """What LiteLLM makes a call for, if for itself."""
    origin = metadata.get("internal_call_origin")
    return OWN_CALLS.get(origin) if isinstance(origin, str) else None


def _escalated(decision: Mapping[str, Any]) -> tuple[str, ...]:
    return ("context_escalated",) if decision.get("context_escalated") is True else ()


def _target(own: str, base: str | None) -> Target:
    host, port = None, None
    try:
        parts = urlsplit(base or "")
        host, port = parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        pass  # no URL
    by_host = provider_of_host(host) if host else None
    return Target(by_host or PROVIDERS.get(own, own), host, port, host is not None and by_host is None)


def candidates_of(deployments: Any) -> tuple[str, ...]:
    """``provider/model`` of each deployment that can be chosen."""
    found: list[str] = []
    for deployment in deployments if isinstance(deployments, list) else ():
        params = fields(fields(deployment).get("litellm_params"))
        model, own = name(params.get("model")), name(params.get("custom_llm_provider"))
        said = destination_of(own, model) if own and model and "/" not in model else model
        if said is not None and said not in found:
            found.append(said)
    return tuple(found)


def strategy_in_force() -> str | None:
    """The strategy of the Router that is at work further up this call; LiteLLM tells it to no callback."""
    frame: Any = sys._getframe(2)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return None
        if str(frame.f_globals.get("__name__")).startswith("litellm.router"):
            said = _strategy_of(frame.f_locals.get("self"))
            if said is not None:
                return cause(getattr(said, "value", said))
        frame = frame.f_back
    return None


def _strategy_of(router: Any) -> object:
    """From 1.109 it is a setting that has to be asked for."""
    said = getattr(router, "routing_strategy", None)
    if said is None and callable(getattr(router, "settings", None)):
        said = getattr(router.settings(), "routing_strategy", None)
    return said
