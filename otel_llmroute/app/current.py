"""What is in force where a call is made: the job, the route and the facts, carried by the OpenTelemetry Context (never
by baggage); and while an SDK call runs, its attempt.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Final, Protocol

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext
from opentelemetry.trace.propagation import _SPAN_KEY

from otel_llmroute import names
from otel_llmroute.app.complaints import complain

if TYPE_CHECKING:
    from otel_llmroute.app.awaited import Expected
    from otel_llmroute.app.lifecycle import Attempt
    from otel_llmroute.app.records import Asker, Facts, RouteState

_SCOPE: Final = otel_context.create_key("llmroute-scope")

RUNNING: Final[ContextVar[Attempt | None]] = ContextVar("llmroute-attempt", default=None)
"""The attempt whose SDK call is running here. No application asks for it, so it needs no place in the OpenTelemetry
Context, which is copied whole for each thing that is put in.
"""
AWAITED: Final[ContextVar[Attempt | Expected | None]] = ContextVar("llmroute-awaited", default=None)
"""The attempt that a router inside the process has begun last, for an SDK call that it makes here; see ``awaited``."""


class Scope:
    """What holds for a call made here. Immutable: entering a ``bind``, ``job`` or ``route`` makes another one."""

    __slots__ = ("anchor", "asker", "facts", "late", "purpose", "route")

    def __init__(
        self,
        facts: Facts,
        route: RouteState | None = None,
        purpose: str | None = None,
        anchor: trace.Span | None = None,
        late: Late | None = None,
        asker: Asker | None = None,
    ) -> None:
        self.facts = facts
        self.route = route
        self.purpose = purpose
        self.anchor = anchor
        """The innermost record of ours that was kept though the sampler dropped its trace; see ``parent_context``."""
        self.late = late
        self.asker = asker
        """The innermost router that is at work here on a request of ``route``."""

    @property
    def is_beside(self) -> bool:
        """Whether a call made here is made to decide about the request of ``route``, of which it then says nothing."""
        return self.purpose == "routing" and self.route is not None and not self.route.is_routing

    def add_to(self, facts: Facts) -> None:
        """Add what holds here: what the route says, then what was said inside it."""
        if self.route is not None:
            facts.update(self.route.facts)
            if names.EXPERIMENT_NAME in self.facts:
                facts.pop(names.EXPERIMENT_VARIANT, None)  # of another experiment
        facts.update(self.facts)

    def inner(self, facts: Facts, route: RouteState | None, purpose: str | None) -> Scope:
        """One inside this: of the same record until it has its own, of the same router until its route is another."""
        return Scope(facts, route, purpose, self.anchor, self.late, self.asker if route is self.route else None)

    def asked_by(self, asker: Asker) -> Scope:
        """The same where a router is at work."""
        return Scope(self.facts, self.route, self.purpose, self.anchor, self.late, asker)


class Late(Protocol):
    """Begins the record around what is done in a scope, once anything is."""

    def __call__(self, context: Context) -> tuple[Context, trace.Span | None]:
        """The context for what is done in ``context`` to hang on, and the record, if it was kept though the sampler
        dropped its trace. Never raises."""


NOWHERE: Final = Scope({})


def scope_of(context: Context) -> Scope:
    """The scope that ``context`` carries; the empty one if none."""
    scope: Scope = context.get(_SCOPE, NOWHERE)  # type: ignore[assignment]
    return scope


def with_scope(context: Context, scope: Scope, span: trace.Span | None = None) -> Context:
    """``context`` with another scope, and another current span where there is one."""
    # As ``opentelemetry.context.set_value`` does it, copied once for both.
    return Context({**context, _SCOPE: scope} if span is None else {**context, _SCOPE: scope, _SPAN_KEY: span})


def with_scope_and(context: Context, scope: Scope, key: str, value: object) -> Context:
    """``context`` with another scope, and ``value`` under ``key``."""
    return Context({**context, _SCOPE: scope, key: value})


class Beginning(Context):
    """The context that an attempt's span is started in: the one around it, and what the span begins with.

    The SDK hands it to the sampler and to span processors, so ours know whose span it is and file its attributes.
    """

    attributes: Facts


def parent_context(context: Context, scope: Scope, attributes: Facts) -> Context:
    """The context to start one of our spans in, with ``attributes``.

    Where the sampler dropped the trace but our records are kept, ours hang on each other: the spans between them
    are never exported. They are not made current, so that no other instrumentation's span is sampled because of us.
    """
    anchor = scope.anchor
    if scope.late is not None:
        context, begun = scope.late(context)
        anchor = begun or anchor
    if anchor is None:
        return context
    attributes[names.SAMPLING_KEPT] = True  # the sampler sees a parent that was kept, and has nothing to raise
    return trace.set_span_in_context(anchor, context)


_OF_THE_API: Final = getattr(otel_context, "_RUNTIME_CONTEXT", None)
_variable: Final[Any] = (
    getattr(_OF_THE_API, "_current_context", None) if type(_OF_THE_API) is ContextVarsRuntimeContext else None
)
"""Where the API keeps its contexts, if in its own way: each of its functions is two calls on the way there."""


def current() -> Context:
    """The context in force, as ``opentelemetry.context.get_current`` gives it."""
    if _variable is not None and otel_context._RUNTIME_CONTEXT is _OF_THE_API:
        return _variable.get()  # type: ignore[no-any-return]
    return otel_context.get_current()


def enter(context: Context) -> Token[Context] | None:
    """Make ``context`` current. ``leave`` takes what this returns."""
    if _variable is not None and otel_context._RUNTIME_CONTEXT is _OF_THE_API:
        return _variable.set(context)  # type: ignore[no-any-return]
    return otel_context.attach(context)


def leave(*tokens: Token[Any] | None) -> bool:
    """Undo ``enter``, or a ``set`` of another context variable, innermost first; whether all of it was done here.
    Never raises and never logs.

    ``opentelemetry.context.detach`` logs an error when the token belongs to another ``contextvars`` context, which
    is where a generator or coroutine is closed that was left half way.
    """
    is_from_here = True
    for token in tokens:
        if token is None:
            continue
        try:
            token.var.reset(token)
        except (ValueError, RuntimeError):
            is_from_here = False
        except Exception as error:
            is_from_here = False
            complain("Could not leave a context", error)
    return is_from_here
