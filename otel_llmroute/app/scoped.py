"""What holds inside a ``with`` block or a decorated function, and may be a record: the shape that ``bind``, ``job``,
``route`` and ``decision`` share.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextvars import Token
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opentelemetry.trace import SpanKind, Status, StatusCode

from otel_llmroute import names
from otel_llmroute.app import failures, live_spans, spans, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Scope, current, enter, leave, parent_context, with_scope
from otel_llmroute.app.decorating import decorated
from otel_llmroute.app.records import Facts
from otel_llmroute.app.sampler import was_kept

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span
    from typing_extensions import Self

    from otel_llmroute.app.telemetry import Telemetry

_Function = TypeVar("_Function", bound=Callable[..., Any])
_ERROR: Final = Status(StatusCode.ERROR)


class Scoped(ABC):
    """Something that holds inside a ``with`` block or a decorated function. The shape that the four below share."""

    _is_used = False
    """Whether it has begun once."""
    _token: Token[Context] | None = None

    def __init__(self) -> None:
        self._free = [True]
        """Empty while it holds somewhere."""
        self._others: list[Scoped] = []
        """Those that hold in its place where it was entered meanwhile: further inside, or in another thread or task."""

    @abstractmethod
    def _open(self, active: Telemetry, context: Context) -> Context:
        """Begin; returns the context that holds inside."""

    def _close(self, error: BaseException | None) -> None:  # noqa: B027 - a bind has nothing to end
        """End; ``error`` is what the block raised."""

    @abstractmethod
    def _anew(self) -> Self:
        """One like this that has not begun: for the next call of a decorated function."""

    def _renew(self) -> None:  # noqa: B027 - a bind is as it was
        """Be as one that has not begun: it is entered once more."""

    def __enter__(self) -> Self:
        active = telemetry.active()
        if active is None:
            return self
        try:
            self._free.pop()  # atomic: another thread may enter it as well
        except IndexError:
            other = self._anew()
            self._others.append(other)
            return other.__enter__()
        context = current()
        try:
            if self._is_used:
                self._renew()
            else:
                self._is_used = True
            context = self._open(active, context)
        except Exception as error:
            complain(f"Could not begin a {type(self).__name__}", error)
        self._token = enter(context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._others and (other := self._entered_last()) is not None:
            other.__exit__(kind, error, traceback)
            return
        leave(self._token)
        self._token = None
        try:
            # A generator that nobody reads on is no error.
            self._close(None if isinstance(error, GeneratorExit) else error)
        except Exception as failure:
            complain(f"Could not end a {type(self).__name__}", failure)
        self._free = [True]

    def _entered_last(self) -> Scoped | None:
        """Which of the others was entered last in this thread or task, and is left now; ``None``: this one itself."""
        others = self._others[::-1]
        entered = (one for one in (*others, self) if one._token is not None)
        last = next((one for one in entered if leave(one._token)), others[0])
        if last is self:
            return None
        self._others.remove(last)
        return last

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: _Function) -> _Function:
        """As a decorator: each call of ``function`` runs inside a new one of these."""
        return decorated(function, lambda *args, **kwargs: self._anew())


class Record(Scoped):
    """A scope that is also a record: it has a span, and everything inside hangs on that span."""

    ended_ns: int | None = None
    """Unix time at which it ended, if that is not when it is told."""
    _span: Span | None = None

    def _begin_span(
        self,
        active: Telemetry,
        context: Context,
        scope: Scope,
        name: str,
        attributes: Facts,
        began_ns: int | None = None,
    ) -> Context:
        """Start the span and return ``context`` with it current, unless it was only kept for its money.

        ``began_ns``: Unix time when it began, if not now.
        """
        parent = context
        if scope.anchor is not None or scope.late is not None:
            parent = parent_context(context, scope, attributes)
            scope.late = None  # it has begun
        self._span = span = active.live_spans.begin(name, parent, SpanKind.INTERNAL, attributes, began_ns)
        if was_kept(span, attributes):
            scope.anchor = span
            return with_scope(context, scope)
        return with_scope(context, scope, span)

    def _end_span(
        self,
        attributes: spans.Attributes,
        error: BaseException | None,
        late: Callable[[], spans.Attributes] | None = None,
    ) -> None:
        """End the span with ``attributes``; ``late``: those that take longer to find out than an application waits."""
        span, self._span = self._span, None
        if span is None:
            return
        error_type = self._error_type(error)
        status = None
        if error_type is not None:
            attributes[names.ERROR_TYPE] = error_type
            status = _ERROR
        live_spans.end(span, self.ended_ns, status, partial(_both, attributes, late))

    def _error_type(self, error: BaseException | None) -> str | None:
        """``error.type`` of what it ended with; ``None`` where nothing went wrong."""
        return None if error is None else failures.error_type_of(error)


def _both(attributes: spans.Attributes, late: Callable[[], spans.Attributes] | None) -> spans.Attributes:
    return attributes if late is None else {**attributes, **late()}
