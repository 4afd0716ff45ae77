"""What an application's own router returned, read as a decision: a model's name, or anything that says more.

A router may be a model itself, whose reasons are sentences about the prompt. So what is read is taken as routers' words
are (``routers.signals``): names, causes and numbers, and never as free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from otel_llmroute import names
from otel_llmroute.app import decisions
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.decisions import Decision
from otel_llmroute.app.given import present
from otel_llmroute.app.records import Facts
from otel_llmroute.app.routers import signals

Said = dict[str, Any]
_NUMBERS: Final = (
    ("score", names.ROUTE_SCORE),
    ("threshold", names.ROUTE_THRESHOLD),
    ("confidence", names.ROUTE_CONFIDENCE),
)
"""Field of a decision object -> attribute of the route."""
_FIELDS: Final = (
    *("destination", "model", "provider", "reason", "detail", "rule", "score", "threshold", "confidence"),
    *("candidates", "excluded", "experiment", "variant", "avoided_cost", "currency"),
)
"""All fields of a decision object that are looked at."""


def decision_of(chosen: object, reason: str, rule: str | None) -> Decision:
    """What ``chosen`` says, ``reason`` and ``rule`` where it does not say them.

    A text is a destination: ``provider/model``, a model, or one of ``cache retrieval batch rule human none``. Anything
    else has some of these as keys or attributes: ``destination`` or ``model``, ``provider``, ``reason``, ``detail``,
    ``rule``, ``score``, ``threshold``, ``confidence``, ``candidates``, ``excluded``, ``experiment``, ``variant``,
    ``avoided_cost`` with ``currency``.
    """
    said = _said(chosen)
    kind, provider, model = _selected(chosen, said)
    shared: Facts = {
        names.ROUTE_ROUTER: "app",
        **decisions.reasons(_cause(said, "reason") or reason, _cause(said, "detail")),
        **present((names.ROUTE_RULE, _name(said, "rule") or rule), (names.ROUTE_DESTINATION, kind)),
        **decisions.experiments(_name(said, "experiment"), _name(said, "variant")),
    }
    own: Facts = present(
        (names.ROUTE_SELECTED_PROVIDER, provider),
        (names.ROUTE_SELECTED_MODEL, model),
        *((attribute, signals.number(said.get(key))) for key, attribute in _NUMBERS),
        (names.ROUTE_CANDIDATES, _names(said, "candidates")),
        (names.ROUTE_EXCLUDED, _ruled_out(said.get("excluded"))),
    )
    own.update(decisions.avoided(said.get("avoided_cost"), _name(said, "currency") or "USD"))
    return Decision(shared, own)


def input_of(value: object) -> bool | int | float | str | None:
    """An argument of a router, if it is a short value: a number, a truth or a name; ``_OTHER`` for any other text."""
    value = _plain(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else None
    return signals.number(value) if isinstance(value, float) else signals.cause(value)


def _selected(chosen: object, said: Said) -> tuple[str, str, str]:
    """Destination, provider and model."""
    destination = signals.name(_plain(chosen)) or _name(said, "destination")
    model, provider = _name(said, "model"), _name(said, "provider")
    kind, by_destination, model_there = decisions.selected(destination or model)
    if provider and not destination:
        return kind, provider, model or ""
    if not model_there and model and destination:  # "batch", and which model answers there
        _, by_destination, model_there = decisions.selected(model)
    return kind, provider or by_destination, model_there


def _said(chosen: object) -> Said:
    """The fields of what a router returned; a text has none."""
    if isinstance(chosen, (str, Enum)):
        return {}
    if type(chosen) is dict:
        return {key: _plain(chosen[key]) for key in _FIELDS if key in chosen}
    return {key: _field(chosen, key) for key in _FIELDS}


def _field(chosen: object, key: str) -> Any:
    """Key or attribute ``key`` of an object in which anything may go wrong; ``None`` if there is none."""
    try:
        return _plain(chosen.get(key) if isinstance(chosen, Mapping) else getattr(chosen, key, None))
    except Exception as error:
        complain("Could not read a decision", error)
        return None


def _plain(value: object) -> object:
    """The value of an enum's member; anything else as it is."""
    return value.value if isinstance(value, Enum) else value


def _name(said: Said, key: str) -> str | None:
    return signals.name(said.get(key))


def _cause(said: Said, key: str) -> str | None:
    return signals.cause(said.get(key))


def _names(said: Said, key: str) -> list[str]:
    found = said.get(key)
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
