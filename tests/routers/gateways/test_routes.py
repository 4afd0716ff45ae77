"""Whose route it is: the application's, one that the configuration names, one of the gateway's, or none at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

import openai
import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app.live_spans import LiveSpans
from tests.app.conftest import Recorded, collect, record
from tests.routers.gateways.cases import (
    AZURE_CASES,
    CLOUDFLARE_CASES,
    LITELLM_CASES,
    OPENROUTER_CASES,
    Case,
    chat,
    litellm,
)
from tests.routers.gateways.clients import ask, client
from tests.routers.scenarios import recorded_routes

CASES = {case.name: case for case in (*OPENROUTER_CASES, *LITELLM_CASES, *CLOUDFLARE_CASES, *AZURE_CASES)}
COMPLEXITY = CASES["the complexity router"]
FALLEN_BACK = CASES["another group, after an error"]
REFUSED = Case("refused", {"error": {"message": "no"}}, headers=litellm(model_group="smart"), status=500)
PLAIN = chat("no gateway", "gpt-5-mini-2025-08-07", model="gpt-5-mini", url="https://api.openai.com/v1")


recording = contextmanager(record)


def _in_a_span(recorded: Recorded) -> AbstractContextManager[object]:
    return recorded.tracer_provider.get_tracer("app").start_as_current_span("work")


def told(recorded: Recorded, *words: str) -> list[tuple[Any, ...]]:
    """Some words of each route, as ``scenarios`` names them."""
    collect()
    return [tuple(route.get(word) for word in words) for route in recorded_routes(recorded.spans())]


def test_a_route_of_the_application_hears_the_gateway(recorded: Recorded) -> None:
    with llmroute.route("support.reply"):
        ask(COMPLEXITY, client(COMPLEXITY))
    assert told(recorded, "route", "source", "router", "reason", "detail", "score", "served_model") == [
        ("support.reply", "explicit", "litellm", "complexity", "heuristic_scorer", 0.21, "gpt-5-mini")
    ]
    (attempt,) = recorded.attempts()
    facts = (names.ROUTE_NAME, names.ROUTE_REASON, names.ROUTE_REASON_DETAIL, names.ROUTE_ROUTER)
    assert [attempt[name] for name in facts] == ["support.reply", "complexity", "heuristic_scorer", "litellm"]


def test_what_the_application_has_decided_stays(recorded: Recorded) -> None:
    with llmroute.route("support.reply") as route:
        route.decide("openai/smart", reason="risk")
        ask(COMPLEXITY, client(COMPLEXITY))
    assert told(recorded, "router", "reason", "detail", "served_model") == [("app", "risk", None, "gpt-5-mini")]
    assert recorded.attempt()[names.ROUTE_REASON] == "risk"


def test_a_gateway_that_answers_a_classifier_says_nothing_of_the_answer(recorded: Recorded) -> None:
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            ask(COMPLEXITY, client(COMPLEXITY))
        ask(PLAIN, client(PLAIN))
    assert told(recorded, "router", "reason", "score", "served_model") == [
        ("app", "explicit", None, "gpt-5-mini-2025-08-07")
    ]
    classifying, _ = recorded.attempts()
    assert classifying[names.PURPOSE] == "routing"


def test_the_served_model_is_that_of_the_last_accepted_attempt(recorded: Recorded) -> None:
    with llmroute.route("support.reply") as route:
        ask(FALLEN_BACK, client(FALLEN_BACK))
        route.reject()
        ask(PLAIN, client(PLAIN))
    (route_,) = recorded_routes(recorded.spans())
    assert (route_["served_provider"], route_["served_model"]) == ("openai", "gpt-5-mini-2025-08-07")
    assert route_["fallback_path"] == ["smart", "good", "openai/gpt-5-mini"]
    assert [attempt["reason"] for attempt in route_["attempt"]] == ["fallback_error", "fallback_error"]


def test_an_attempt_keeps_its_own_reason_whatever_a_gateway_did_inside(recorded: Recorded) -> None:
    with llmroute.route("support.reply") as route:
        ask(FALLEN_BACK, client(FALLEN_BACK))
        route.decide("openai/smart", reason="latency", attempt_reason="hedge")
        ask(FALLEN_BACK, client(FALLEN_BACK))
    (route_,) = recorded_routes(recorded.spans())
    assert [attempt["reason"] for attempt in route_["attempt"]] == ["fallback_error", "hedge"]
    assert route_["fallback_used"] is True
    assert route_["fallback_path"] == ["smart", "good", "smart", "good"]


def test_a_router_inside_the_process_speaks_before_a_gateway(recorded: Recorded) -> None:
    with llmroute.route("reply", router="langchain") as route:
        route._state.hear(_inside())  # type: ignore[union-attr]
        ask(COMPLEXITY, client(COMPLEXITY))
    assert told(recorded, "router", "reason", "detail") == [("langchain", "rule", "branch:1")]


def _inside() -> Any:
    from otel_llmroute.app.routers.signals import Signals

    return Signals("langchain", causes=("branch:1",))


def test_a_call_in_no_route_and_its_route_are_of_one_trace_and_one_time(recorded: Recorded) -> None:
    ask(COMPLEXITY, client(COMPLEXITY))
    (route,), (attempt,) = recorded.spans("route"), recorded.spans("attempt")
    assert route.name == "route smart"
    assert route.attributes[names.ROUTE_ID] == attempt.attributes[names.ROUTE_ID]
    assert route.context.trace_id == attempt.context.trace_id
    assert route.start_time == attempt.start_time
    assert route.end_time <= attempt.end_time


def test_a_route_beside_its_call_hangs_on_what_is_around_both(recorded: Recorded) -> None:
    with recorded.tracer_provider.get_tracer("app").start_as_current_span("work") as work:
        ask(COMPLEXITY, client(COMPLEXITY))
    (route,), (attempt,) = recorded.spans("route"), recorded.spans("attempt")
    assert route.parent.span_id == attempt.parent.span_id == work.get_span_context().span_id


def test_a_route_has_the_facts_of_its_request(recorded: Recorded) -> None:
    with llmroute.bind(tenant="acme", feature="inbox"), llmroute.job("resolve"):
        ask(COMPLEXITY, client(COMPLEXITY))
    (route,), (attempt,) = recorded.spans("route"), recorded.spans("attempt")
    for name in (names.TENANT_ID, names.FEATURE, names.JOB_ID, names.JOB_NAME):
        assert route.attributes[name] == attempt.attributes[name]


def test_the_metrics_have_the_route_of_the_span(recorded: Recorded) -> None:
    ask(COMPLEXITY, client(COMPLEXITY))
    assert {attributes[names.ROUTE_NAME] for attributes, _ in recorded.metric(names.METRIC_CALLS)} == {"smart"}
    assert {attributes[names.ROUTE_NAME] for attributes, _ in recorded.metric(names.METRIC_COST)} == {"smart"}


def test_the_configuration_names_the_route_before_the_gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    rule = '[[routes]]\nname = "support"\nmodel = "smart"\nreason = "customer_tier"\n'
    (tmp_path / "llmroute.toml").write_text(rule)
    with recording() as recorded:
        ask(COMPLEXITY, client(COMPLEXITY))
        assert told(recorded, "route", "source", "reason", "score") == [("support", "config", "customer_tier", 0.21)]


def test_an_unsampled_call_keeps_its_route(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with recording(ALWAYS_OFF) as recorded:
        ask(COMPLEXITY, client(COMPLEXITY))
        (route,), (attempt,) = recorded.spans("route"), recorded.spans("attempt")
        assert route.attributes[names.SAMPLING_KEPT] is attempt.attributes[names.SAMPLING_KEPT] is True
        assert recorded.total(names.METRIC_CALLS) == 1


class Watching(SpanProcessor):
    """Looks at spans before they have ended, so the SDK has to begin and end each of ours."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.begun.append(span.name)


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF], ids=["sampled", "kept"])
@pytest.mark.parametrize("around", [nullcontext, _in_a_span], ids=["alone", "in a span"])
@pytest.mark.parametrize("case", [COMPLEXITY, REFUSED], ids=str)
def test_a_route_is_recorded_alike_whether_or_not_somebody_looks_at_its_span_before(
    case: Case,
    around: Callable[[Recorded], AbstractContextManager[object]],
    sampler: Sampler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    each, in_short = [], []
    add_beside = LiveSpans.add_beside
    monkeypatch.setattr(LiveSpans, "add_beside", lambda *args: in_short.append(add_beside(*args)) or in_short[-1])
    for watching in (None, Watching()):
        with recording(sampler) as recorded:
            if watching is not None:
                recorded.tracer_provider.add_span_processor(watching)
            with around(recorded), suppress(openai.APIError):
                ask(case, client(case))
            (route,), (attempt,) = recorded.spans("route"), recorded.spans("attempt")
            each.append(_all_of(route, attempt))
    assert each[0] == each[1]
    assert in_short == [True, False]
    assert watching is not None
    assert watching.begun[-1] == "route smart"


def _all_of(route: ReadableSpan, attempt: ReadableSpan) -> dict[str, Any]:
    """All that is exported of ``route``; ids and times as what they have to do with ``attempt``."""
    told = json.loads(route.to_json())
    own, its = route.context, attempt.context
    assert own is not None
    assert its is not None
    told["context"] = (own.trace_id == its.trace_id, own.trace_flags == its.trace_flags, own.span_id != its.span_id)
    parent, above = route.parent, attempt.parent
    told["parent_id"] = parent is not None and parent.span_id == (above or its).span_id
    told["start_time"], told["end_time"] = route.start_time == attempt.start_time, route.end_time <= attempt.end_time
    told["attributes"][names.ROUTE_ID] = told["attributes"][names.ROUTE_ID] == attempt.attributes[names.ROUTE_ID]
    return told | {"scope": route.instrumentation_scope, "dropped": route.dropped_attributes}


def test_a_call_that_no_gateway_answered_has_no_route(recorded: Recorded) -> None:
    ask(PLAIN, client(PLAIN))
    assert recorded.spans("route") == []
    assert names.ROUTE_ID not in recorded.attempt()


def test_a_server_of_ones_own_is_no_gateway(recorded: Recorded) -> None:
    case = chat("vLLM", "meta-llama/Llama-3.3-70B", model="meta-llama/Llama-3.3-70B", url="http://10.0.0.7:8000/v1")
    ask(case, client(case))
    assert recorded.spans("route") == []


def test_an_unreachable_gateway_is_an_error_without_a_route(recorded: Recorded) -> None:
    client_ = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        ask(COMPLEXITY, client_)
    assert recorded.spans("route") == []
    assert recorded.attempt()[names.ATTEMPT_OUTCOME] == "failed"


# --- streams that are not read to their end ---


def test_a_stream_left_half_way_has_its_route_once(recorded: Recorded) -> None:
    with ask(COMPLEXITY, client(COMPLEXITY, is_stream=True), is_stream=True) as stream:
        next(iter(stream))
    assert told(recorded, "route", "reason", "outcome", "served_model") == [("smart", "complexity", "success", None)]
    assert recorded.attempt()[names.ATTEMPT_OUTCOME] == "abandoned"


def test_a_stream_dropped_without_a_word_has_its_route_once(recorded: Recorded) -> None:
    stream = ask(COMPLEXITY, client(COMPLEXITY, is_stream=True), is_stream=True)
    next(iter(stream))
    del stream
    assert told(recorded, "route", "reason") == [("smart", "complexity")]


async def test_a_stream_whose_reader_is_cancelled_has_a_cancelled_route(recorded: Recorded) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async with await ask(COMPLEXITY, client(COMPLEXITY, is_async=True, is_stream=True), is_stream=True) as stream:
            async for _ in stream:
                begun.set()
                await asyncio.sleep(60)

    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    assert told(recorded, "route", "reason", "outcome") == [("smart", "complexity", "cancelled")]


# --- requested is not served, and there is no fallback ---

ALIKE: list[Case] = [
    CASES["a deployment of the group"],
    CASES["a stream whose chunks name the group"],
    CASES["a dynamic route"],
    CASES["its automatic choice, with metadata"],
    CASES["the model router, without its trace"],
    CASES["the model router, for quality"],
    CASES["a deployment that is only a name"],
    chat("a dated alias", "gpt-5-mini-2025-08-07", model="gpt-5-mini", url="https://api.openai.com/v1"),
    chat("an alias of a proxy", "claude-haiku-4-5", headers=litellm(model_group="fast"), model="fast"),
    chat("a weighted target", "claude-haiku-4-5", headers={"x-portkey-last-used-option-index": "config.targets[1]"}),
]


@pytest.mark.parametrize("case", ALIKE, ids=str)
@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
def test_another_model_is_no_fallback(recorded: Recorded, case: Case, is_stream: bool) -> None:
    with llmroute.route("reply"):
        answer = ask(case, client(case, is_stream=is_stream), is_stream=is_stream)
        list(answer if is_stream else ())
    (route,) = recorded_routes(recorded.spans())
    assert route["fallback_used"] is False
    assert len(route["fallback_path"]) == 1
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial"]
