"""Which of several signals is believed. The one place.

1. What the application itself said (``route.decide``) is never changed.
2. An answer from a response cache, then a limit of money: whatever else a router says, that decided.
3. A router's own cause for this request, then its strategy for all of them.
4. A name that only stands for another (``alias``), then a model that the caller named (``explicit``).
5. ``unknown``: somebody chose, and nobody said why.

Of those that say equally much the first to speak wins: the router nearest to the application. A fallback is no reason
here: it is why an attempt was made, not why the destination was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from otel_llmroute import names
from otel_llmroute.app.given import present
from otel_llmroute.app.routers.reasons import Reason, reason_of
from otel_llmroute.app.spans import Words

if TYPE_CHECKING:
    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.routers.signals import Signals

_FIRST: Final = {"cache_hit": 0, "budget": 1}
_LAST: Final = {"alias": 4, "explicit": 5, "unknown": 6}
_CAUSE, _STRATEGY = 2, 3
_NOTHING: Final = 7
_MOST_REMEMBERED: Final = 4096
_SHARED: Final = "_shared"

_ONCE: Final = (
    ("requested_model", names.ROUTE_REQUESTED_MODEL),
    ("candidates", names.ROUTE_CANDIDATES),
    ("excluded", names.ROUTE_EXCLUDED),
    ("selected_model", names.ROUTE_SELECTED_MODEL),
    ("selected_provider", names.ROUTE_SELECTED_PROVIDER),
    ("score", names.ROUTE_SCORE),
    ("threshold", names.ROUTE_THRESHOLD),
    ("confidence", names.ROUTE_CONFIDENCE),
    ("cache_result", names.RESPONSE_CACHE_RESULT),
    ("cache_kind", names.RESPONSE_CACHE_KIND),
    ("cache_similarity", names.RESPONSE_CACHE_SIMILARITY),
)
"""Field of ``Signals`` -> attribute of a route; the first router that says it is believed."""
_LATEST: Final = (
    ("served_model", names.ROUTE_SERVED_MODEL),
    ("served_provider", names.ROUTE_SERVED_PROVIDER),
)
"""The same, but the last is: the router nearest to the model knows who answered."""


def _rank(reason: Reason) -> int:
    by_reason = _FIRST.get(reason.reason, _LAST.get(reason.reason))
    return by_reason if by_reason is not None else _STRATEGY if reason.is_strategy else _CAUSE


@lru_cache(maxsize=_MOST_REMEMBERED)
def _most_telling(router: str, causes: tuple[str, ...]) -> tuple[int, names.RouteReason, str]:
    """Of what one router said, the rank of what is believed, the reason and the literal; of nothing a rank that none is
    below."""
    each = [(_rank(reason), reason.reason, literal) for literal in causes for reason in (reason_of(router, literal),)]
    return min(each, key=itemgetter(0), default=(_NOTHING, "unknown", ""))


def shared_facts(signals: Iterable[Signals]) -> Facts:
    """What the route has in common with its attempts and charges: why, by whom, where to."""
    facts: Facts = {}
    best = _NOTHING
    for said in signals:
        rank, reason, literal = _most_telling(said.router, said.causes)
        if rank < best:
            best = rank
            facts[names.ROUTE_REASON] = reason
            facts[names.ROUTE_REASON_DETAIL] = said.text or literal
            facts[names.ROUTE_ROUTER] = said.router
        facts.setdefault(names.ROUTE_ROUTER, said.router)
        if said.rule is not None:
            facts.setdefault(names.ROUTE_RULE, said.rule)
        if said.cache_result == "hit":
            facts[names.ROUTE_DESTINATION] = "cache"
        elif said.destination is not None:
            facts.setdefault(names.ROUTE_DESTINATION, said.destination)
    return facts


def facts_of(said: Signals) -> Facts:
    """``shared_facts`` of one alone; worked out once, since requests that are alike share it. To be copied, never
    changed."""
    own = said.__dict__
    found: Facts | None = own.get(_SHARED)
    if found is None:
        found = own[_SHARED] = shared_facts((said,))
    return found


def own_facts(signals: Iterable[Signals]) -> Facts:
    """What only the route itself carries."""
    facts: Facts = {}
    for said in signals:
        for field, attribute in _ONCE:
            value = getattr(said, field)
            if value is not None and value != ():
                facts.setdefault(attribute, Words(value) if isinstance(value, tuple) else value)
        facts.update(present(*((attribute, getattr(said, field)) for field, attribute in _LATEST)))
        if len(said.path) > 1:
            facts[names.ROUTE_FALLBACK_USED] = True
            facts[names.ROUTE_FALLBACK_PATH] = Words(said.path)
    return facts
