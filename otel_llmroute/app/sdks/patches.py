"""Putting wrappers on an SDK's classes once the application has imported it, and taking them off again."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sdks.arrivals import Arrivals
from otel_llmroute.app.sdks.registry import adapter_of

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.sdks.stainless import Call, Wrapper

_PLACES: Final = ("_base_client", "_streaming")
"""Modules below an SDK's package that hold what ``stainless.Seams`` wraps."""
_arrivals: Final = Arrivals()
_MARK: Final = "_otel_llmroute"


class _Patch(NamedTuple):
    owner: type
    name: str
    before: Any
    """What stood in the owner's own namespace; ``None`` if it was inherited."""
    wrapper: Any


class Patches:
    """The wrappers of one SDK. ``switch_on`` imports nothing: it waits until the application has imported the SDK."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._wrappers: dict[tuple[str, str], Wrapper] = {}
        self._made: list[_Patch] = []

    def switch_on(self) -> None:
        """Wrap now if the SDK is imported, else as soon as it is."""
        for place in _PLACES:
            name = f"{self._package}.{place}"
            _arrivals.wait_for(name, self._imported)
            loaded = sys.modules.get(name)
            # A module still being imported has no classes yet.
            if loaded is not None and not getattr(getattr(loaded, "__spec__", None), "_initializing", False):
                self._imported(loaded)

    def switch_off(self) -> None:
        """Give back what stood there before. Where others have wrapped ours since, ours stays and does nothing."""
        for place in _PLACES:
            _arrivals.forget(f"{self._package}.{place}")
        for patch in reversed(self._made):
            if vars(patch.owner).get(patch.name) is patch.wrapper:
                if patch.before is None:
                    delattr(patch.owner, patch.name)
                else:
                    setattr(patch.owner, patch.name, patch.before)
        self._made.clear()

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
                for owner in _family(getattr(module, class_name), method):
                    self._wrap_method(owner, method, wrapper)
            except Exception as error:
                complain(f"Could not instrument {self._package} ({path})", error)

    def _wrap_method(self, owner: type, name: str, wrapper: Wrapper) -> None:
        before = vars(owner).get(name)
        original = before if before is not None else getattr(owner, name)
        if _is_ours(original):
            return
        wrapped = functools.wraps(original)(wrapper(_unbound(original)))
        setattr(wrapped, _MARK, True)
        setattr(owner, name, wrapped)
        self._made.append(_Patch(owner, name, before, wrapped))


def _family(base: type, method: str) -> Iterator[type]:
    """``base``, and those of its subclasses whose ``method`` another instrumentation has wrapped.

    A wrapper put on a subclass before we came holds the base's own method from then, and would never reach ours.
    """
    yield base
    subclass: type
    for subclass in base.__subclasses__():
        if hasattr(vars(subclass).get(method), "__wrapped__"):
            yield from _family(subclass, method)
        else:
            yield from (found for found in _family(subclass, method) if found is not subclass)


def _unbound(method: Any) -> Call:
    """``method``, to be called with its instance first. Another instrumentation's wrapper is told what it is called on
    only when it is bound.
    """
    if isinstance(method, FunctionType):
        return method
    return lambda instance, *args, **kwargs: method.__get__(instance, type(instance))(*args, **kwargs)


def _is_ours(function: Any) -> bool:
    """Whether ``function``, or what it wraps, is already a wrapper of ours."""
    while function is not None:
        if getattr(function, _MARK, False):
            return True
        function = getattr(function, "__wrapped__", None)
    return False
