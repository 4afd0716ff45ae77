"""LlamaIndex: selectors, which say which of several choices a query goes to.

A selector that asks a model or an embedding does that on the way to a decision. What the choice calls then, mostly
within the same ``RouterQueryEngine`` or ``RouterRetriever``, is what was decided about.
https://github.com/run-llama/llama_index/blob/v0.14.25/llama-index-core/llama_index/core/base/base_selector.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app import telemetry
from otel_llmroute.app.routers.selecting import selecting
from otel_llmroute.app.routers.signals import Signals, causes, label, name, names

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks

ROUTER: Final = "llama_index"
LONGEST_TEXT: Final = 256


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``base.base_selector``."""
    selector = vars(module)["BaseSelector"]
    for method in ("select", "aselect"):
        hooks.wrap(selector, method, selecting(ROUTER, _heard))


def _heard(result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals | None:
    """``select(self, choices, query)`` gave a ``MultiSelection`` of ``choices``, each with an index and a sentence."""
    choices = kwargs["choices"] if "choices" in kwargs else args[1]
    called = [called_of(choices, index) for index in range(min(len(choices), 64))]
    made = list(result.selections)
    if not made:
        return None
    return Signals(
        ROUTER,
        causes("selector"),
        rule=name("+".join(filter(None, (called_of(choices, selection.index) for selection in made)))),
        candidates=names(called),
        text=_text(made),
    )


def called_of(choices: Sequence[Any], index: Any) -> str | None:
    """What a choice is called: its tool's name, or ``choice:2``, counted from 1. Its description is not asked for.

    ``None`` for an index of nothing: a model may select a choice that is not there.
    """
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(choices):
        return None
    return label(getattr(choices[index], "name", None)) or f"choice:{index + 1}"


def _text(selections: Sequence[Any]) -> str | None:
    active = telemetry.active()
    if active is None or not active.config.router_text:
        return None
    reasons = [selection.reason for selection in selections]
    return "; ".join(reason for reason in reasons if isinstance(reason, str))[:LONGEST_TEXT] or None
