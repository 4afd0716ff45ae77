"""What comes from a gateway may come from a customer or an attacker: nothing raises, and nothing quotes a prompt."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_llmroute import names
from otel_llmroute.app import complaints
from otel_llmroute.app.openings import Target
from otel_llmroute.app.routers import gateway_bodies, gateways
from otel_llmroute.app.routers.gateway import Heard
from otel_llmroute.app.routers.signals import Signals
from otel_llmroute.app.sdks.answer import Answer
from tests.app.conftest import Recorded
from tests.routers.gateways.cases import Case, chat
from tests.routers.gateways.clients import ask, client

PROMPT = "Please cancel my order 1234; my card is 4111 1111 1111 1111"
SQL = "x'; DROP TABLE llm_calls; --"
LONG = "a" * 5000
HOSTILE = [PROMPT, SQL, LONG, "\x01\x02", "", " ", "-1", "nan", "1e999", "true", "null", "<script>", "ünïcode"]
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(HOSTILE)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
HEADERS = sorted(gateways._HEADERS)


def shaped(shape: Any) -> st.SearchStrategy[Any]:
    """``shape``, any part of which may be something else."""
    if isinstance(shape, dict):
        whole: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional={k: shaped(v) for k, v in shape.items()})
    elif isinstance(shape, list):
        whole = st.lists(shaped(shape[0]), max_size=3)
    else:
        whole = st.just(shape)
    return st.one_of(whole, whole, whole, ANYTHING)


TRIED = {"model": "gpt-5", "provider": "OpenAI", "status": 429, "success": False, "statusCode": 500}
BODY = {
    "model": "gpt-5-mini",
    "provider": "OpenAI",
    "openrouter_metadata": {
        "requested": "openrouter/auto",
        "strategy": "auto",
        "attempts": [TRIED],
        "endpoints": {"available": [{**TRIED, "selected": True}]},
        "pipeline": [{"type": "context_compression"}],
    },
    "model_selection_details": {
        "model_router_details": {
            "mode": "balanced",
            "routing_trace": [
                {"attempts": [{"model": "gpt-5", "result": {"status": "failed", "error": {"code": "x"}}}]}
            ],
            "session_affinity": {"decision": "retained"},
        }
    },
    "extra_fields": {"routing_info": {"provider": "openai", "model": "gpt-5", "is_fallback": True}},
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "logfire_ai_gateway": {"cost": "0.1USD"}},
    "choices": [
        {
            "message": {
                "provider_metadata": {
                    "gateway": {
                        "cost": "0",
                        "marketCost": "0.1",
                        "routing": {
                            "originalModelId": "openai/gpt-5",
                            "canonicalSlug": "openai/gpt-5",
                            "finalProvider": "openai",
                            "resolvedProvider": "azure",
                            "fallbacksAvailable": ["azure"],
                            "modelAttempts": [{"canonicalSlug": "openai/gpt-5", "providerAttempts": [TRIED]}],
                            "skippedProviderAttempts": [{"provider": "azure", "reason": "x"}],
                        },
                    }
                }
            }
        }
    ],
}


def heard(headers: dict[str, Any], body: Any, model: str | None = "smart", host: str | None = None) -> Heard:
    answer = Answer()
    answer.routing = {}
    gateway_bodies.note(answer, body)
    gateway_bodies.note_chunk(answer, body)
    said = gateways.headers_of(headers)
    target = Target("azure.ai.openai", host, 443, is_gateway=True, may_route=True)
    return Heard(target, model, said, answer, True, False, gateways.asked_of(body))


def signals_of(call: Heard) -> list[Signals]:
    return gateways.signals_of(gateways.gateways_of(call), call)


def is_safe(signals: Signals) -> None:
    for field in (each.name for each in fields(Signals)):
        value = getattr(signals, field)
        for each in value if isinstance(value, tuple) else (value,):
            assert each is None or isinstance(each, float) or (isinstance(each, str) and len(each) <= 600), field
            assert not isinstance(each, str) or not any(blank in each for blank in " \n\t';"), field


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(HEADERS), st.one_of(st.text(max_size=80), st.sampled_from(HOSTILE)), max_size=12),
    shaped(BODY),
    st.one_of(st.none(), st.text(), st.sampled_from(["model-router", "dynamic/", "dynamic/x", "openrouter/auto"])),
    st.sampled_from([None, "openrouter.ai", "ai-gateway.vercel.sh", "gateway.ngrok.ai"]),
)
def test_any_headers_and_any_body_give_safe_signals(
    headers: dict[str, str], body: Any, model: str | None, host: str | None
) -> None:
    complaints._made.clear()
    call = heard(headers, body, model, host)
    said = signals_of(call)
    for signals in said:
        is_safe(signals)
    gateways.settle(call, said)
    assert not complaints._made


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
def test_a_body_of_any_shape_is_read(body: Any) -> None:
    complaints._made.clear()
    for signals in signals_of(heard({}, body, host="openrouter.ai")):
        is_safe(signals)
    assert not complaints._made


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.isascii() and value.isprintable()])
def test_hostile_headers_change_no_answer_and_quote_nothing(recorded: Recorded, value: str) -> None:
    plain = chat("hostile", "gpt-5-mini")
    case = Case("hostile", plain.body, dict.fromkeys(HEADERS, value), model="smart")
    answer = ask(case, client(case))
    assert answer.choices[0].message.content == plain.body["choices"][0]["message"]["content"]
    for span in recorded.spans():
        text = str(dict(span.attributes or {}))
        assert not any(part in text for part in ("1234", "4111", "DROP", "script", "a" * 300))
    assert not complaints._made


def test_an_unknown_cause_is_unknown_with_its_first_64_characters(recorded: Recorded) -> None:
    long = "heuristic_of_tomorrow_" * 10
    case = Case("x", chat("x", "m").body, {"x-litellm-call-id": "1", "x-litellm-complexity-router-cause": long})
    ask(case, client(case))
    attempt = recorded.attempt()
    assert (attempt[names.ROUTE_REASON], attempt[names.ROUTE_REASON_DETAIL]) == ("unknown", long[:64])


def test_a_cause_that_is_a_sentence_is_other(recorded: Recorded) -> None:
    case = Case("x", chat("x", "m").body, {"x-litellm-call-id": "1", "x-litellm-complexity-router-cause": PROMPT})
    ask(case, client(case))
    attempt = recorded.attempt()
    assert (attempt[names.ROUTE_REASON], attempt[names.ROUTE_REASON_DETAIL]) == ("unknown", "_OTHER")


def test_no_key_and_no_url_is_ever_taken() -> None:
    # That there is a cache key is looked at, never which.
    taken = [header for header in HEADERS if header != "x-litellm-cache-key"]
    assert not [header for header in taken if header.endswith(("-key", "-spend", "-base", "-url", "-prompt"))]
    assert not [header for header in taken if "-key-" in header.replace("portkey", "")]


def test_a_cost_that_is_none_is_left_out(recorded: Recorded) -> None:
    for value in ("free", "nan", "-1", "1e400", ""):
        case = Case("x", chat("x", "gpt-5-mini").body, {"logfire-ai-gateway-cost": f"{value}USD"}, model="gpt-5-mini")
        ask(case, client(case))
    assert {attempt[names.COST_SOURCE] for attempt in recorded.attempts()} == {"local"}
