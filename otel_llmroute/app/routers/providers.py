"""Providers that choose: Azure's model router, Anthropic's fallbacks after a refusal, OpenAI's decisions.

Sources, read 2026-11: https://learn.microsoft.com/azure/foundry/openai/how-to/monitor-model-router (a preview, every
field optional); https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback and
https://github.com/anthropics/anthropic-sdk-python/blob/v2.14.0/src/anthropic/types/beta/beta_fallback_message_iteration_usage.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_llmroute.app.failures import fallback_reason
from otel_llmroute.app.routers.gateway import Gateway, fell_back
from otel_llmroute.app.routers.signals import Signals, causes, name, number
from otel_llmroute.app.sdks.answer import count, fields, get, items, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from otel_llmroute.app.routers.gateway import Heard

_AZURE_NAMES: Final = ("model-router", "auto")
_MOST_ATTEMPTS: Final = 32
_KEPT: Final = ("retain", "retained")


class AzureModelRouter(Gateway):
    """Azure's model router. Known by its deployment's name, as everything that it says is opt-in."""

    __slots__ = ()

    def answered(self, heard: Heard) -> bool:
        """Whether it chose the model. Other deployments have names of the customer's, which say nothing."""
        if "model_selection_details" in heard.body:
            return True
        requested = heard.requested_model or ""
        return heard.provider.startswith("azure.") and (
            requested in _AZURE_NAMES or requested.startswith("model-router")
        )


def _azure(signals: Signals, heard: Heard) -> None:
    told = fields(get(heard.body.get("model_selection_details"), "model_router_details"))
    kept = text(get(told.get("session_affinity"), "decision"))
    signals.causes = causes("retain" if kept in _KEPT else None, text(told.get("mode")), "model-router")
    attempts = list(_azure_attempts(told))
    tried = [(heard.provider, name(attempt.get("model"))) for attempt in attempts]
    if len(dict.fromkeys(tried)) > 1:
        result = fields(attempts[0].get("result"))
        error = name(get(result.get("error"), "code")) or name(result.get("error"))
        status = count(result.get("status")) or count(get(result.get("error"), "status"))
        fell_back(signals, *tried, reason=fallback_reason(error, name(result.get("status")), status))


def _azure_attempts(told: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for stage in map(fields, items(told.get("routing_trace"))[:_MOST_ATTEMPTS]):
        for attempt in map(fields, items(stage.get("attempts"))[:_MOST_ATTEMPTS]):
            if name(attempt.get("model")) is not None:
                yield attempt


def _anthropic(signals: Signals, heard: Heard) -> None:
    models = items(heard.body.get("fallback_models"))
    fell_back(signals, *((heard.provider, model) for model in models), reason="fallback_content_policy")


def _openai(signals: Signals, heard: Heard) -> None:
    answers = [fields(answer) for answer in items(heard.body.get("answers"))[:2]]
    if len(answers) != 1:
        return  # which of several questions the route hangs on is not said
    (answer,) = answers
    kind = text(answer.get("type"))
    signals.causes = causes(kind)
    signals.rule = name(answer.get("choice"))
    signals.score = number(answer.get("score"))
    signals.confidence = number(answer.get("confidence") if kind != "predicate" else answer.get("probability"))


ROUTERS: Final = (
    AzureModelRouter("azure", named=lambda heard: heard.requested_model, more=_azure),
    Gateway("anthropic", field="fallback_models", more=_anthropic),
    Gateway("openai", field="answers", more=_openai),
)
