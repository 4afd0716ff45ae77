"""Amazon Bedrock: prompt routers, inference profiles and tiers, as calls of boto3 and aioboto3 show them.

A prompt router is asked by its ARN as ``modelId``; which model it chose is in the trace of a Converse answer, and in
the last event of a ConverseStream one. It says no reason for one request, so the reason is what such routers go by, a
prediction of how well each model will answer (``task_class``); without a trace nobody has said anything.
https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-routing.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_llmroute.app.routers.bedrock_criteria import criteria_of
from otel_llmroute.app.routers.signals import Signals, causes, name
from otel_llmroute.app.sdks import bedrock

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.sdks.answer import Answer

ROUTER: Final = "bedrock"
PROMPT_ROUTER: Final = "prompt-router"
WITHOUT_TRACE: Final = "prompt-router:no-trace"
APPLICATION_PROFILE: Final = "application-inference-profile"
GEOGRAPHIES: Final = frozenset({"apac", "au", "ca", "eu", "in", "jp", "sa", "us", "us-gov"})
"""Prefixes of inference profiles that keep to a part of the world."""
GLOBAL: Final = "global"
_PROFILE: Final = ":inference-profile/"
_NO_CHOICE: Final = frozenset({"default", "standard", "reserved"})
"""Tiers and latencies that are no choice of a place."""


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put the seams of botocore and aiobotocore on ``module``."""
    from otel_llmroute.app.sdks.botocore import SEAMS

    for owner, method, wrapper in SEAMS[module.__name__]:
        kind = getattr(module, owner, None)
        if kind is not None and hasattr(kind, method):
            hooks.wrap(kind, method, wrapper)


def signals_of(model: str | None, tier: object, latency: object, answer: Answer) -> Signals | None:
    """What Bedrock said of one request; ``None`` where it chose nothing.

    ``model``, ``tier`` and ``latency`` are what was asked for: which tier served is a fact of the attempt's price.
    """
    asked = tuple(literal for literal in causes(tier, latency) if literal not in _NO_CHOICE)
    if bedrock.is_router(model):
        served, criteria = name(answer.model), criteria_of(model)
        literal = PROMPT_ROUTER if served else WITHOUT_TRACE
        return Signals(
            ROUTER,
            (literal, *asked),
            route=_name_of(model),
            rule=criteria.rule,
            requested_model=name(model),
            candidates=criteria.candidates,
            threshold=criteria.threshold,
            selected_provider=bedrock.PROVIDER if served else None,
            selected_model=served,
        )
    found = (*causes(_profile_of(model or "")), *asked)
    return Signals(ROUTER, found, requested_model=name(model)) if found else None


def _name_of(model: str | None) -> str | None:
    """``anthropic.claude:1`` of ``arn:aws:bedrock:us-east-1:111122223333:default-prompt-router/anthropic.claude:1``."""
    return name((model or "").rpartition("/")[2])


def _profile_of(model: str) -> str | None:
    """The literal of an inference profile: its geography; ``None`` for a model."""
    if f":{APPLICATION_PROFILE}/" in model:
        return APPLICATION_PROFILE
    prefix = bedrock.model_of(model).partition(".")[0]
    return prefix if _PROFILE in model or prefix in GEOGRAPHIES or prefix == GLOBAL else None
