"""Putting wrappers on the methods of a library, and taking them off again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, Final, NamedTuple

Call = Callable[..., Any]
Wrapper = Callable[[Call], Call]
"""Makes of a method, to be called with its instance first, what stands in its place."""
_MARK: Final = "_otel_llmroute"


class _Wrapped(NamedTuple):
    owner: Any
    name: str
    before: Any
    """What stood in the owner's own namespace; ``None`` if it was inherited."""
    wrapper: Any


class Wrappings:
    """The methods wrapped so far. Each is wrapped once, however often it is asked for."""

    def __init__(self) -> None:
        self._made: list[_Wrapped] = []

    def wrap(self, owner: Any, name: str, wrapper: Wrapper) -> None:
        """Wrap method or function ``name`` of ``owner``, a class or a module."""
        before = vars(owner).get(name)
        original = before if before is not None else getattr(owner, name)
        if _is_ours(original):
            return
        wrapped = functools.wraps(original)(wrapper(_unbound(original)))
        setattr(wrapped, _MARK, True)
        setattr(owner, name, wrapped)
        self._made.append(_Wrapped(owner, name, before, wrapped))

    def wrap_family(self, base: type, name: str, wrapper: Wrapper) -> None:
        """``wrap``, on ``base`` and on those of its subclasses whose method another instrumentation has wrapped.

        A wrapper put on a subclass before we came holds the base's own method from then, and would never reach ours.
        """
        for owner in _family(base, name):
            self.wrap(owner, name, wrapper)

    def undo(self) -> None:
        """Give back what stood there before. Where others have wrapped ours since, ours stays and does nothing."""
        for wrapped in reversed(self._made):
            if vars(wrapped.owner).get(wrapped.name) is wrapped.wrapper:
                if wrapped.before is None:
                    delattr(wrapped.owner, wrapped.name)
                else:
                    setattr(wrapped.owner, wrapped.name, wrapped.before)
        self._made.clear()


def _family(base: type, method: str) -> Iterator[type]:
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


def is_wrapped(owner: Any, name: str) -> bool:
    """Whether what stands as ``name`` in the namespace of ``owner`` itself is a wrapper of ours."""
    return getattr(vars(owner).get(name), _MARK, False)


def _is_ours(function: Any) -> bool:
    """Whether ``function``, or what it wraps, is already a wrapper of ours."""
    while function is not None:
        if getattr(function, _MARK, False):
            return True
        function = getattr(function, "__wrapped__", None)
    return False
