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
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import context as otel_context

from otel_llmroute import names
from otel_llmroute.app import attribution, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.route import route
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.signals import Signals, causes, name
from otel_llmroute.app.routers.signals import names as names_of
from otel_llmroute.app.scoped import Scoped

if TYPE_CHECKING:
    from types import ModuleType

    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call
    from otel_llmroute.config import RouteRule

ROUTER: Final = "langgraph"
_MOST_REMEMBERED: Final = 1024
_RUNNING: Final = otel_context.create_key("llmroute-langgraph-node")
_NOWHERE: Final = frozenset({"__end__"})


class _Place(NamedTuple):
    """A node, in a step of a run of a graph. Steps are counted by the graph."""

    run: object
    step: int
    node: str


class _Decided(NamedTuple):
    """What an edge said of the node that it leads to."""

    rule: RouteRule
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


def _node(task: Any, *args: Any, **kwargs: Any) -> Scoped | None:
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
    return _Place(run, step, task.name) if run is not None and isinstance(step, int) else None


class _Node(Scoped):
    """A node runs that no edge we are told of has led to; one may leave it."""

    def __init__(self, place: _Place) -> None:
        super().__init__()
        self._place = place

    def _open(self, active: Telemetry, context: Context) -> Context:
        return otel_context.set_value(_RUNNING, self._place, context)

    def _anew(self) -> _Node:
        return _Node(self._place)


class _DecidedNode(Routed):
    """A node runs that an edge has led to."""

    def __init__(self, place: _Place, decided: _Decided) -> None:
        super().__init__(decided.signals)
        self._place = place
        self._rule = decided.rule

    def _open(self, active: Telemetry, context: Context) -> Context:
        if scope_of(context).route is None:
            facts: Facts = {names.ROUTE_DESTINATION: "model", names.ROUTE_REASON: "explicit"}
            attribution.add_rule(facts, self._rule)
            self._own = route(self._rule.name, router=ROUTER, source="config")
            context = self._own._open(active, context, facts)
        return otel_context.set_value(_RUNNING, self._place, super()._open(active, context))


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
    running = otel_context.get_value(_RUNNING)
    if active is None or not isinstance(running, _Place):
        return
    ends = branch.ends if isinstance(branch.ends, Mapping) else {}
    for node in _nodes(ends, result if isinstance(result, (list, tuple)) else [result]):
        edge = f"{running.node}:{node}"
        rule = active.rules.first_of_edge(edge)
        if rule is not None:
            signals = Signals(ROUTER, causes("edge"), rule=name(edge), candidates=names_of(list(ends.values())))
            _DECISIONS.add(_Place(running.run, running.step + 1, node), _Decided(rule, signals))


def _nodes(ends: Mapping[Any, Any], results: Iterable[Any]) -> Iterable[str]:
    """The nodes that ``results`` lead to, sent to or named."""
    for result in results:
        sent = getattr(result, "node", None)
        node = sent if sent is not None else ends.get(result, result)
        if isinstance(node, str) and node not in _NOWHERE:
            yield node
