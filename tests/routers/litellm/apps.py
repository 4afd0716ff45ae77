"""What an application does with LiteLLM: a function per scenario of ``expected.toml``. The provider is on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Callable
from typing import Any

# Read when LiteLLM is imported: its own price list, and hardly any wait before a retry.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", INITIAL_RETRY_DELAY="0.01", JITTER="0.0")

import litellm
from standin import Reply, Standin, answers, openai_wire
from standin.request import Request

litellm.suppress_debug_info = True
logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
MESSAGES = [{"role": "user", "content": "hello"}]
USAGE = {"stream": True, "stream_options": {"include_usage": True}}


def refused(status: int, kind: str, code: str | None = None, said: str = "no") -> Reply:
    """An error of OpenAI's."""
    return Reply(status, json={"error": {"message": said, "type": kind, "code": code}})


BOOM = refused(500, "server_error")
BUSY = refused(429, "rate_limit_error", "rate_limit_exceeded")
TOO_LONG = refused(
    400,
    "invalid_request_error",
    "context_length_exceeded",
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 200000 tokens.",
)
NOT_ALLOWED = refused(
    400,
    "invalid_request_error",
    "content_policy_violation",
    "Your request was rejected as a result of the safety system.",
)


def failing(provider: Standin, **replies: Reply) -> None:
    """Answer requests for these models (``_`` for ``-``) so, all others as ever."""
    by_model = {model.replace("_", "-"): reply for model, reply in replies.items()}

    def answer(request: Request) -> Reply:
        return by_model.get(str(request.json["model"])) or answers.answer(request)

    provider.default(answer)


def deployment(provider: Standin, group: str, model: str, **more: Any) -> dict[str, Any]:
    """One of OpenAI's models, in a model group."""
    base = provider.url if model.startswith("anthropic/") else provider.openai_url
    return {"model_name": group, "litellm_params": {"model": model, "api_base": base, "api_key": "none", **more}}


def router(provider: Standin, *groups: tuple[str, str], **more: Any) -> Any:
    """A Router over (group, model)."""
    models = [deployment(provider, group, model) for group, model in groups]
    return litellm.Router(model_list=models, **{"num_retries": 0, "retry_after": 0, **more})


def chain(provider: Standin) -> Any:
    """Two groups that fail, and one that does not."""
    failing(provider, gpt_5_mini=BOOM, gpt_5_nano=BUSY)
    return router(
        provider,
        ("bad", "openai/gpt-5-mini"),
        ("worse", "openai/gpt-5-nano"),
        ("good", "openai/gpt-5"),
        fallbacks=[{"bad": ["worse"]}, {"worse": ["good"]}],
        num_retries=1,
    )


def run(coroutine: Any) -> Any:
    """Run ``coroutine`` in a loop of its own, and let LiteLLM's callbacks come."""

    async def all_of_it() -> Any:
        try:
            return await coroutine
        finally:
            await asyncio.sleep(0.2)

    return asyncio.run(all_of_it())


# --- sync, async, streamed ---


def sync(app: Any, model: str, **more: Any) -> None:
    app.completion(model=model, messages=MESSAGES, **more)


def in_async(app: Any, model: str, **more: Any) -> None:
    run(app.acompletion(model=model, messages=MESSAGES, **more))


def streamed(app: Any, model: str, **more: Any) -> None:
    for _ in app.completion(model=model, messages=MESSAGES, **USAGE, **more):
        pass


def streamed_async(app: Any, model: str, **more: Any) -> None:
    async def read() -> None:
        async for _ in await app.acompletion(model=model, messages=MESSAGES, **USAGE, **more):
            pass

    run(read())


WAYS: dict[str, Callable[..., None]] = {
    "sync": sync,
    "async": in_async,
    "streamed": streamed,
    "streamed async": streamed_async,
}


# --- scenarios ---


def two_failing_groups(provider: Standin, way: Callable[..., None] = in_async) -> None:
    way(chain(provider), "bad")


def everything_fails(provider: Standin) -> None:
    failing(provider, gpt_5_mini=BOOM, gpt_5=BUSY)
    app = router(provider, ("bad", "openai/gpt-5-mini"), ("good", "openai/gpt-5"), fallbacks=[{"bad": ["good"]}])
    with contextlib.suppress(Exception):
        in_async(app, "bad")


def a_shuffle(provider: Standin) -> None:
    models = [
        deployment(provider, "pool", "openai/gpt-5", weight=1),
        deployment(provider, "pool", "openai/gpt-5-nano", weight=0),
    ]
    in_async(litellm.Router(model_list=models, num_retries=0), "pool")


def an_alias(provider: Standin) -> None:
    in_async(router(provider, ("smart", "openai/gpt-5"), model_group_alias={"default": "smart"}), "default")


def a_prompt_too_long(provider: Standin) -> None:
    failing(provider, gpt_5_mini=TOO_LONG)
    groups = (("short", "openai/gpt-5-mini"), ("long", "openai/gpt-5"))
    in_async(router(provider, *groups, context_window_fallbacks=[{"short": ["long"]}]), "short")


def a_prompt_not_allowed(provider: Standin) -> None:
    failing(provider, gpt_5_mini=NOT_ALLOWED)
    groups = (("strict", "openai/gpt-5-mini"), ("mild", "openai/gpt-5"))
    in_async(router(provider, *groups, content_policy_fallbacks=[{"strict": ["mild"]}]), "strict")


def a_group_that_cools_down(provider: Standin) -> None:
    """The first request fails in both deployments of the group, the second finds both cooling."""
    failing(provider, gpt_5_mini=BUSY, gpt_5_nano=BUSY)
    models = [
        deployment(provider, "pool", "openai/gpt-5-mini", weight=1),
        deployment(provider, "pool", "openai/gpt-5-nano", weight=0),
        deployment(provider, "spare", "openai/gpt-5"),
    ]
    app = litellm.Router(
        model_list=models, fallbacks=[{"pool": ["spare"]}], num_retries=3, retry_after=0, cooldown_time=60
    )

    async def twice() -> None:
        await app.acompletion(model="pool", messages=MESSAGES)
        await asyncio.sleep(0.2)
        await app.acompletion(model="pool", messages=MESSAGES)

    run(twice())


def an_answer_from_the_cache(provider: Standin) -> None:
    from litellm.caching.caching import Cache

    app = router(provider, ("smart", "openai/gpt-5"), cache_responses=True)
    litellm.cache = Cache()

    try:
        sync(app, "smart")
        time.sleep(0.3)
        sync(app, "smart")
    finally:
        litellm.cache = None


def an_auto_router(provider: Standin) -> None:
    models = [
        deployment(provider, "small", "openai/gpt-5-nano"),
        deployment(provider, "large", "openai/gpt-5"),
        {
            "model_name": "auto",
            "litellm_params": {
                "model": "auto_router/complexity_router",
                "complexity_router_config": {
                    "tiers": {"SIMPLE": "small", "MEDIUM": "small", "COMPLEX": "large", "REASONING": "large"}
                },
                "complexity_router_default_model": "small",
            },
        },
    ]
    in_async(litellm.Router(model_list=models, num_retries=0), "auto")


def an_auto_router_with_a_classifier(provider: Standin) -> None:
    usage = {"prompt_tokens": 80, "completion_tokens": 8, "total_tokens": 88}
    verdict = Reply(json=openai_wire.chat('{"tier": "COMPLEX"}', model="gpt-5-mini", usage=usage))
    failing(provider, gpt_5_mini=verdict)
    models = [
        deployment(provider, "small", "openai/gpt-5-nano"),
        deployment(provider, "large", "openai/gpt-5"),
        deployment(provider, "judge", "openai/gpt-5-mini"),
        {
            "model_name": "auto",
            "litellm_params": {
                "model": "auto_router/complexity_router",
                "complexity_router_config": {
                    "tiers": {"SIMPLE": "small", "MEDIUM": "small", "COMPLEX": "large", "REASONING": "large"},
                    "classifier_type": "llm",
                    "classifier_llm_config": {"model": "judge"},
                },
                "complexity_router_default_model": "small",
            },
        },
    ]
    in_async(litellm.Router(model_list=models, num_retries=0), "auto")


def an_auto_router_by_quality(provider: Standin) -> None:
    models = [
        {
            **deployment(provider, "small", "openai/gpt-5-nano"),
            "model_info": {"litellm_routing_preferences": {"quality_tier": 1}},
        },
        {
            **deployment(provider, "large", "openai/gpt-5"),
            "model_info": {"litellm_routing_preferences": {"quality_tier": 3}},
        },
        {
            "model_name": "auto",
            "litellm_params": {
                "model": "auto_router/quality_router",
                "quality_router_config": {"available_models": ["small", "large"]},
                "quality_router_default_model": "large",
            },
        },
    ]
    in_async(litellm.Router(model_list=models, num_retries=0), "auto")


def an_auto_router_that_learns(provider: Standin) -> None:
    """It has one model to choose, since it chooses by chance."""
    models = [
        {
            **deployment(provider, "small", "openai/gpt-5-nano"),
            "model_info": {"adaptive_router_preferences": {"quality_tier": 1}},
        },
        {
            "model_name": "auto",
            "litellm_params": {
                "model": "auto_router/adaptive_router",
                "adaptive_router_config": {"available_models": ["small"]},
            },
        },
    ]
    in_async(litellm.Router(model_list=models, num_retries=0), "auto")


def of_azure(provider: Standin, group: str, name: str) -> dict[str, Any]:
    """A deployment of Azure's by the name that the customer gave it, in a model group."""
    params = {"api_base": provider.url, "api_key": "none", "api_version": "2024-10-21"}
    return {"model_name": group, "litellm_params": {"model": f"azure/{name}", **params}}


def a_deployment_of_azures(provider: Standin) -> None:
    """Azure is asked for a deployment by the name that the customer gave it, and says which model that is."""
    provider.default(
        lambda request: Reply(json=openai_wire.chat(model="gpt-5-2025-08-07", usage=openai_wire.usage(20, 40)))
    )
    in_async(litellm.Router(model_list=[of_azure(provider, "smart", "our-gpt")], num_retries=0), "smart")


def embeddings(provider: Standin) -> None:
    app = router(provider, ("vectors", "openai/text-embedding-3-small"))
    app.embedding(model="vectors", input=["hello"])
    run(app.aembedding(model="vectors", input=["hello"]))


def embeddings_of_azures(provider: Standin) -> None:
    """Azure is asked in the task of the call, after a helper thread has prepared that."""
    provider.default(
        lambda request: Reply(json=openai_wire.embeddings(model="text-embedding-3-small", usage=openai_wire.usage(8)))
    )
    app = litellm.Router(model_list=[of_azure(provider, "vectors", "our-vectors")], num_retries=0)
    run(app.aembedding(model="vectors", input=["hello"]))


def an_auto_router_by_meaning(provider: Standin) -> None:
    """It asks for the vectors of its examples once, and for that of each prompt."""
    routes = [{"name": "large", "utterances": ["prove this theorem"], "score_threshold": 0.1}]
    models = [
        deployment(provider, "small", "openai/gpt-5-nano"),
        deployment(provider, "large", "openai/gpt-5"),
        deployment(provider, "vectors", "openai/text-embedding-3-small"),
        {
            "model_name": "auto",
            "litellm_params": {
                "model": "auto_router/by-meaning",
                "auto_router_config": json.dumps({"routes": routes}),
                "auto_router_default_model": "small",
                "auto_router_embedding_model": "vectors",
            },
        },
    ]
    in_async(litellm.Router(model_list=models, num_retries=0), "auto")


def no_router(provider: Standin) -> None:
    litellm.completion(model="openai/gpt-5", messages=MESSAGES, api_base=provider.openai_url, api_key="none")


def the_sdk_goes_through_fallbacks(provider: Standin) -> None:
    """Sync and async, with a fallback that is a name and one that has settings of its own."""
    failing(provider, gpt_5_mini=BOOM, gpt_5_nano=BUSY)
    asked = {
        "model": "openai/gpt-5-mini",
        "messages": MESSAGES,
        "api_base": provider.openai_url,
        "api_key": "none",
        "max_retries": 0,
        "fallbacks": ["openai/gpt-5-nano", {"model": "openai/gpt-5"}],
    }
    litellm.completion(**asked)
    run(asked_without_a_router(asked))


async def asked_without_a_router(asked: dict[str, Any]) -> None:
    await litellm.acompletion(**asked)


def an_sdk_that_is_not_used(provider: Standin) -> None:
    app = router(provider, ("claude", "anthropic/claude-haiku-4-5"))
    for way in WAYS.values():
        way(app, "claude")


SCENARIOS = {
    "two failing groups, then a good one": two_failing_groups,
    "every group fails": everything_fails,
    "two deployments, chosen by their weights": a_shuffle,
    "a name that stands for a group": an_alias,
    "a prompt too long for the first group": a_prompt_too_long,
    "a prompt that the first group does not allow": a_prompt_not_allowed,
    "a group whose deployments all cool down": a_group_that_cools_down,
    "an answer from LiteLLM's own cache": an_answer_from_the_cache,
    "an auto-router that scores the prompt": an_auto_router,
    "an auto-router that asks a model": an_auto_router_with_a_classifier,
    "no Router": no_router,
    "no Router, but fallbacks": the_sdk_goes_through_fallbacks,
    "a deployment of Azure's": a_deployment_of_azures,
    "embeddings": embeddings,
    "embeddings of Azure's": embeddings_of_azures,
    "an auto-router by tiers of quality": an_auto_router_by_quality,
    "an auto-router by meaning": an_auto_router_by_meaning,
    "an auto-router that learns": an_auto_router_that_learns,
    "a provider that LiteLLM calls without an SDK": an_sdk_that_is_not_used,
}
