"""What a router said of one request, checked: the shape that every adapter fills in, whichever router it is for.

Whatever comes from a router may come from a customer or an attacker: a header can hold anything. So a value is taken
only as a name (``name``), a cause (``cause``) or a number, each of a bounded length, and never as free text: that could
quote a prompt.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_llmroute.app.sdks.answer import Answer, text
from otel_llmroute.names import OTHER, AttemptReason, ResponseCacheKind, ResponseCacheResult, RouteDestination

LONGEST_CAUSE: Final = 64
LONGEST_NAME: Final = 256
MOST_NAMES: Final = 64
_MOST_REMEMBERED: Final = 4096
_NAME: Final = re.compile(r"[\w.:/@+~\-]{1,256}\Z", re.ASCII)
_CAUSE: Final = re.compile(r"[\w.:/@+~\-]{1,64}\Z", re.ASCII)


@dataclass
class Signals:
    """What ``router`` said of one request; what it did not say is ``None`` or empty."""

    if not TYPE_CHECKING:
        # Most say a few of these. What they do not say is the class's.
        def __init__(self, router, causes=(), **said):
            self.router, self.causes = router, causes
            self.__dict__.update(said)

    router: str
    causes: tuple[str, ...] = ()
    """Why this destination, in the router's own words, the most telling first; as ``cause`` gives them."""
    text: str | None = None
    """Why, in a sentence that may quote the prompt: only where the configuration asks for it (``router_text``)."""
    route: str | None = None
    """What the router calls this route: its group, its rule set, its alias."""
    rule: str | None = None
    destination: RouteDestination | None = None
    """Where the request was answered; ``None`` is a model."""
    requested_model: str | None = None
    candidates: tuple[str, ...] = ()
    """``provider/model`` of those it could have chosen, or its own names for them."""
    excluded: tuple[str, ...] = ()
    """``provider/model=reason`` of those it ruled out."""
    selected_provider: str | None = None
    selected_model: str | None = None
    served_provider: str | None = None
    served_model: str | None = None
    path: tuple[str, ...] = ()
    """``provider/model`` of each destination that the router tried by itself, in order, the one that answered last.
    More than one is a fallback: never to be guessed from a served model that is not the one asked for.
    """
    failed_for: AttemptReason | None = None
    """Why it went on from the first of ``path``."""
    score: float | None = None
    threshold: float | None = None
    confidence: float | None = None
    cache_result: ResponseCacheResult | None = None
    """What the router's own response cache said; a hit means that no model was called."""
    cache_kind: ResponseCacheKind | None = None
    cache_similarity: float | None = None


class Word(NamedTuple):
    """A router's word on a request that need not be taken before somebody asks. Calls that are alike may share it."""

    route: str | None
    """What the router calls the route: the one thing to be known when the call ends."""
    signals: Callable[[Answer], Iterable[Signals]]
    """All of it, once the answer has been read."""


def name(value: object) -> str | None:
    """``value`` if it is a name (of a model, a provider, a group, a rule): printable, without blanks, at most 256."""
    if type(value) is str:
        return _name(value) if len(value) <= LONGEST_NAME else None
    said = text(value)
    return None if said is None else name(said)


@functools.lru_cache(maxsize=_MOST_REMEMBERED)
def _name(said: str) -> str | None:
    return said if _NAME.match(said) else None


def label(value: object) -> str | None:
    """``value`` as a name, its blanks as ``_``, if it is one that people write (of an agent): at most 64 characters."""
    if not isinstance(value, str) or len(value) > LONGEST_CAUSE:
        return None
    return _label(str.__str__(value))


@functools.lru_cache(maxsize=_MOST_REMEMBERED)
def _label(said: str) -> str | None:
    return name("_".join(said.split()))


def names(values: Any) -> tuple[str, ...]:
    """Those of ``values`` that are names; the first 64 of them."""
    if not isinstance(values, (list, tuple, set, frozenset)):
        return ()
    found = [said for said in map(name, values) if said is not None]
    return tuple(found[:MOST_NAMES])


def cause(value: object) -> str | None:
    """``value`` as a literal of a router, its first 64 characters; ``_OTHER`` for one that is no short name, since it
    could quote anything; ``None`` for nothing.
    """
    if not isinstance(value, str) or not value:
        return None
    said = value[:LONGEST_CAUSE]
    return said if _CAUSE.match(said) else OTHER


def causes(*values: object) -> tuple[str, ...]:
    """Those of ``values`` that say something, as ``cause`` gives them."""
    found: tuple[str, ...] = ()
    for value in values:
        said = cause(value)
        if said is not None:
            found += (said,)
    return found


def number(value: object) -> float | None:
    """``value`` as a finite number, if it is one or a text that says one."""
    if type(value) is float:
        found = value
    elif isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    else:
        try:
            found = float(value[:32] if isinstance(value, str) else value)
        except (OverflowError, ValueError):
            return None
    return found if abs(found) <= 1e15 else None  # neither infinite nor no number


def joined(provider: str, model: str) -> str:
    """``provider/model``. A name that begins with its provider's, as OpenRouter's do, does not get it twice."""
    return model if model.startswith(f"{provider}/") else f"{provider}/{model}"


def destination_of(provider: object, model: object) -> str | None:
    """``provider/model`` of what names there are."""
    return _destination(name(provider), name(model))


@functools.lru_cache(maxsize=_MOST_REMEMBERED)
def _destination(provider: str | None, model: str | None) -> str | None:
    return joined(provider, model) if provider and model else provider or model
