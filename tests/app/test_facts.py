"""Jobs, decisions and facts of a request, and where they hold."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import openai
import pytest
from opentelemetry import context as otel_context
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext
from standin import Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded


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


def test_late_facts_are_log_events_joined_by_the_jobs_id(recorded: Recorded) -> None:
    llmroute.record_outcome("T-17", "failure")
    llmroute.record_review("T-17", status="edited", minutes=4)
    llmroute.record_outcome("T-17", "exploded")  # type: ignore[arg-type]
    events = [(log.log_record.event_name, dict(log.log_record.attributes)) for log in recorded.logs.get_finished_logs()]
    assert events == [
        (names.EVENT_JOB_OUTCOME, {names.JOB_ID: "T-17", names.JOB_OUTCOME: "failure"}),
        (names.EVENT_REVIEW, {names.JOB_ID: "T-17", names.REVIEW_STATUS: "edited", names.REVIEW_MINUTES: 4.0}),
    ]


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


def test_where_the_api_keeps_its_contexts_may_be_replaced(
    recorded: Recorded, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otel_context, "_RUNTIME_CONTEXT", ContextVarsRuntimeContext())
    with llmroute.bind(tenant="acme"):
        inside = otel_context.get_current()
    token = otel_context.attach(inside)
    ask(client)
    otel_context.detach(token)
    assert recorded.attempts()[0][names.TENANT_ID] == "acme"
