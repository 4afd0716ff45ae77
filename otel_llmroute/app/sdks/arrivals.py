"""Being told when the application has imported a module. Importing nothing for it: not the module, nor anything else.

``wrapt.register_post_import_hook`` tells the same, but wrapt brings asyncio and importlib.metadata along: half of what
switching on may cost a process that never calls a model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Told = Callable[[ModuleType], None]


class Arrivals:
    """A finder on ``sys.meta_path`` that finds nothing itself: it lets the others find, and tells when that is done."""

    def __init__(self) -> None:
        self._awaited: dict[str, Told] = {}

    def wait_for(self, name: str, told: Told) -> None:
        """Call ``told`` with module ``name`` as soon as that has been imported. ``told`` must not raise."""
        self._awaited[name] = told
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def forget(self, name: str) -> None:
        """Wait for ``name`` no more."""
        self._awaited.pop(name, None)
        if not self._awaited and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What the finders after this one find, for a module that is awaited. Raises what they raise."""
        told = self._awaited.get(name)
        if told is None or self not in sys.meta_path:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, told)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """A module's own loader, which tells when the module is complete. The module never sees it."""

    def __init__(self, loader: Any, told: Told) -> None:
        self._loader = loader
        self._told = told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._told(module)
