"""The shape of a gateway's row, and the readers that rows share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_llmroute.app.routers.signals import Signals, destination_of, name, number

if TYPE_CHECKING:
    from otel_llmroute.app.openings import Target
    from otel_llmroute.app.sdks.answer import Answer
    from otel_llmroute.names import AttemptReason, ResponseCacheResult


@dataclass(slots=True)
class Heard:
    """What is known of one call when it has ended."""

    target: Target
    requested_model: str | None
    headers: Mapping[str, str]
    """Those that a row names, in small letters."""
    answer: Answer
    is_accepted: bool
    """Whether an answer came, perhaps not to its end."""
    is_stream: bool
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The request's body: only which models and which order of providers were asked for is looked up."""

    @property
    def provider(self) -> str:
        """``gen_ai.provider.name`` of who was called."""
        return self.target.provider

    @property
    def body(self) -> Mapping[str, Any]:
        """The fields of the answer that a row names."""
        return self.answer.routing or {}


class Said(NamedTuple):
    """A header or field that says one thing: its name, the field of ``Signals`` it goes to, and its reader."""

    key: str
    field: str
    read: Callable[[object], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Gateway:
    """A gateway: how it is known, and where it says what."""

    router: str
    """``llmroute.route.router``."""
    marks: tuple[str, ...] = ()
    """Headers that only it sends, in small letters; any of them gives it away."""
    hosts: tuple[str, ...] = ()
    """Hosts that are its own."""
    field: str | None = None
    """A field of the answer that only it sends."""
    rows: tuple[Said, ...] = ()
    """Its headers that each say one thing."""
    also: tuple[str, ...] = ()
    """More headers that ``more`` looks at."""
    more: Callable[[Signals, Heard], None] | None = None
    """Reads what takes more than one header, or the body."""
    named: Callable[[Heard], object] | None = None
    """What it calls the route, not yet checked."""
    charged: Callable[[Heard], object] | None = None
    """What it says that the call cost in USD, a number or a decimal text, not yet checked; ``None`` for nothing."""

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers that may be taken."""
        return (*(row.key for row in self.rows), *self.also)

    def answered(self, heard: Heard) -> bool:
        """Whether the answer came through this gateway."""
        if heard.target.address in self.hosts:
            return True
        if self.field is not None and self.field in heard.body:
            return True
        return any(mark in heard.headers for mark in self.marks)

    def read(self, signals: Signals, heard: Heard) -> None:
        """Fill in what it said."""
        for key, target, read in self.rows:
            value = read(heard.headers.get(key))
            if value is not None:
                setattr(signals, target, value)
        signals.route = self.route_of(heard)
        if self.more is not None:
            self.more(signals, heard)

    def route_of(self, heard: Heard) -> str | None:
        """What it calls the route of the call."""
        return name(self.named(heard)) if self.named is not None else None


_HITS: Final = frozenset({"hit", "semantic hit", "semantic_hit"})
_OTHERS: Final[dict[str, ResponseCacheResult]] = {
    "miss": "miss",
    "semantic miss": "miss",
    "semantic_miss": "miss",
    "stale": "stale",
    "expired": "stale",
    "refresh": "bypass",
    "bypass": "bypass",
    "dynamic": "bypass",
}


def read_cache(signals: Signals, status: object) -> None:
    """What a gateway's response cache said, by the words that caches use; any other word says nothing."""
    said = status.strip().lower() if isinstance(status, str) else ""
    if said in _HITS:
        hit(signals, said.replace(" ", "_"))
        signals.cache_kind = "semantic" if said.startswith("semantic") else signals.cache_kind
    else:
        signals.cache_result = _OTHERS.get(said)


def hit(signals: Signals, literal: str) -> None:
    """The answer came out of a cache: no model was called."""
    signals.cache_result, signals.cache_kind = "hit", signals.cache_kind or "exact"
    signals.causes = (literal, *signals.causes)


def not_billed(answer: Answer) -> None:
    """No model was called for this answer: what usage it repeats was paid for by another call, or by none."""
    answer.usage, answer.beside, answer.cost = None, (), 0


def is_above_zero(value: object) -> bool:
    """Whether ``value``, a count as a text, is one above 0."""
    found = number(value)
    return found is not None and found > 0


def fell_back(signals: Signals, *tried: tuple[object, object], reason: AttemptReason = "fallback_error") -> None:
    """The gateway went on from the first of ``tried``, each ``(provider, model)``, to the last, which answered."""
    signals.path = tuple(destination_of(provider, model) or "unknown" for provider, model in tried)
    signals.failed_for = reason
