"""Whatever LiteLLM's callbacks are handed: nothing is raised, and no text of a prompt gets out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute.app.routers.litellm.call import Call
from otel_llmroute.app.routers.litellm.deployments import destinations
from otel_llmroute.app.routers.litellm.listener import listener
from otel_llmroute.app.routers.litellm.reports import Reports
from otel_llmroute.app.routers.litellm.requests import Requests
from otel_llmroute.app.routers.litellm.sdk_fallbacks import asked_signals
from otel_llmroute.app.routers.signals import Signals
from tests.app.conftest import Recorded

PROMPT = "my card is 4111 1111; DROP TABLE users --"
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=40),
    st.just(PROMPT),
    st.just(PROMPT * 500),
    st.just(["x"] * 3),
    st.just({PROMPT: PROMPT}),
    st.just("\udcff"),
    st.just(object()),
)
DECISION = ("router_model_name", "cause", "tier", "score", "classifier_threshold", "classifier_confidence", "signals")
METADATA = (
    "model_group",
    "original_model_group",
    "model_group_alias",
    "model_group_size",
    "deployment_model_name",
    "internal_call_origin",
    "previous_models",
)
SAID = (
    "litellm_trace_id",
    "litellm_call_id",
    "model",
    "call_type",
    "stream",
    "custom_llm_provider",
    "optional_params",
    "exception",
    "cache_hit",
    "standard_logging_object",
    "additional_args",
)


def some(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, ODD))


CALLS = st.builds(
    lambda said, params, metadata, decision: {
        **said,
        "litellm_params": {**params, "metadata": {**metadata, "routing_decision": decision}},
    },
    some(*SAID),
    some("api_base", "custom_llm_provider", "litellm_trace_id"),
    some(*METADATA),
    st.one_of(ODD, some(*DECISION)),
)
LIKELY = st.builds(
    lambda call, metadata, decision: {
        **call,
        "model": "gpt-5",
        "call_type": "acompletion",
        "litellm_trace_id": "t",
        "litellm_call_id": "c",
        "litellm_params": {"metadata": {**metadata, "model_group": "g", "routing_decision": decision}},
    },
    some("stream", "optional_params", "exception", "custom_llm_provider"),
    some(*METADATA),
    some(*DECISION),
)


class Base:
    """LiteLLM's ``CustomLogger``, of which nothing is used."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kwargs=st.one_of(CALLS, LIKELY, ODD), response=ODD, deployments=ODD)
def test_no_value_is_raised_or_quoted(
    kwargs: Any, response: Any, deployments: Any, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    recorded.exporter.clear()
    requests = Requests()
    ours: Any = listener(Base, Reports(requests))
    params = kwargs.get("litellm_params") if isinstance(kwargs, dict) else kwargs
    choosing = ours.async_filter_deployments(model=kwargs, healthy_deployments=deployments, request_kwargs=params)
    with pytest.raises(StopIteration) as returned:
        choosing.send(None)
    assert returned.value.value is deployments
    ours.log_pre_api_call(model=kwargs, messages=PROMPT, kwargs=kwargs)
    ours.log_failure_event(kwargs=kwargs, response_obj=response, start_time=None, end_time=None)
    ours.log_pre_api_call(model=kwargs, messages=PROMPT, kwargs=kwargs)
    ours.log_success_event(kwargs=kwargs, response_obj=response, start_time=None, end_time=None)
    requests.end_all()
    said = str([dict(span.attributes or {}) for span in recorded.spans()])
    assert "4111" not in said or _is_asked_for(kwargs)
    assert not caplog.records, caplog.text


def _is_asked_for(kwargs: Any) -> bool:
    """The name of the model is what the application asked for: it is recorded as it is, as of every SDK."""
    return isinstance(kwargs, dict) and kwargs.get("model") == PROMPT


@given(model=ODD, fallbacks=st.one_of(ODD, st.lists(st.one_of(ODD, some("model")))), more=ODD)
def test_fallbacks_without_a_router_are_short_names(model: Any, fallbacks: Any, more: Any) -> None:
    for asked in ({"model": model, "kwargs": {"fallbacks": fallbacks}}, {"model": model, "kwargs": more}, {}):
        signals = asked_signals(asked)
        for text in (signals.requested_model, signals.selected_model, *signals.candidates):
            assert text is None or (len(text) <= 256 and " " not in text)


@given(decision=some(*DECISION), metadata=some(*METADATA))
def test_signals_hold_short_names_and_numbers_only(decision: Any, metadata: Any) -> None:
    call = Call({"litellm_params": {"metadata": {**metadata, "routing_decision": decision}}})
    signals = call.signals(destinations([{"litellm_params": metadata}]), None)
    assert isinstance(signals, Signals)
    for text in (signals.route, signals.rule, signals.requested_model, *signals.causes, *signals.candidates):
        assert text is None or (len(text) <= 256 and " " not in text)
