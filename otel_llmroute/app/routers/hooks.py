"""Putting us on the routers that the application has imported, and taking us off again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from otel_llmroute.app.arrivals import ARRIVALS
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.wrapping import Wrapper, Wrappings
from otel_llmroute.routers import ROUTERS, Router

if TYPE_CHECKING:
    from types import ModuleType


class Hooks:
    """What is put on routers. Nothing is imported: each router is waited for."""

    def __init__(self) -> None:
        self._wrappings = Wrappings()
        self._undone: list[Callable[[], None]] = []
        self._told: list[tuple[str, Callable[[ModuleType], None]]] = []

    def switch_on(self) -> None:
        """Put us on every router that is imported, and on each of the others as soon as it is."""
        for router in ROUTERS:
            for module in router.modules:
                told = partial(self._imported, router)
                self._told.append((module, told))
                ARRIVALS.tell(module, told)

    def switch_off(self) -> None:
        """Take us off again."""
        for module, told in self._told:
            ARRIVALS.forget(module, told)
        for undo in reversed(self._undone):
            try:
                undo()
            except Exception as error:
                complain("Could not take a hook off a router", error)
        self._wrappings.undo()
        self._told.clear()
        self._undone.clear()

    # --- for adapters ---

    def wrap(self, owner: object, name: str, wrapper: Wrapper) -> None:
        """Wrap method ``name`` of ``owner`` until we are switched off."""
        self._wrappings.wrap(owner, name, wrapper)

    def on_off(self, undo: Callable[[], None]) -> None:
        """Call ``undo`` when we are switched off: for a callback that was registered with the router."""
        self._undone.append(undo)

    def _imported(self, router: Router, module: ModuleType) -> None:
        try:
            import_module(router.adapter).hook(module, self)
        except Exception as error:
            complain(f"Could not hook {router.distribution} ({module.__name__})", error)
