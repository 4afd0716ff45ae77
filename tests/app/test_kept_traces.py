"""In a trace that the sampler dropped only our records are kept, however they are nested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from standin import Standin

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, record


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    yield from record(ParentBasedTraceIdRatio(0.0))


def test_no_span_of_anybody_else_is_sampled_because_of_ours(dropped: Recorded, provider: Standin) -> None:
    tracer = dropped.tracer_provider.get_tracer("the application's")

    def another_instrumentation(request: object) -> None:
        tracer.start_span("inside the call").end()

    client = openai.OpenAI(
        base_url=provider.openai_url,
        api_key="none",
        http_client=openai.DefaultHttpxClient(event_hooks={"request": [another_instrumentation]}),
    )
    with tracer.start_as_current_span("request"), llmroute.job("j"), llmroute.route("r"):
        with tracer.start_as_current_span("between"):
            client.chat.completions.create(model="gpt-5-mini", messages=[])
        llmroute.charge("search", amount="0.1")

    kept = {span.name: span for span in dropped.exporter.get_finished_spans()}
    assert list(kept) == ["chat gpt-5-mini", "charge search", "route r", "job j"]
    assert all(span.attributes["llmroute.sampling.kept"] is True for span in kept.values())  # type: ignore[index]
    parents = {name: span.parent.span_id for name, span in kept.items() if span.parent is not None}
    assert parents["route r"] == kept["job j"].context.span_id
    assert parents["chat gpt-5-mini"] == parents["charge search"] == kept["route r"].context.span_id
