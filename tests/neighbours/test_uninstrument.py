"""Switching off gives back what stood there; switching on and off again leaves nothing behind."""

from __future__ import annotations

import importlib
import itertools
from typing import Any

import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from standin import Standin

from tests.neighbours import calls
from tests.neighbours.children import in_a_child
from tests.neighbours.observed import observe
from tests.neighbours.peers import INSTALLED, OURS, Process

SEAMS = {
    "_base_client": (
        "SyncAPIClient.request",
        "AsyncAPIClient.request",
        "SyncAPIClient._process_response",
        "AsyncAPIClient._process_response",
        "SyncAPIClient._should_retry",
        "AsyncAPIClient._calculate_retry_timeout",
    ),
    "_streaming": ("Stream.__stream__", "AsyncStream.__stream__"),
    "": ("OpenAI.request", "AsyncOpenAI.request", "Anthropic.request", "AsyncAnthropic.request"),
}
REVERSIBLE = tuple(name for name in INSTALLED if name != "openlit")  # it has no way back
ON_AND_OFF = 20


def namespaces() -> dict[str, Any]:
    """What each class of the SDKs that we or others touch holds itself, by its name and the method's."""
    found = {}
    for package in ("openai", "anthropic"):
        for place, paths in SEAMS.items():
            module = importlib.import_module(f"{package}.{place}".rstrip("."))
            for path in paths:
                name, _, method = path.partition(".")
                for owner in getattr(module, name, object).__mro__:
                    found[f"{owner.__module__}.{owner.__name__}.{method}"] = vars(owner).get(method)
    return found


def depth(function: Any) -> int:
    """How many wrappers stand around the SDK's own function."""
    return 0 if not hasattr(function, "__wrapped__") else 1 + depth(function.__wrapped__)


def changed(before: dict[str, Any]) -> list[str]:
    return [name for name, function in namespaces().items() if function is not before[name]]


def attempts(process: Process, server_url: str, some: tuple[Any, ...] = calls.FEW) -> tuple[int, int]:
    """(attempts, pico-USD) that one more round of calls adds."""
    process.exporter.clear()
    seen = observe(process, lambda: calls.made(some, server_url))
    assert not any(str(result).startswith("raised") for result in seen.results.values()), seen.results
    return len(seen.attempts), seen.spent_pico


ONCE = (len(calls.FEW), round(sum(calls.COST_USD[call] for call in calls.FEW) * 10**12))
NEVER = (0, 0)


def off_alone() -> tuple[list[str], list[str], list[str]]:
    before = namespaces()
    process = Process()
    process.switch_on(OURS)
    while_on = changed(before)
    process.switch_off(OURS)
    return while_on, changed(before), [type(p).__name__ for p in processors(process)]


def processors(process: Process) -> tuple[Any, ...]:
    return tuple(process.tracer_provider._active_span_processor._span_processors)


def test_uninstrument_gives_every_class_the_same_objects_back(server: Standin) -> None:
    while_on, after, left = in_a_child(off_alone)
    assert len(while_on) == 16  # eight of each SDK, wherever in the class tree the SDK defines them
    assert after == []
    assert left == ["SimpleSpanProcessor"]


def on_and_off(server_url: str, peer: str | None) -> dict[str, Any]:
    process = Process(ALWAYS_OFF)
    tracer = process.tracer_provider.get_tracer("the application's")
    counts = []
    for _ in range(ON_AND_OFF):
        process.switch_on(OURS)
        if peer:
            process.switch_on(peer)
        counts.append(attempts(process, server_url, (calls.chat,)))
        process.switch_off(OURS)
        if peer:
            process.switch_off(peer)
    return {
        "counts": set(counts),
        "depth": max(depth(function) for function in namespaces().values()),
        "processors": len(processors(process)),
        "samplers": process.tracer_provider.sampler is ALWAYS_OFF and tracer.sampler is ALWAYS_OFF,  # type: ignore[attr-defined]
        "after": attempts(process, server_url, (calls.chat,)),
    }


@pytest.mark.parametrize("peer", [None, *REVERSIBLE])
def test_switching_on_and_off_twenty_times_leaves_nothing_behind(peer: str | None, server: Standin) -> None:
    left = in_a_child(on_and_off, server.url, peer)
    assert left["counts"] == {(1, round(calls.GPT_USD * 10**12))}
    assert left["after"] == NEVER
    assert left["processors"] == 1
    assert left["samplers"]
    # OpenInference puts back what it found, which was ours: quiet, and one of it.
    assert left["depth"] <= 2


def instrumented_twice(server_url: str) -> tuple[int, int]:
    from otel_llmroute import LLMRouteInstrumentor

    process = Process()
    process.switch_on(OURS)
    process.switch_on(OURS)
    LLMRouteInstrumentor().instrument()
    return attempts(process, server_url)


def test_instrumenting_twice_counts_once(server: Standin) -> None:
    assert in_a_child(instrumented_twice, server.url) == ONCE


def with_another_on_top(server_url: str, peer: str) -> dict[str, tuple[int, int]]:
    process = Process()
    process.switch_on(OURS)
    process.switch_on(peer)
    found = {"on": attempts(process, server_url)}
    process.switch_off(OURS)
    found["off"] = attempts(process, server_url)
    process.switch_on(OURS)
    found["on again"] = attempts(process, server_url)
    return found


@pytest.mark.parametrize("peer", INSTALLED)
def test_ours_goes_quiet_below_another_and_counts_once_when_it_is_back(peer: str, server: Standin) -> None:
    found = in_a_child(with_another_on_top, server.url, peer)
    assert found == {"on": ONCE, "off": NEVER, "on again": ONCE}


def off_in_this_order(server_url: str, on: tuple[str, ...], off: tuple[str, ...]) -> list[tuple[int, int]]:
    process = Process()
    for name in on:
        process.switch_on(name)
    found = [attempts(process, server_url, (calls.chat,))]
    for name in off:
        process.switch_off(name)
        found.append(attempts(process, server_url, (calls.chat,)))
    process.switch_on(OURS)
    found.append(attempts(process, server_url, (calls.chat,)))
    return found


@pytest.mark.parametrize("place", range(3), ids=["ours on first", "ours on in the middle", "ours on last"])
def test_the_order_in_which_they_are_switched_off_does_not_matter(place: int, server: Standin) -> None:
    peers = tuple(name for name in REVERSIBLE if name != "otel")[:2]
    on = (*peers[:place], OURS, *peers[place:])
    one = (1, round(calls.GPT_USD * 10**12))
    for off in itertools.permutations(on):
        silent_from = 1 + off.index(OURS)
        expected = [one] * silent_from + [NEVER] * (len(off) + 1 - silent_from) + [one]
        assert in_a_child(off_in_this_order, server.url, on, off) == expected, f"switched off in the order {off}"


def providers_in_turn(server_url: str) -> list[tuple[int, int]]:
    """Off and on again with other providers: the new ones record, the old ones no more."""
    first, second = Process(ALWAYS_ON), Process(ALWAYS_ON)
    found = []
    for process in (first, second):
        process.switch_on(OURS)
        found.append(attempts(process, server_url))
        process.switch_off(OURS)
    found.append((len(first.exporter.get_finished_spans()), len(second.exporter.get_finished_spans())))
    return found


def test_a_second_instrumentation_records_to_its_own_providers(server: Standin) -> None:
    assert in_a_child(providers_in_turn, server.url) == [ONCE, ONCE, (ONCE[0], ONCE[0])]
