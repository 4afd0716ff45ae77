"""Spend is counted once, whoever else watches the same calls, in whatever order they were switched on."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from standin import Standin

from tests.neighbours import calls
from tests.neighbours.children import in_a_child
from tests.neighbours.observed import Call, Observed, beside
from tests.neighbours.peers import INSTALLED, OURS, Process

ALONE_AND_IN_PAIRS = [
    (OURS,),
    *((OURS, peer) for peer in (*INSTALLED, "logfire-clients") if peer != "logfire-clients" or "logfire" in INSTALLED),
    *((peer, OURS) for peer in INSTALLED),
]
# Where OpenLIT is installed the others run beside it; beside each other they run where it is not.
THREES = [three for three in itertools.combinations(INSTALLED, 3) if "openlit" in three or "openlit" not in INSTALLED]
TOGETHER = [(OURS, *INSTALLED), (*INSTALLED[:2], OURS, *INSTALLED[2:]), (*INSTALLED, OURS)]


def truth(some: Sequence[Call]) -> Decimal:
    return sum((calls.COST_USD[call] for call in some), Decimal(0))


def assert_true(observed: Observed, some: Sequence[Call], bare: dict[str, Any]) -> None:
    assert observed.spent_usd == (truth(some), truth(some))
    assert (len(observed.attempts), observed.metric_calls) == (len(some), len(some))
    assert observed.retries == 2 * sum("limited" in call.__name__ for call in some)
    assert observed.said == []
    assert observed.results == {call.__name__: bare[call.__name__] for call in some}


@pytest.mark.parametrize("early_clients", [False, True], ids=["clients made late", "clients made early"])
@pytest.mark.parametrize("order", ALONE_AND_IN_PAIRS, ids="-".join)
def test_every_manner_of_calling_is_counted_once_beside_each_other_instrumentation(
    order: tuple[str, ...], early_clients: bool, server: Standin, bare: dict[str, Any]
) -> None:
    assert_true(in_a_child(beside, order, calls.ALL, server.url, early_clients), calls.ALL, bare)


@pytest.mark.parametrize("order", TOGETHER, ids=["ours first", "ours in the middle", "ours last"])
def test_every_manner_of_calling_is_counted_once_beside_all_of_them(
    order: tuple[str, ...], server: Standin, bare: dict[str, Any]
) -> None:
    observed = in_a_child(beside, order, calls.ALL, server.url)
    assert_true(observed, calls.ALL, bare)
    # The others were there: several spans per call, and on newer SDKs Anthropic's own.
    assert len(observed.foreign) > 2 * len(calls.ALL)


@pytest.mark.parametrize("three", THREES, ids="-".join)
def test_the_order_of_activation_does_not_matter(three: tuple[str, ...], server: Standin, bare: dict[str, Any]) -> None:
    for order in itertools.permutations((OURS, *three)):
        observed = in_a_child(beside, order, calls.FEW, server.url)
        try:
            assert_true(observed, calls.FEW, bare)
        except AssertionError as error:
            raise AssertionError(f"in the order {order}") from error


def native_spans(observed: Observed) -> int:
    return sum(scope == "com.anthropic.sdk.python" for scope, _, _ in observed.foreign)


def beside_the_sdk(server_url: str, setting: str | None) -> Observed:
    """With the tracer provider set globally, as Anthropic's own spans need it."""
    from opentelemetry import trace

    from tests.neighbours.observed import observe

    if setting is not None:
        os.environ["LLMROUTE_ANTHROPIC_SPANS"] = setting
    process = Process()
    trace.set_tracer_provider(process.tracer_provider)
    process.switch_on(OURS)
    return observe(process, lambda: calls.made((calls.message, calls.async_message_stream), server_url))


@pytest.mark.parametrize("setting", [None, "keep", "off"])
def test_the_own_spans_of_the_anthropic_sdk_count_for_nothing_and_can_be_switched_off(
    setting: str | None, server: Standin
) -> None:
    import anthropic

    observed = in_a_child(beside_the_sdk, server.url, setting)
    assert observed.spent_usd == (2 * calls.CLAUDE_USD, 2 * calls.CLAUDE_USD)
    has_own_spans = int(anthropic.__version__.partition(".")[0]) >= 2
    assert native_spans(observed) == (2 if has_own_spans and setting != "off" else 0)
