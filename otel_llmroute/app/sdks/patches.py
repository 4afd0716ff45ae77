"""Putting wrappers on an SDK's classes once the application has imported it, and taking them off again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_llmroute.app.arrivals import ARRIVALS
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sdks.registry import adapter_of
from otel_llmroute.app.wrapping import Wrapper, Wrappings

if TYPE_CHECKING:
    from types import ModuleType

_PLACES: Final = ("_base_client", "_streaming")
"""Modules below an SDK's package that hold what ``stainless.Seams`` wraps."""


class Patches:
    """The wrappers of one SDK. ``switch_on`` imports nothing: it waits until the application has imported the SDK."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._wrappers: dict[tuple[str, str], Wrapper] = {}
        self._wrappings = Wrappings()

    def switch_on(self) -> None:
        """Wrap now if the SDK is imported, else as soon as it is."""
        for place in _PLACES:
            ARRIVALS.tell(f"{self._package}.{place}", self._imported)

    def switch_off(self) -> None:
        """Give back what stood there before."""
        for place in _PLACES:
            ARRIVALS.forget(f"{self._package}.{place}", self._imported)
        self._wrappings.undo()

    def _imported(self, module: ModuleType) -> None:
        try:
            self._wrap(module)
        except Exception as error:
            complain(f"Could not instrument {self._package}", error)

    def _wrap(self, module: ModuleType) -> None:
        from otel_llmroute.app.sdks.stainless import Seams  # what it imports is not needed before there is an SDK

        self._wrappers = self._wrappers or Seams(adapter_of(self._package)).wrappers()
        for (place, path), wrapper in self._wrappers.items():
            if module.__name__ != f"{self._package}.{place}":
                continue
            try:
                class_name, _, method = path.partition(".")
                self._wrappings.wrap_family(getattr(module, class_name), method, wrapper)
            except Exception as error:
                complain(f"Could not instrument {self._package} ({path})", error)
