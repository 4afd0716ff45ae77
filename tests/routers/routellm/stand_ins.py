"""What RouteLLM imports and a router that is not trained has no use for: torch, transformers, datasets, scikit-learn
(gigabytes).

Only these are made up; RouteLLM, LiteLLM and the SDK below it are real.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Any, Final

ABSENT: Final = ("torch", "transformers", "datasets", "sklearn", "sklearn.linear_model")


class _Anything(type):
    """A class that has any attribute, and can be derived from."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing


class Nothing(metaclass=_Anything):
    """Stands where a class or a decorator is named and never used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, decorated: Any) -> Any:
        return decorated


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing


def put_in() -> bool:
    """Put an empty module where one is not installed; whether any was."""
    missing = False
    for name in ABSENT:
        if name not in sys.modules and (name.partition(".")[0] in sys.modules or not importlib.util.find_spec(name)):
            module = _Module(name)
            module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
            module.__path__ = []
            sys.modules[name] = module
            missing = True
    return missing
