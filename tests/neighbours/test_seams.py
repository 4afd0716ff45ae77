"""Clients that another wrapper took over before ours was switched on, and instrumentation that is suppressed."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import wrapt
from opentelemetry.instrumentation.utils import suppress_instrumentation
from standin import Standin

from tests.neighbours import calls
from tests.neighbours.children import in_a_child
from tests.neighbours.observed import Observed, observe
from tests.neighbours.peers import INSTALLED, OURS, Process

BILLED = tuple(call for call, usd in calls.COST_USD.items() if usd)


def spent(observed: Observed) -> tuple[int, Decimal, Decimal]:
    """(attempts, USD from spans, USD from the metric)."""
    return len(observed.attempts), *observed.spent_usd


def once(some: tuple[Any, ...]) -> tuple[int, Decimal, Decimal]:
    usd = sum((calls.COST_USD[call] for call in some), Decimal(0))
    return len(some), usd, usd


# --- captured before ours ---


def handed_on(request: Callable[..., Any]) -> Callable[..., Any]:
    """A wrapper as anybody would write it."""

    @functools.wraps(request)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return request(*args, **kwargs)

    return wrapper


def handed_on_without_a_trace(request: Callable[..., Any]) -> Callable[..., Any]:
    """The same, which nobody can see through."""
    return lambda *args, **kwargs: request(*args, **kwargs)


def instances(server_url: str) -> calls.Clients:
    clients = calls.clients(server_url)
    for client in clients:
        client.request = handed_on(client.request)
    return clients


def classes(wrapper: Callable[..., Any]) -> Callable[[str], calls.Clients]:
    def wrapped(server_url: str) -> calls.Clients:
        import anthropic
        import openai

        for owner in (openai.OpenAI, openai.AsyncOpenAI, anthropic.Anthropic, anthropic.AsyncAnthropic):
            owner.request = wrapper(owner.request)  # type: ignore[method-assign, assignment]
        return calls.clients(server_url)

    return wrapped


def through_wrapt(server_url: str) -> calls.Clients:
    for module, name in (
        ("openai", "OpenAI"),
        ("openai", "AsyncOpenAI"),
        ("anthropic", "Anthropic"),
        ("anthropic", "AsyncAnthropic"),
    ):
        wrapt.wrap_function_wrapper(
            module, f"{name}.request", lambda wrapped, _, args, kwargs: wrapped(*args, **kwargs)
        )
    return calls.clients(server_url)


def subclasses(server_url: str) -> calls.Clients:
    """The application's own classes, below the SDK's: one that wraps, one that overrides."""
    clients = calls.clients(server_url)
    for client in clients:
        own = type(f"My{type(client).__name__}", (type(client),), {})
        own.request = handed_on(own.request)  # type: ignore[attr-defined]
        client.__class__ = own
    return clients


TAKEN_OVER = {
    "instances": instances,
    "classes": classes(handed_on),
    "classes, without a trace": classes(handed_on_without_a_trace),
    "classes, by wrapt": through_wrapt,
    "subclasses": subclasses,
}


def taken_over_before(take_over: str, server_url: str) -> Observed:
    clients = TAKEN_OVER[take_over](server_url)
    process = Process()
    process.switch_on(OURS)
    return observe(process, lambda: calls.made(BILLED, server_url, clients))


@pytest.mark.parametrize("take_over", TAKEN_OVER)
def test_a_client_that_was_taken_over_before_ours_was_on_is_counted_once(
    take_over: str, server: Standin, bare: dict[str, Any]
) -> None:
    observed = in_a_child(taken_over_before, take_over, server.url)
    assert spent(observed) == once(BILLED)
    assert observed.retries == 2 * sum("limited" in call.__name__ for call in BILLED)
    assert observed.said == []
    assert observed.results == {call.__name__: bare[call.__name__] for call in BILLED}


def at_once(server_url: str) -> Observed:
    clients = instances(server_url)
    process = Process()
    process.switch_on(OURS)

    async def all_of_them() -> dict[str, Any]:
        twenty = [calls.async_chat, calls.async_chat_stream] * 10
        return dict(enumerate(await asyncio.gather(*(call(clients) for call in twenty))))  # type: ignore[arg-type]

    return observe(process, lambda: asyncio.run(all_of_them()))


def test_calls_at_once_on_a_client_that_was_taken_over_are_each_counted_once(server: Standin) -> None:
    assert spent(in_a_child(at_once, server.url)) == once((calls.async_chat,) * 20)


def on_a_taken_over_client_and_around_it(server_url: str) -> Observed:
    """Taken over before, between and after: our wrappers stand above and below each other."""
    import openai

    clients = instances(server_url)
    process = Process()
    process.switch_on(OURS)
    for client in clients:
        client.request = handed_on(client.request)
    openai.OpenAI.request = handed_on(openai.OpenAI.request)  # type: ignore[method-assign]
    process.switch_off(OURS)
    process.switch_on(OURS)
    return observe(process, lambda: calls.made(BILLED, server_url, clients))


def test_wrappers_above_and_below_ours_do_not_make_a_call_count_twice(server: Standin) -> None:
    assert spent(in_a_child(on_a_taken_over_client_and_around_it, server.url)) == once(BILLED)


# --- suppressed ---


def suppressed_by_the_application(server_url: str) -> Observed:
    process = Process()
    process.switch_on(OURS)
    with suppress_instrumentation():
        return observe(process, lambda: calls.made((calls.chat, calls.message_stream), server_url))


def test_what_the_application_suppresses_is_not_recorded(server: Standin) -> None:
    assert spent(in_a_child(suppressed_by_the_application, server.url)) == (0, 0, 0)


def beside_logfire_on_its_provider(server_url: str) -> tuple[list[dict[str, Any]], Observed]:
    """``logfire.configure()`` sets the global provider, and its processors look for suppression themselves."""
    import logfire
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from otel_llmroute import LLMRouteInstrumentor

    process = Process()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        metrics=False,
        additional_span_processors=[SimpleSpanProcessor(process.exporter)],
    )
    LLMRouteInstrumentor().instrument(meter_provider=process.meter_provider)
    logfire.instrument_openai()
    logfire.instrument_anthropic()
    with logfire.span("the application's"):
        seen = observe(process, lambda: calls.made(BILLED, server_url))
    return [dict(span.attributes or {}) for span in process.exporter.get_finished_spans()], seen


@pytest.mark.skipif("logfire" not in INSTALLED, reason="logfire is not installed here")
def test_spend_is_whole_where_logfire_owns_the_provider_and_suppresses_everybody_below_it(server: Standin) -> None:
    _, observed = in_a_child(beside_logfire_on_its_provider, server.url)
    assert spent(observed) == once(BILLED)
    assert observed.said == []


def in_a_request_that_logfire_records(server_url: str) -> Observed:
    import logfire

    from otel_llmroute import LLMRouteInstrumentor

    process = Process()
    process.on_logfire()
    LLMRouteInstrumentor().instrument(meter_provider=process.meter_provider)
    with logfire.span("GET /export", **{"http.route": "/export", "tenant.id": "acme"}), logfire.span("between"):
        return observe(process, lambda: calls.made((calls.chat,), server_url))


@pytest.mark.skipif("logfire" not in INSTALLED, reason="logfire is not installed here")
def test_a_call_is_attributed_by_the_spans_of_logfire_around_it(server: Standin) -> None:
    (attempt,) = in_a_child(in_a_request_that_logfire_records, server.url).attempts
    assert (attempt["llmroute.route.name"], attempt["llmroute.route.source"]) == ("/export", "http")
    assert attempt["llmroute.tenant.id"] == "acme"


def below_logfire_unsampled(server_url: str) -> Observed:
    import logfire
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from otel_llmroute import LLMRouteInstrumentor, route

    process = Process()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        metrics=False,
        sampling=logfire.SamplingOptions(head=0.0),
        additional_span_processors=[SimpleSpanProcessor(process.exporter)],
    )
    LLMRouteInstrumentor().instrument(meter_provider=process.meter_provider)
    logfire.instrument_openai()

    def in_spans_of_the_application() -> dict[str, Any]:
        with logfire.span("the application's"), route("answer"), logfire.span("the application's inner one"):
            return calls.made(BILLED, server_url)

    return observe(process, in_spans_of_the_application)


@pytest.mark.skipif("logfire" not in INSTALLED, reason="logfire is not installed here")
def test_spend_is_whole_where_logfire_samples_nothing_and_nothing_else_is_kept(server: Standin) -> None:
    observed = in_a_child(below_logfire_unsampled, server.url)
    assert spent(observed) == once(BILLED)
    assert [name for _, name, _ in observed.foreign] == ["route answer"]
    assert observed.said == []
