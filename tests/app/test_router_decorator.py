"""A router of the application's own: its decision is recorded whatever it returns, and nothing it does is changed."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import enum
import functools
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import choices, decisions
from tests.app.conftest import Recorded, record
from tests.app.test_facts import answer, ask


@pytest.fixture
def client(provider: Standin) -> openai.OpenAI:
    provider.default(answer())
    return openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)


@pytest.fixture(autouse=True)
def nothing_decided_before() -> None:
    decisions._waiting.set(None)


DECIDED = (
    names.ROUTE_ROUTER,
    names.ROUTE_REASON,
    names.ROUTE_REASON_DETAIL,
    names.ROUTE_RULE,
    names.ROUTE_DESTINATION,
    names.ROUTE_SELECTED_PROVIDER,
    names.ROUTE_SELECTED_MODEL,
    names.ROUTE_SCORE,
    names.ROUTE_THRESHOLD,
    names.ROUTE_CONFIDENCE,
    names.ROUTE_CANDIDATES,
    names.ROUTE_EXCLUDED,
    names.ROUTE_AVOIDED_COST,
    names.ROUTE_AVOIDED_CURRENCY,
    names.EXPERIMENT_NAME,
    names.EXPERIMENT_VARIANT,
)


def decided(attributes: Any) -> dict[str, Any]:
    """What a record says of the decision, without the prefix of its names."""
    found = {name: attributes[name] for name in DECIDED if name in attributes}
    found |= {name: value for name, value in attributes.items() if name.startswith("llmroute.decision.input.")}
    return {name.removeprefix("llmroute.").removeprefix("route."): value for name, value in found.items()}


def decided_in_a_route(recorded: Recorded, chosen: Any, **options: Any) -> dict[str, Any]:
    @llmroute.router(name="pick", **options)
    def pick() -> Any:
        return chosen

    with llmroute.route("r"):
        assert pick() is chosen
    return decided(recorded.spans("route")[-1].attributes)


RULE = {"router": "app", "reason": "rule", "rule": "pick", "destination": "model"}

# --- what it returns ---


class Tier(enum.Enum):
    FAST = "openai/gpt-6-luna"


class Word(str, enum.Enum):
    FAST = "gpt-6-luna"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("gpt-6-luna", {"selected_model": "gpt-6-luna"}),
        ("openai/gpt-6-luna", {"selected_provider": "openai", "selected_model": "gpt-6-luna"}),
        ("openrouter/openai/gpt-6", {"selected_provider": "openrouter", "selected_model": "openai/gpt-6"}),
        (Tier.FAST, {"selected_provider": "openai", "selected_model": "gpt-6-luna"}),
        (Word.FAST, {"selected_model": "gpt-6-luna"}),
        ("batch", {"destination": "batch"}),
        ("human", {"destination": "human"}),
        ("tell me a story about the sea", {}),
        ("x" * 300, {}),
        (b"gpt-6", {}),
        (7, {}),
        (object(), {}),
    ],
)
def test_a_text_is_a_destination(recorded: Recorded, chosen: Any, said: dict[str, Any]) -> None:
    assert decided_in_a_route(recorded, chosen) == {**RULE, **said}


FIELDS: dict[str, Any] = {
    "model": "gpt-6-luna",
    "provider": "openai",
    "reason": "complexity",
    "score": 0.25,
    "threshold": 0.5,
    "confidence": 1,
    "rule": "short",
    "candidates": ["openai/gpt-6-luna", "openai/gpt-6-sol"],
    "excluded": ["openai/gpt-6-sol=budget", "anthropic/claude-opus-5"],
    "experiment": "cheaper",
    "variant": "b",
}
SAID = {
    "router": "app",
    "reason": "complexity",
    "rule": "short",
    "destination": "model",
    "selected_provider": "openai",
    "selected_model": "gpt-6-luna",
    "score": 0.25,
    "threshold": 0.5,
    "confidence": 1.0,
    "candidates": ("openai/gpt-6-luna", "openai/gpt-6-sol"),
    "excluded": ("openai/gpt-6-sol=budget", "anthropic/claude-opus-5=unknown"),
    "experiment.name": "cheaper",
    "experiment.variant": "b",
}
DATACLASS = dataclasses.make_dataclass("Choice", FIELDS)(**FIELDS)
TUPLE = NamedTuple("TUPLE", [(field, Any) for field in FIELDS])(**FIELDS)  # type: ignore[misc]


def of_pydantic() -> Any:
    import pydantic

    return pydantic.create_model("Choice", **dict.fromkeys(FIELDS, (Any, ...)))(**FIELDS)


@pytest.mark.parametrize("chosen", [FIELDS, DATACLASS, TUPLE, of_pydantic()], ids=lambda chosen: type(chosen).__name__)
def test_a_decision_object_of_any_kind_says_all_of_it(recorded: Recorded, chosen: Any) -> None:
    assert decided_in_a_route(recorded, chosen) == SAID


def test_a_destination_without_a_model_may_name_the_model_that_answers_there(recorded: Recorded) -> None:
    chosen = {"destination": "batch", "model": "openai/gpt-6-sol", "avoided_cost": "0.02", "currency": "EUR"}
    assert decided_in_a_route(recorded, chosen, reason="batch") == {
        **RULE,
        "reason": "batch",
        "destination": "batch",
        "selected_provider": "openai",
        "selected_model": "gpt-6-sol",
        "avoided_cost_estimate": 0.02,
        "avoided_cost_currency": "EUR",
    }


@pytest.mark.parametrize(
    ("own", "options", "said"),
    [
        ({}, {}, {"reason": "rule", "rule": "pick"}),
        ({}, {"reason": "cost", "rule": "cheap"}, {"reason": "cost", "rule": "cheap"}),
        ({"reason": "risk", "rule": "legal"}, {"reason": "cost", "rule": "cheap"}, {"reason": "risk", "rule": "legal"}),
        ({"reason": "vip"}, {"reason": "cost"}, {"reason": "unknown", "reason_detail": "vip", "rule": "pick"}),
        (
            {"reason": "The customer asked how to end a contract"},
            {},
            {"reason": "unknown", "reason_detail": "_OTHER", "rule": "pick"},
        ),
    ],
)
def test_the_reason_is_the_decisions_own_else_the_decorators_else_rule(
    recorded: Recorded, own: dict[str, Any], options: dict[str, Any], said: dict[str, Any]
) -> None:
    found = decided_in_a_route(recorded, {"model": "m", **own}, **options)
    assert found == {"router": "app", "destination": "model", "selected_model": "m", **said}


def test_none_decides_nothing(recorded: Recorded) -> None:
    assert decided_in_a_route(recorded, None) == {"router": "app", "reason": "explicit", "destination": "model"}


def test_it_can_be_used_without_parentheses_and_keeps_the_function(recorded: Recorded) -> None:
    @llmroute.router
    def by_plan(plan: str) -> str:
        """Its own words."""
        return f"model-{plan}"

    with llmroute.route("r"):
        assert by_plan("pro") == "model-pro"
    assert (by_plan.__name__, by_plan.__doc__) == ("by_plan", "Its own words.")
    assert decided(recorded.spans("route")[0].attributes)["rule"] == "by_plan"


def test_a_method_and_a_partial_are_routers_too(recorded: Recorded) -> None:
    class Desk:
        @llmroute.router(record=("plan",))
        def pick(self, plan: str) -> str:
            return "m"

    picked = llmroute.router(functools.partial(lambda plan, model: model, "pro"))
    with llmroute.route("r"):
        assert Desk().pick("pro") == "m"
    with llmroute.route("s"):
        assert picked("n") == "n"
    first, second = (decided(span.attributes) for span in recorded.spans("route"))
    assert first["decision.input.plan"] == "pro"
    assert (second["rule"], second["selected_model"]) == ("router", "n")


# --- what it was told ---


def test_arguments_are_recorded_when_it_is_told_to_and_they_are_short(recorded: Recorded) -> None:
    @llmroute.router(record=("plan", "size", "is_new", "tier", "share", "task", "prompt", "many"))
    def pick(prompt: str, plan: str, *, size: int, is_new: bool = True, tier: Any = None, **more: Any) -> str:
        return "m"

    with llmroute.route("r"):
        pick("how do I leave my wife?", "pro", size=3, tier=Tier.FAST, share=0.5, task="draft")
    found = decided(recorded.spans("route")[0].attributes)
    assert {name: value for name, value in found.items() if "input" in name} == {
        "decision.input.plan": "pro",
        "decision.input.size": 3,
        "decision.input.is_new": True,
        "decision.input.tier": "openai/gpt-6-luna",
        "decision.input.prompt": "_OTHER",
    }


def test_nothing_of_its_arguments_is_recorded_unless_it_is_told_to(recorded: Recorded) -> None:
    @llmroute.router
    def pick(plan: str) -> str:
        return "m"

    with llmroute.route("r"):
        pick("a-very-secret-plan")
    assert "secret" not in recorded.spans("route")[0].to_json()


# --- where the decision goes ---


def test_the_attempts_and_charges_of_the_route_carry_it(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.router(reason="cost")
    def pick() -> dict[str, Any]:
        return {"model": "openai/gpt-5", "experiment": "cheaper", "variant": "b"}

    with llmroute.route("r"):
        ask(client, pick()["model"].partition("/")[2])
        llmroute.charge("search", amount="0.1")
    shared = {
        "router": "app",
        "reason": "cost",
        "rule": "pick",
        "destination": "model",
        "experiment.name": "cheaper",
        "experiment.variant": "b",
    }
    assert decided(recorded.attempt()) == shared
    assert decided(recorded.spans("charge")[0].attributes) == shared


def test_without_a_route_the_next_attempt_carries_it_and_only_that(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.router(record=("plan",))
    def pick(plan: str) -> dict[str, Any]:
        return {"model": "gpt-5", "reason": "complexity", "score": 0.5}

    ask(client, pick("pro")["model"])
    ask(client)
    first, second = recorded.attempts()
    assert decided(first) == {
        "router": "app",
        "reason": "complexity",
        "rule": "pick",
        "destination": "model",
        "selected_model": "gpt-5",
        "score": 0.5,
        "decision.input.plan": "pro",
    }
    assert decided(second) == {"reason": "explicit", "destination": "model"}
    assert first[names.ROUTE_SOURCE] == "callsite"


def test_a_route_that_begins_next_takes_it(recorded: Recorded, client: openai.OpenAI) -> None:
    pick = llmroute.router(lambda: "gpt-5")
    model = pick()
    with llmroute.route("r"):
        ask(client, model)
    ask(client)
    with llmroute.route("s"):
        pass
    first, second = recorded.spans("route")
    assert (first.attributes[names.ROUTE_REASON], first.attributes[names.ROUTE_SELECTED_MODEL]) == ("rule", "gpt-5")
    assert second.attributes[names.ROUTE_REASON] == "explicit"
    assert [a[names.ROUTE_REASON] for a in recorded.attempts()] == ["rule", "explicit"]


def test_an_embedding_on_the_way_does_not_take_it(recorded: Recorded, provider: Standin) -> None:
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    provider.script(Reply(json=openai_wire.embeddings()), answer())
    llmroute.router(lambda: "gpt-5")()
    client.embeddings.create(model="text-embedding-3-small", input="hello", encoding_format="float")
    ask(client)
    assert [a[names.ROUTE_REASON] for a in recorded.attempts()] == ["explicit", "rule"]


def test_another_trace_does_not_take_it(recorded: Recorded, client: openai.OpenAI) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")
    with tracer.start_as_current_span("first request"):
        llmroute.router(lambda: "gpt-5")()
    with tracer.start_as_current_span("second request, in the same thread"):
        ask(client)
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


def test_half_a_minute_later_nothing_takes_it(
    recorded: Recorded, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    llmroute.router(lambda: "gpt-5")()
    monkeypatch.setattr(decisions, "LONGEST_WAIT_S", -1.0)
    ask(client)
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


def test_another_thread_does_not_take_it(recorded: Recorded, client: openai.OpenAI) -> None:
    llmroute.router(lambda: "gpt-5")()
    thread = threading.Thread(target=ask, args=(client,))
    thread.start()
    thread.join()
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


async def test_tasks_at_once_keep_their_own_decisions(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.router
    async def pick(number: int) -> str:
        await asyncio.sleep(0.001)
        return f"m{number}"

    async def serve(number: int) -> None:
        model = await pick(number)
        await asyncio.sleep(0.001)
        await client.chat.completions.create(model=model, messages=[])

    assert asyncio.iscoroutinefunction(pick)
    await asyncio.gather(*(serve(number) for number in range(20)))
    await client.close()
    attempts = recorded.attempts()
    assert len(attempts) == 20
    assert all(a[names.ROUTE_SELECTED_MODEL] == a[names.REQUEST_MODEL] for a in attempts)


def test_a_decision_made_after_another_replaces_it(recorded: Recorded, client: openai.OpenAI) -> None:
    pick = llmroute.router(lambda chosen: chosen, reason="cost")
    with llmroute.route("r") as route:
        route.decide("openai/gpt-5", reason="by the moon")
        pick("gpt-5-mini")
        ask(client, "gpt-5-mini")
    attributes = recorded.spans("route")[0].attributes
    assert decided(attributes) == {
        "router": "app",
        "reason": "cost",
        "rule": "<lambda>",
        "destination": "model",
        "selected_model": "gpt-5-mini",
    }


@pytest.fixture
def enriched(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    yield from record()


def test_a_call_that_another_instrumentation_sees_carries_it_too(enriched: Recorded) -> None:
    writer = enriched.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")
    said = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini"}
    pick = llmroute.router(lambda: "gpt-5-mini", name="pick", reason="cost")

    def called() -> None:
        with writer.start_as_current_span("chat gpt-5-mini", attributes={**said, "gen_ai.usage.input_tokens": 9}):
            pass

    pick()
    called()
    called()
    with llmroute.route("r"):
        pick()
        called()
    first, second, third = enriched.attempts()
    assert decided(first) == {**RULE, "reason": "cost", "selected_model": "gpt-5-mini"}
    assert decided(second) == {"reason": "explicit", "destination": "model"}
    assert decided(third) == {**RULE, "reason": "cost"}


# --- when it makes calls itself ---


def test_calls_made_to_decide_are_routing_below_a_decision(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.router(name="classifier", reason="complexity")
    def pick() -> dict[str, Any]:
        ask(client, "gpt-5-nano")
        return {"model": "openai/gpt-5", "confidence": 0.75}

    with llmroute.route("r"):
        pick()
        ask(client)
    (decision,), (route,) = recorded.spans("decision"), recorded.spans("route")
    classifier, answered = recorded.spans("attempt")
    assert decision.name == "decide classifier"
    assert decision.parent.span_id == route.context.span_id
    assert classifier.parent.span_id == decision.context.span_id
    assert answered.parent.span_id == route.context.span_id
    assert decision.start_time <= classifier.start_time <= classifier.end_time <= decision.end_time
    assert decided(decision.attributes) == decided(route.attributes)
    assert [a[names.PURPOSE] for a in recorded.attempts()] == ["routing", "answer"]
    assert route.attributes[names.ROUTE_FALLBACK_PATH] == ("openai/gpt-5",)
    assert route.attributes[names.ROUTE_ATTEMPT_COUNT] == 2


def test_a_router_that_calls_nothing_leaves_no_record_of_its_own(recorded: Recorded) -> None:
    llmroute.router(lambda: "m")()
    assert recorded.spans() == []


def test_a_classifier_that_failed_makes_no_fallback_of_the_answer(recorded: Recorded, provider: Standin) -> None:
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    provider.script(Reply(status=500, json={"error": {"type": "server_error"}}), answer())

    @llmroute.router(reason="default")
    def pick() -> str:
        with pytest.raises(openai.InternalServerError):
            ask(client, "gpt-5-nano")
        return "gpt-5"

    with llmroute.route("r"):
        ask(client, pick())
    attributes = recorded.spans("route")[0].attributes
    assert [a[names.ATTEMPT_REASON] for a in recorded.attempts()] == ["initial", "initial"]
    assert (attributes[names.ROUTE_FALLBACK_USED], attributes[names.ROUTE_OUTCOME]) == (False, "success")
    assert attributes[names.ROUTE_FALLBACK_PATH] == ("openai/gpt-5",)


def test_a_span_of_the_applications_own_around_the_call_stays_in_between(
    recorded: Recorded, client: openai.OpenAI
) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")

    @llmroute.router
    def pick() -> str:
        with tracer.start_as_current_span("classify"), llmroute.bind(tenant="acme"):
            ask(client, "gpt-5-nano")
        with llmroute.bind(tenant="acme"):
            ask(client, "gpt-5-nano")
        return "gpt-5"

    pick()
    (decision,) = recorded.spans("decision")
    own = next(span for span in recorded.exporter.get_finished_spans() if span.name == "classify")
    first, second = recorded.spans("attempt")
    assert (first.parent.span_id, second.parent.span_id) == (own.context.span_id, decision.context.span_id)


async def test_calls_of_several_tasks_of_a_router_share_one_decision(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")
    asked = functools.partial(client.chat.completions.create, model="gpt-5-nano", messages=[])

    @llmroute.router
    async def pick() -> str:
        await asyncio.gather(*(asked() for _ in range(5)))
        return "gpt-5"

    assert await pick() == "gpt-5"
    await client.close()
    (decision,) = recorded.spans("decision")
    assert {span.parent.span_id for span in recorded.spans("attempt")} == {decision.context.span_id}
    assert {a[names.PURPOSE] for a in recorded.attempts()} == {"routing"}


def test_a_call_that_outlives_its_router_hangs_on_what_was_around(recorded: Recorded, client: openai.OpenAI) -> None:
    left: list[contextvars.Context] = []

    @llmroute.router
    def pick() -> str:
        left.append(contextvars.copy_context())
        return "gpt-5"

    with llmroute.route("r"):
        pick()
        left[0].run(ask, client)
    assert recorded.spans("decision") == []
    assert recorded.spans("attempt")[0].parent.span_id == recorded.spans("route")[0].context.span_id


def test_an_error_of_a_router_passes_unchanged_and_ends_its_decision(recorded: Recorded, client: openai.OpenAI) -> None:
    error = KeyError("no such plan")

    @llmroute.router
    def pick() -> str:
        ask(client, "gpt-5-nano")
        raise error

    with llmroute.route("r"), pytest.raises(KeyError) as raised:
        pick()
    assert raised.value is error
    assert recorded.spans("decision")[0].attributes[names.ERROR_TYPE] == "KeyError"
    assert recorded.spans("route")[0].attributes[names.ROUTE_REASON] == "explicit"


async def test_a_cancelled_router_ends_its_decision(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.router
    async def pick() -> str:
        await client.chat.completions.create(model="gpt-5-nano", messages=[])
        await asyncio.sleep(60)
        return "gpt-5"

    task = asyncio.create_task(pick())
    while not recorded.spans("attempt"):
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await client.close()
    assert recorded.spans("decision")[0].attributes[names.ERROR_TYPE] == "CancelledError"


@pytest.fixture
def unsampled(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    yield from record(ALWAYS_OFF)


def test_in_a_trace_that_is_not_sampled_its_calls_still_hang_on_the_decision(
    unsampled: Recorded, client: openai.OpenAI
) -> None:
    @llmroute.router
    def pick() -> str:
        ask(client, "gpt-5-nano")
        return "gpt-5"

    with llmroute.route("r"):
        pick()
        ask(client)
    (decision,), (route,) = unsampled.spans("decision"), unsampled.spans("route")
    classifier, answered = unsampled.spans("attempt")
    assert decision.parent.span_id == route.context.span_id
    assert classifier.parent.span_id == decision.context.span_id
    assert answered.parent.span_id == route.context.span_id


# --- whatever it meets ---


def test_in_a_process_that_is_not_instrumented_it_is_the_function() -> None:
    pick = llmroute.router(lambda plan: plan, record=("plan",))
    chosen = object()
    assert pick(chosen) is chosen
    assert decisions._waiting.get() is None


class Hostile:
    """An object every field of which goes wrong when it is read."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("a secret")


class Endless(dict[str, Any]):
    def get(self, key: str, default: Any = None) -> Any:
        return self


@pytest.mark.parametrize("chosen", [Hostile(), Endless()], ids=["raises", "endless"])
def test_what_cannot_be_read_is_left_out(recorded: Recorded, chosen: Any) -> None:
    assert decided_in_a_route(recorded, chosen) == RULE


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = (*FIELDS, "destination", "detail", "avoided_cost", "currency")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, ANYTHING)), ANYTHING)
def test_whatever_the_fields_hold_the_attributes_are_short_names_and_numbers(chosen: Any, argument: Any) -> None:
    made = choices.decision_of(chosen, "rule", "pick")
    assert made.shared[names.ROUTE_REASON] in names.ROUTE_REASONS
    assert made.shared[names.ROUTE_DESTINATION] in names.ROUTE_DESTINATIONS
    for value in [*made.shared.values(), *made.own.values(), choices.input_of(argument)]:
        for item in value if isinstance(value, list) else [value]:
            assert (
                item is None
                or isinstance(item, (bool, int, float))
                or (len(item) <= 400 and not set(item) & set(" \n\t'\""))
            )
