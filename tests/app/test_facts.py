"""What the application says of its work, and what becomes of it on the records."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import openai
import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.conftest import Recorded

MODEL = "gpt-5-2025-08-07"


def answer(model: str = MODEL) -> Reply:
    return Reply(json=openai_wire.chat(model=model, usage=openai_wire.usage(100, 10)))


@pytest.fixture
def client(provider: Standin) -> openai.OpenAI:
    provider.default(answer())
    return openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)


def ask(client: openai.OpenAI, model: str = "gpt-5") -> Any:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}])


# --- routes ---


def test_a_call_inside_a_route_carries_its_facts(recorded: Recorded, client: openai.OpenAI) -> None:
    with (
        llmroute.bind(tenant="acme", plan="pro", feature="inbox"),
        llmroute.job("resolve_ticket", id="T-17", revenue="1.00", currency="EUR"),
        llmroute.route("support.reply", task="draft", risk="low", candidates=["a/b"], policy="support@7") as route,
    ):
        route.decide("openai/gpt-5", reason="task_class", confidence=0.93)
        ask(client)
    attempt, record = recorded.attempt(), dict(recorded.spans("route")[0].attributes)
    shared = {
        names.ROUTE_ID: route.id,
        names.ROUTE_NAME: "support.reply",
        names.ROUTE_SOURCE: "explicit",
        names.ROUTE_REASON: "task_class",
        names.ROUTE_DESTINATION: "model",
        names.ROUTE_ROUTER: "app",
        names.JOB_ID: "T-17",
        names.JOB_NAME: "resolve_ticket",
        names.TENANT_ID: "acme",
        names.TENANT_PLAN: "pro",
        names.FEATURE: "inbox",
        names.TASK_CLASS: "draft",
        names.RISK_LEVEL: "low",
        names.POLICY_NAME: "support",
        names.POLICY_VERSION: "7",
    }
    assert {name: attempt.get(name) for name in shared} == shared
    assert {name: record.get(name) for name in shared} == shared
    assert record[names.ROUTE_CONFIDENCE] == 0.93
    assert record[names.ROUTE_CANDIDATES] == ("a/b",)
    assert (record[names.ROUTE_SELECTED_PROVIDER], record[names.ROUTE_SELECTED_MODEL]) == ("openai", "gpt-5")
    assert (record[names.ROUTE_SERVED_MODEL], record[names.ROUTE_OUTCOME]) == (MODEL, "success")
    assert (record[names.ROUTE_ATTEMPT_COUNT], record[names.ROUTE_FALLBACK_USED]) == (1, False)


def test_a_route_and_a_job_carry_no_usage_and_no_cost(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.job("j"), llmroute.route("r"):
        ask(client)
    for span in recorded.spans("route") + recorded.spans("job"):
        forbidden = [
            name for name in span.attributes if name.startswith(("gen_ai.", "llmroute.cost", "llmroute.usage"))
        ]
        assert forbidden == []


def test_attempts_hang_on_their_route_and_the_route_on_its_job(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.job("j"), llmroute.route("r"):
        ask(client)
    (attempt,), (route,), (job,) = (recorded.spans(kind) for kind in ("attempt", "route", "job"))
    assert attempt.parent.span_id == route.context.span_id
    assert route.parent.span_id == job.context.span_id
    assert job.parent is None


def test_a_retry_of_the_application_and_a_fallback_say_why(recorded: Recorded, provider: Standin) -> None:
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    limited = Reply(status=429, json={"error": {"type": "rate_limit_error", "message": "slow down"}})
    provider.script(limited, limited, answer("gpt-5-mini-2025-08-07"))
    with llmroute.route("r"):
        for model in ("gpt-5", "gpt-5", "gpt-5-mini"):
            try:
                ask(client, model)
            except openai.RateLimitError:
                continue
    attempts = recorded.attempts()
    assert [a[names.ATTEMPT_NUMBER] for a in attempts] == [1, 2, 3]
    assert [a[names.ATTEMPT_REASON] for a in attempts] == ["initial", "retry", "fallback_rate_limit"]
    assert [a[names.ATTEMPT_OUTCOME] for a in attempts] == ["failed", "failed", "accepted"]
    route = recorded.spans("route")[0].attributes
    assert route[names.ROUTE_FALLBACK_USED] is True
    assert route[names.ROUTE_FALLBACK_PATH] == ("openai/gpt-5", "openai/gpt-5-mini")
    assert route[names.ROUTE_OUTCOME] == "success"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=500, json={"error": {"type": "server_error"}}), "fallback_error"),
        (Reply(status=504, json={}), "fallback_timeout"),
        (
            Reply(status=400, json={"error": {"type": "x", "code": "context_length_exceeded"}}),
            "fallback_context_window",
        ),
        (Reply(status=400, json={"error": {"type": "x", "code": "content_filter"}}), "fallback_content_policy"),
        (Reply(status=529, json={"error": {"type": "overloaded_error"}}), "fallback_rate_limit"),
    ],
)
def test_the_class_of_the_failure_is_the_reason_of_the_fallback(
    recorded: Recorded, provider: Standin, reply: Reply, reason: str
) -> None:
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    provider.script(reply, answer())
    with llmroute.route("r"):
        with pytest.raises(openai.APIStatusError):
            ask(client, "gpt-5")
        ask(client, "gpt-5-mini")
    assert recorded.attempts()[1][names.ATTEMPT_REASON] == reason


def test_an_answer_that_the_application_rejects_is_still_paid_for(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r") as route:
        ask(client)
        route.reject()
        ask(client)
    assert [a[names.ATTEMPT_REASON] for a in recorded.attempts()] == ["initial", "retry"]
    assert [a[names.COST_STATUS] for a in recorded.attempts()] == ["priced", "priced"]
    assert recorded.spans("route")[0].attributes[names.ROUTE_OUTCOME] == "success"


def test_a_route_whose_only_answer_was_rejected_ends_rejected(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r") as route:
        ask(client)
        route.reject()
    assert recorded.spans("route")[0].attributes[names.ROUTE_OUTCOME] == "rejected"


def test_two_answers_in_a_row_are_steps_and_no_retry(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r"):
        ask(client)
        ask(client)
    assert [a[names.ATTEMPT_REASON] for a in recorded.attempts()] == ["initial", "initial"]


def test_a_hedge_is_what_the_application_says_it_is(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r") as route:
        ask(client)
        route.decide("openai/gpt-5-mini", reason="latency", attempt_reason="hedge")
        ask(client, "gpt-5-mini")
    assert [a[names.ATTEMPT_REASON] for a in recorded.attempts()] == ["initial", "hedge"]


def test_an_unknown_reason_becomes_unknown_with_the_literal_as_detail(
    recorded: Recorded, client: openai.OpenAI
) -> None:
    with llmroute.route("r") as route:
        route.decide("openai/gpt-5", reason="full moon" * 20)
        ask(client)
    attempt = recorded.attempt()
    assert attempt[names.ROUTE_REASON] == "unknown"
    assert attempt[names.ROUTE_REASON_DETAIL] == ("full moon" * 20)[:64]


def test_an_exception_that_leaves_a_route_passes_unchanged_and_ends_it_as_an_error(recorded: Recorded) -> None:
    error = ValueError("with a secret in its text")
    with pytest.raises(ValueError, match="secret") as raised, llmroute.job("j"), llmroute.route("r"):
        raise error
    assert raised.value is error
    route, job = recorded.spans("route")[0], recorded.spans("job")[0]
    assert (route.attributes[names.ROUTE_OUTCOME], job.attributes[names.JOB_OUTCOME]) == ("error", "failure")
    assert route.attributes[names.ERROR_TYPE] == "ValueError"
    assert "secret" not in route.to_json() + job.to_json()


def test_a_cache_hit_is_a_route_without_an_attempt(recorded: Recorded) -> None:
    with llmroute.route("r") as route:
        route.cache("hit", kind="semantic", similarity=0.97, avoided_cost="0.0123", currency="EUR")
    attributes = recorded.spans("route")[0].attributes
    expected = {
        names.ROUTE_OUTCOME: "cache_hit",
        names.ROUTE_REASON: "cache_hit",
        names.ROUTE_DESTINATION: "cache",
        names.RESPONSE_CACHE_RESULT: "hit",
        names.RESPONSE_CACHE_KIND: "semantic",
        names.RESPONSE_CACHE_SIMILARITY: 0.97,
        names.ROUTE_AVOIDED_COST: 0.0123,
        names.ROUTE_AVOIDED_CURRENCY: "EUR",
        names.ROUTE_ATTEMPT_COUNT: 0,
    }
    assert {name: attributes[name] for name in expected} == expected
    assert recorded.attempts() == []


def test_the_calls_of_a_decision_are_routing(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r") as route:
        with llmroute.decision("classifier"):
            ask(client, "gpt-5-nano")
        route.decide("openai/gpt-5", reason="complexity")
        ask(client)
    assert [a[names.PURPOSE] for a in recorded.attempts()] == ["routing", "answer"]
    (decision,) = recorded.spans("decision")
    assert decision.name == "decide classifier"
    assert recorded.spans("attempt")[0].parent.span_id == decision.context.span_id


# --- jobs, charges, late facts ---


@pytest.mark.parametrize("outcome", ["success", "failure", "partial", "abandoned"])
def test_a_job_ends_as_it_was_said(recorded: Recorded, outcome: Any) -> None:
    with llmroute.job("j", id="1") as job:
        job.finish(outcome)
    assert recorded.spans("job")[0].attributes[names.JOB_OUTCOME] == outcome


def test_a_job_that_nobody_judged_has_no_outcome(recorded: Recorded) -> None:
    with llmroute.job("j"):
        pass
    assert names.JOB_OUTCOME not in recorded.spans("job")[0].attributes


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        ("1.00", 1.0),
        (Decimal("0.1"), 0.1),
        (2, 2.0),
        (0.3, 0.3),
        (0, 0.0),
        ("-1", None),
        ("abc", None),
        ("NaN", None),
        (None, None),
    ],
)
def test_revenue_is_a_number_from_0_up_or_unknown(recorded: Recorded, revenue: Any, expected: float | None) -> None:
    with llmroute.job("j", revenue=revenue):
        pass
    assert recorded.spans("job")[0].attributes.get(names.JOB_REVENUE) == expected


def test_a_charge_is_money_on_the_route_in_force(recorded: Recorded) -> None:
    with llmroute.bind(tenant="acme"), llmroute.job("j", id="7"), llmroute.route("r"):
        llmroute.charge("search", amount="0.002", quantity=2, unit="search")
    (charge,) = recorded.spans("charge")
    expected = {
        names.RECORD_KIND: "charge",
        names.CHARGE_KIND: "search",
        names.CHARGE_QUANTITY: 2.0,
        names.CHARGE_UNIT: "search",
        names.COST_AMOUNT: 0.002,
        names.COST_OTHER: 0.002,
        names.COST_CURRENCY: "USD",
        names.COST_STATUS: "priced",
        names.ROUTE_NAME: "r",
        names.JOB_ID: "7",
        names.TENANT_ID: "acme",
    }
    assert {name: charge.attributes[name] for name in expected} == expected
    assert charge.start_time == charge.end_time
    assert recorded.total(names.METRIC_COST) == 0.002
    assert recorded.metric(names.METRIC_CALLS) == []


@pytest.mark.parametrize(("amount", "status"), [(None, "unpriced"), ("x", "unpriced"), (0, "free"), ("0.1", "priced")])
def test_a_charge_of_unknown_amount_is_unpriced_and_never_0(recorded: Recorded, amount: Any, status: str) -> None:
    llmroute.charge("tool", amount=amount)
    attributes = recorded.spans("charge")[0].attributes
    assert attributes[names.COST_STATUS] == status
    assert (names.COST_AMOUNT in attributes) == (status != "unpriced")


def test_a_charge_outside_any_route_is_named_by_its_call_site(recorded: Recorded) -> None:
    llmroute.charge("a kind of its own", amount="1")
    attributes = recorded.spans("charge")[0].attributes
    assert attributes[names.CHARGE_KIND] == "other"
    assert attributes[names.ROUTE_NAME].endswith("test_a_charge_outside_any_route_is_named_by_its_call_site")


def test_late_facts_are_log_events_joined_by_the_jobs_id(recorded: Recorded) -> None:
    llmroute.record_outcome("T-17", "failure")
    llmroute.record_review("T-17", status="edited", minutes=4)
    llmroute.record_outcome("T-17", "exploded")  # type: ignore[arg-type]
    events = [(log.log_record.event_name, dict(log.log_record.attributes)) for log in recorded.logs.get_finished_logs()]
    assert events == [
        (names.EVENT_JOB_OUTCOME, {names.JOB_ID: "T-17", names.JOB_OUTCOME: "failure"}),
        (names.EVENT_REVIEW, {names.JOB_ID: "T-17", names.REVIEW_STATUS: "edited", names.REVIEW_MINUTES: 4.0}),
    ]


# --- where they hold ---


def test_an_inner_bind_adds_to_an_outer_one_and_wins(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.bind(tenant="a", plan="free"), llmroute.route("r"), llmroute.bind(tenant="b", purpose="evaluation"):
        ask(client)
    attempt = recorded.attempt()
    assert (attempt[names.TENANT_ID], attempt[names.TENANT_PLAN], attempt[names.PURPOSE]) == ("b", "free", "evaluation")


async def test_tasks_keep_their_own_facts(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    async def serve(tenant: str) -> None:
        async with llmroute.bind(tenant=tenant), llmroute.route(f"route of {tenant}"):
            await asyncio.sleep(0.001)
            await client.chat.completions.create(model="gpt-5", messages=[])

    await asyncio.gather(*(serve(f"t{i}") for i in range(20)))
    await client.close()
    seen = {(a[names.TENANT_ID], a[names.ROUTE_NAME]) for a in recorded.attempts()}
    assert seen == {(f"t{i}", f"route of t{i}") for i in range(20)}


def test_threads_get_the_facts_that_they_are_given(recorded: Recorded, client: openai.OpenAI) -> None:
    def work(context: Any) -> None:
        token = otel_context.attach(context)
        try:
            ask(client)
        finally:
            otel_context.detach(token)

    with llmroute.route("r"), ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [otel_context.get_current()] * 12))
    ask(client)
    attempts = recorded.attempts()
    assert sorted(a[names.ATTEMPT_NUMBER] for a in attempts[:12]) == list(range(1, 13))
    assert {a[names.ROUTE_NAME] for a in attempts[:12]} == {"r"}
    assert attempts[12][names.ROUTE_SOURCE] == "callsite"


def test_a_decorated_function_runs_in_a_new_scope_each_time(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.bind(tenant="acme")
    @llmroute.route("decorated")
    def work() -> str:
        """Its own words."""
        ask(client)
        return "done"

    assert (work(), work(), work.__doc__, work.__name__) == ("done", "done", "Its own words.", "work")
    ids = {a[names.ROUTE_ID] for a in recorded.attempts()}
    assert len(ids) == 2
    assert [a[names.TENANT_ID] for a in recorded.attempts()] == ["acme", "acme"]


async def test_a_decorated_coroutine_function_is_still_one(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.route("decorated")
    async def work() -> None:
        await client.chat.completions.create(model="gpt-5", messages=[])

    assert asyncio.iscoroutinefunction(work)
    await work()
    await client.close()
    assert recorded.attempt()[names.ROUTE_NAME] == "decorated"


def test_a_decorated_generator_holds_its_scope_only_while_it_runs(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.route("generated")
    def work() -> Iterator[int]:
        for i in range(3):
            ask(client)
            yield i

    for _ in work():
        ask(client)
        assert not trace.get_current_span().get_span_context().is_valid
    inside = [a[names.ROUTE_NAME] == "generated" for a in recorded.attempts()]
    assert inside == [True, False] * 3
    assert len(recorded.spans("route")) == 1


def test_a_decorated_generator_takes_values_errors_and_an_early_close(recorded: Recorded) -> None:
    @llmroute.route("generated")
    def work() -> Iterator[Any]:
        got = yield "first"
        try:
            yield got
        except KeyError as error:
            yield error
        return "returned"

    generator: Any = work()
    assert next(generator) == "first"
    assert generator.send("sent") == "sent"
    assert isinstance(generator.throw(KeyError("k")), KeyError)
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "returned"
    left = work()
    next(left)
    left.close()
    assert [span.attributes[names.ROUTE_OUTCOME] for span in recorded.spans("route")] == ["success", "success"]


async def test_a_decorated_asynchronous_generator_holds_its_scope_only_while_it_runs(
    recorded: Recorded, provider: Standin
) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.route("generated")
    async def work() -> AsyncIterator[int]:
        for i in range(2):
            await client.chat.completions.create(model="gpt-5", messages=[])
            yield i

    async for _ in work():
        assert not trace.get_current_span().get_span_context().is_valid
    left = work()
    await anext(left)
    await left.aclose()
    await client.close()
    assert [a[names.ROUTE_NAME] for a in recorded.attempts()] == ["generated"] * 3
    assert len(recorded.spans("route")) == 2


def test_a_scope_left_in_another_context_disturbs_nobody(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    scope = llmroute.route("r")
    contextvars.copy_context().run(scope.__enter__)
    scope.__exit__(None, None, None)
    assert caplog.records == []
    assert len(recorded.spans("route")) == 1


def test_everything_does_nothing_in_a_process_that_is_not_instrumented() -> None:
    with llmroute.bind(tenant="a"), llmroute.job("j") as job, llmroute.route("r") as route, llmroute.decision("d"):
        route.decide("openai/gpt-5", reason="cost")
        route.cache("miss")
        route.reject()
        llmroute.charge("tool", amount="1")
        job.succeed()
        assert otel_context.get_current() == {}
    llmroute.record_outcome("1", "success")
    llmroute.record_review("1", "approved")
