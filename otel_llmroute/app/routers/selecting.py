"""Routers that only select: what they have selected is called later, and by somebody else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context

from otel_llmroute.app import decisions, spans, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import current, with_scope_and
from otel_llmroute.app.own_router import Work
from otel_llmroute.app.routers.precedence import own_facts, shared_facts

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call, Wrapper

Heard = Callable[[Any, tuple[Any, ...], Mapping[str, Any]], "Signals | None"]
"""Reads what a method has returned, its arguments (the instance first), and those given by name."""
_SELECTING: Final = otel_context.create_key("llmroute-selecting")


def selecting(router: str, heard: Heard) -> Wrapper:
    """A wrapper of a method that selects, a function or a coroutine function.

    What ``heard`` gives goes to the route in force; without one to the next route or call (``decisions.deliver``), and
    nothing comes of it if there is none. Calls of models made meanwhile have the purpose ``routing`` and a ``decide``
    record around them. A selection inside another one of the same ``router`` is a part of that.
    """

    def wrapper(call: Call) -> Call:
        if inspect.iscoroutinefunction(call):

            async def select_async(*args: Any, **kwargs: Any) -> Any:
                if current().get(_SELECTING) == router:
                    return await call(*args, **kwargs)
                with _Selecting(router) as work:
                    selected = await call(*args, **kwargs)
                    work.selected(heard, selected, args, kwargs)
                return selected

            return select_async

        def select(*args: Any, **kwargs: Any) -> Any:
            if current().get(_SELECTING) == router:
                return call(*args, **kwargs)
            with _Selecting(router) as work:
                selected = call(*args, **kwargs)
                work.selected(heard, selected, args, kwargs)
            return selected

        return select

    return wrapper


class _Selecting(Work):
    """A router of this name is at work."""

    _signals: Signals | None = None

    def _open(self, active: Telemetry, context: Context) -> Context:
        return with_scope_and(context, self._begin(active, context), _SELECTING, self.name)

    def selected(self, heard: Heard, selected: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """It has selected. Never raises."""
        if telemetry.active() is None:
            return
        try:
            signals = heard(selected, args, kwargs)
            if signals is None:
                return
            self._signals = signals
            decisions.deliver(current(), methodcaller("hear", signals))
        except Exception as error:
            complain("Could not read what a router selected", error)

    def _end_span(
        self,
        attributes: spans.Attributes,
        error: BaseException | None,
        late: Callable[[], spans.Attributes] | None = None,
    ) -> None:
        """Ends the record, where a call was made to decide."""
        super()._end_span(attributes, error, partial(_said, (self._signals,)) if self._signals is not None else late)

    def _anew(self) -> _Selecting:
        return _Selecting(self.name)


def _said(signals: tuple[Signals, ...]) -> spans.Attributes:
    return {**shared_facts(signals), **own_facts(signals)}
