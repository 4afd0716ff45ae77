"""Amazon Bedrock: prompt routers, inference profiles and tiers, as calls of boto3 and aioboto3 show them.

A prompt router is asked by its ARN as ``modelId``; which model it chose is in the trace of a Converse answer, and in
the last event of a ConverseStream one. It says no reason for one request, so the reason is what such routers go by, a
prediction of how well each model will answer (``task_class``); without a trace nobody has said anything.
https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-routing.html
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from otel_llmroute.app.routers.bedrock_criteria import criteria_of
from otel_llmroute.app.routers.signals import Signals, Word, cause, causes, name
from otel_llmroute.app.sdks.bedrock_ids import PROVIDER, is_router, model_of

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


def word_of(model: str | None, tier: object, latency: object) -> Word | None:
    """What Bedrock has said of a request; ``None`` where it chose nothing.

    ``model``, ``tier`` and ``latency`` are what was asked for: which tier served is a fact of the attempt's price.
    """
    return _word_of(model, cause(tier), cause(latency))


@lru_cache(maxsize=1024)
def _word_of(model: str | None, tier: str | None, latency: str | None) -> Word | None:
    asked = tuple(literal for literal in causes(tier, latency) if literal not in _NO_CHOICE)
    if model is not None and is_router(model):
        return Word(_name_of(model), partial(_chosen, model, asked))
    found = (*causes(_profile_of(model or "")), *asked)
    if not found:
        return None
    said = (Signals(ROUTER, found, requested_model=name(model)),)
    return Word(None, lambda _: said)


def _chosen(router: str, asked: tuple[str, ...], answer: Answer) -> tuple[Signals]:
    """What ``router`` chose, by what the answer says of it."""
    served, criteria = name(answer.model), criteria_of(router)
    said = Signals(
        ROUTER,
        (PROMPT_ROUTER if served else WITHOUT_TRACE, *asked),
        route=_name_of(router),
        rule=criteria.rule,
        requested_model=name(router),
        candidates=criteria.candidates,
        threshold=criteria.threshold,
        selected_provider=PROVIDER if served else None,
        selected_model=served,
    )
    return (said,)


def _name_of(router: str) -> str | None:
    """``anthropic.claude:1`` of ``arn:aws:bedrock:us-east-1:111122223333:default-prompt-router/anthropic.claude:1``."""
    return name(router.rpartition("/")[2])


def _profile_of(model: str) -> str | None:
    """The literal of an inference profile: its geography; ``None`` for a model."""
    if f":{APPLICATION_PROFILE}/" in model:
        return APPLICATION_PROFILE
    prefix = model_of(model).partition(".")[0]
    return prefix if _PROFILE in model or prefix in GEOGRAPHIES or prefix == GLOBAL else None
