"""LangGraph: conditional edges that ``llmroute.toml`` names (``edge = "triage:*"``). Others are left alone: most edges
are control flow, and no decision about a model.

An edge decides at the end of a node; the node it leads to runs in the next step of the same run of the graph, and what
it calls there are the attempts of the route. A node that returns ``Command(goto=...)`` passes its edges by. A deferred
node runs in a later step, to which another edge may have led it as well: it is not taken for the one decided about.
https://github.com/langchain-ai/langgraph/blob/1.2.24/libs/langgraph/langgraph/graph/_branch.py
https://github.com/langchain-ai/langgraph/blob/1.2.24/libs/langgraph/langgraph/pregel/_retry.py
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_llmroute import names
from otel_llmroute.app import attribution, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import leave, scope_of
from otel_llmroute.app.route import Begun, begun_with, route
from otel_llmroute.app.routers.routed import Routed, opened_as
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.signals import LONGEST_NAME, Signals, causes, name
from otel_llmroute.app.routers.signals import names as names_of

if TYPE_CHECKING:
    from types import ModuleType

    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.rules import Rules
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call

ROUTER: Final = "langgraph"
_MOST_REMEMBERED: Final = 1024
_NOWHERE: Final = frozenset({"__end__"})


_Place = tuple[object, int, str]
"""A run of a graph, a step of it, and a node in that. Steps are counted by the graph."""
_RUNNING: Final[ContextVar[_Place | None]] = ContextVar("llmroute-langgraph-node", default=None)
"""The node that runs here."""


class _Decided(NamedTuple):
    """What an edge said of the node that it leads to."""

    begun: Begun
    """What a route begins with that is opened for it."""
    signals: Signals


class _Decisions:
    """Decisions whose nodes have not run yet. A bounded number: a run may be broken off between the two."""

    def __init__(self) -> None:
        self._made: OrderedDict[_Place, _Decided] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, place: _Place, decided: _Decided) -> None:
        """Remember what was decided about ``place``."""
        with self._lock:
            self._made[place] = decided
            while len(self._made) > _MOST_REMEMBERED:
                self._made.popitem(last=False)

    def get(self, place: _Place) -> _Decided | None:
        """What was decided about ``place``; asked again for each task of a node that is sent several."""
        return self._made.get(place)


_DECISIONS: Final = _Decisions()


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``graph._branch`` or ``pregel._runner``."""
    _HOOKS[module.__name__](module, hooks)


def _hook_edges(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module.BranchSpec, "_finish", _finished)


def _hook_nodes(module: Any, hooks: Hooks) -> None:
    for function in ("run_with_retry", "arun_with_retry"):
        hooks.wrap(module, function, routing(_node))


_HOOKS: Final = {"langgraph.graph._branch": _hook_edges, "langgraph.pregel._runner": _hook_nodes}


# --- a node runs ---


def _node(task: Any, *args: Any, **kwargs: Any) -> AbstractContextManager[object] | None:
    """``run_with_retry(task, ...)``: a node, with the retries of its policy."""
    active = telemetry.active()
    if active is None or not active.rules.has_edges:
        return None
    place = _place_of(task)
    if place is None:
        return None
    decided = _DECISIONS.get(place)
    return _Node(place) if decided is None else _DecidedNode(place, decided)


def _place_of(task: Any) -> _Place | None:
    config = task.config
    run = getattr(config.get("callbacks"), "parent_run_id", None)
    step = config["metadata"].get("langgraph_step")
    return (run, step, task.name) if run is not None and isinstance(step, int) else None


class _Node:
    """A node runs that no edge we are told of has led to; one may leave it."""

    __slots__ = ("_place", "_running")

    def __init__(self, place: _Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        self._running = _RUNNING.set(self._place)

    def __exit__(self, *error: object) -> None:
        leave(self._running)


class _DecidedNode(Routed):
    """A node runs that an edge has led to."""

    _running: Token[_Place | None] | None = None

    def __init__(self, place: _Place, decided: _Decided) -> None:
        super().__init__(decided.signals)
        self._place = place
        self._decided = decided

    def _open(self, active: Telemetry, context: Context) -> Context:
        self._running = _RUNNING.set(self._place)
        if scope_of(context).route is None:
            self._own, context = opened_as(route, active, context, self._decided.begun)
        return super()._open(active, context)

    def _close(self, error: BaseException | None) -> None:
        leave(self._running)
        super()._close(error)

    def _anew(self) -> _DecidedNode:
        return _DecidedNode(self._place, self._decided)


# --- an edge decides ---


def _finished(call: Call) -> Call:
    """``BranchSpec._finish(self, writer, input, result, config)``: ``result`` is what the path function has said."""

    def _finish(branch: Any, writer: Any, input: Any, result: Any, config: Any, *args: Any, **kwargs: Any) -> Any:
        finished = call(branch, writer, input, result, config, *args, **kwargs)
        try:
            _remember(branch, result)
        except Exception as error:
            complain("Could not see an edge of LangGraph", error)
        return finished

    return _finish


def _remember(branch: Any, result: Any) -> None:
    active = telemetry.active()
    running = _RUNNING.get()
    if active is None or running is None:
        return
    run, step, leaving = running
    ends = branch.ends if type(branch.ends) is dict or isinstance(branch.ends, Mapping) else {}
    for node in _nodes(ends, result if isinstance(result, (list, tuple)) else [result]):
        edge, known_ends = f"{leaving}:{node}", tuple(ends.values())
        # A path function may have said anything; names are short.
        decide = _decided if len(edge) <= LONGEST_NAME else _decided.__wrapped__
        decided = decide(active.rules, edge, known_ends)
        if decided is not None:
            _DECISIONS.add((run, step + 1, node), decided)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _decided(rules: Rules, edge: str, ends: tuple[Any, ...]) -> _Decided | None:
    """What there is to say where ``edge`` is taken, which could have led to one of ``ends``."""
    rule = rules.first_of_edge(edge)
    if rule is None:
        return None
    facts: Facts = {names.ROUTE_DESTINATION: "model", names.ROUTE_REASON: "explicit"}
    attribution.add_rule(facts, rule)
    signals = Signals(ROUTER, causes("edge"), rule=name(edge), candidates=names_of(ends))
    return _Decided(begun_with(facts, ROUTER), signals)


def _nodes(ends: Mapping[Any, Any], results: Iterable[Any]) -> Iterable[str]:
    """The nodes that ``results`` lead to, sent to or named."""
    for result in results:
        sent = getattr(result, "node", None)
        node = sent if sent is not None else ends.get(result, result)
        if isinstance(node, str) and node not in _NOWHERE:
            yield node
