"""A route: what is said of it, the attempts inside, and how it ends."""

from __future__ import annotations

import os
import random
import re

import openai
import pytest
from standin import Reply, Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app.records import new_id
from tests.app.asking import MODEL, answer, ask
from tests.app.conftest import Recorded


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


def test_ids_are_unlike_in_programs_that_seed_alike() -> None:
    told = []
    for _ in range(2):
        random.seed(1)
        told.append(new_id())
    assert told[0] != told[1]
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in told)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_ids_are_unlike_in_forked_processes() -> None:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() != new_id()
