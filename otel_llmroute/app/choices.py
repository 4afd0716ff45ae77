"""What an application's own router returned, read as a decision: a model's name, or anything that says more.

A router may be a model itself, whose reasons are sentences about the prompt. So what is read is taken as routers' words
are (``routers.signals``): names, causes and numbers, and never as free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from otel_llmroute import names
from otel_llmroute.app import decisions
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.decisions import Decision
from otel_llmroute.app.given import Remembered, plain, present
from otel_llmroute.app.records import Facts
from otel_llmroute.app.routers import signals

Said = dict[str, Any]
_NUMBERS: Final = (
    ("score", names.ROUTE_SCORE),
    ("threshold", names.ROUTE_THRESHOLD),
    ("confidence", names.ROUTE_CONFIDENCE),
)
"""Field of a decision object -> attribute of the route."""
_WORDS: Final = ("destination", "model", "provider", "reason", "detail", "rule", "experiment", "variant")
"""Fields that are names and causes."""
_FIELDS: Final = (*_WORDS, *(field for field, _ in _NUMBERS), "candidates", "excluded", "avoided_cost", "currency")
"""All fields of a decision object that are looked at."""
_PLAIN: Final = frozenset({str, int, float, bool, type(None), list, tuple, dict, Decimal})
"""Types of values that are no member of an enum."""


def decision_of(chosen: object, reason: str, rule: str | None) -> Decision:
    """What ``chosen`` says, ``reason`` and ``rule`` where it does not say them.

    A text is a destination: ``provider/model``, a model, or one of ``cache retrieval batch rule human none``. Anything
    else has some of these as keys or attributes: ``destination`` or ``model``, ``provider``, ``reason``, ``detail``,
    ``rule``, ``score``, ``threshold``, ``confidence``, ``candidates``, ``excluded``, ``experiment``, ``variant``,
    ``avoided_cost`` with ``currency``.
    """
    said = _said(chosen)
    words = (*map(said.get, _WORDS), reason, rule)
    shared, own = _worded.of(words)
    own = own.copy()
    for key, attribute in _NUMBERS:
        if key in said:
            value = signals.number(said[key])
            if value is not None:
                own[attribute] = value
    candidates, excluded = said.get("candidates"), said.get("excluded")
    if candidates is not None or excluded is not None:
        own.update(present((names.ROUTE_CANDIDATES, _names(candidates)), (names.ROUTE_EXCLUDED, _ruled_out(excluded))))
    if said.get("avoided_cost") is not None:
        own.update(decisions.avoided(said["avoided_cost"], _name(said, "currency") or "USD"))
    return Decision(shared, own)


@Remembered
def _worded(*words: Any) -> tuple[Facts, Facts]:
    """What the names and causes of a decision come to, shared and of the route alone.

    ``words``: the values of ``_WORDS``, then reason and rule where it says none.
    """
    reason, rule = words[-2:]
    said = dict(zip(_WORDS, words, strict=False))
    kind, provider, model = _selected(said)
    shared: Facts = {
        names.ROUTE_ROUTER: "app",
        **decisions.reasons(_cause(said, "reason") or reason, _cause(said, "detail")),
        **present((names.ROUTE_RULE, _name(said, "rule") or rule), (names.ROUTE_DESTINATION, kind)),
        **decisions.experiments(_name(said, "experiment"), _name(said, "variant")),
    }
    return shared, present((names.ROUTE_SELECTED_PROVIDER, provider), (names.ROUTE_SELECTED_MODEL, model))


def input_of(value: object) -> bool | int | float | str | None:
    """An argument of a router, if it is a short value: a number, a truth or a name; ``_OTHER`` for any other text."""
    if type(value) is str:
        return signals.cause(value)
    value = plain(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else None
    return signals.number(value) if isinstance(value, float) else signals.cause(value)


def _selected(said: Said) -> tuple[str, str, str]:
    """Destination, provider and model."""
    destination = _name(said, "destination")
    model, provider = _name(said, "model"), _name(said, "provider")
    kind, by_destination, model_there = decisions.selected(destination or model)
    if provider and not destination:
        return kind, provider, model or ""
    if not model_there and model and destination:  # "batch", and which model answers there
        _, by_destination, model_there = decisions.selected(model)
    return kind, provider or by_destination, model_there


def _said(chosen: object) -> Said:
    """The fields of what a router returned, to be read and not changed; a text is the destination."""
    if type(chosen) is dict:
        return chosen if _PLAIN.issuperset(map(type, chosen.values())) else _all_plain(chosen)
    if isinstance(chosen, (str, Enum)):
        return {"destination": plain(chosen)}
    return {key: _field(chosen, key) for key in _FIELDS}


def _all_plain(chosen: Said) -> Said:
    return {key: plain(chosen[key]) for key in _FIELDS if key in chosen}


def _field(chosen: object, key: str) -> Any:
    """Key or attribute ``key`` of an object in which anything may go wrong; ``None`` if there is none."""
    try:
        return plain(chosen.get(key) if isinstance(chosen, Mapping) else getattr(chosen, key, None))
    except Exception as error:
        complain("Could not read a decision", error)
        return None


def _name(said: Said, key: str) -> str | None:
    return signals.name(said.get(key))


def _cause(said: Said, key: str) -> str | None:
    return signals.cause(said.get(key))


def _names(found: object) -> list[str]:
    return list(signals.names([found] if isinstance(found, str) else found))


def _ruled_out(values: object) -> list[str]:
    """``provider/model=reason`` of each, from texts like that or from a mapping."""
    if isinstance(values, Mapping):
        pairs = list(values.items())
    elif isinstance(values, (list, tuple)):
        pairs = [text.partition("=")[::2] for text in values if isinstance(text, str)]
    else:
        return []
    said = ((signals.name(model), signals.cause(why)) for model, why in pairs[: signals.MOST_NAMES])
    return [f"{model}={why or 'unknown'}" for model, why in said if model]
