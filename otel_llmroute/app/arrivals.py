"""Being told when the application has imported a module. Importing nothing for it: not the module, nor anything else.

``wrapt.register_post_import_hook`` tells the same, but wrapt brings asyncio and importlib.metadata along: half of what
switching on may cost a process that never calls a model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

Told = Callable[[ModuleType], None]


class Arrivals:
    """A finder on ``sys.meta_path`` that finds nothing itself: it lets the others find, and tells when that is done."""

    def __init__(self) -> None:
        self._awaited: dict[str, tuple[Told, ...]] = {}

    def tell(self, name: str, told: Told) -> None:
        """Call ``told`` with module ``name``: now if it has been imported, else as soon as it is. ``told`` must not
        raise.
        """
        self._awaited[name] = (*self._awaited.get(name, ()), told)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        loaded = sys.modules.get(name)
        # A module still being imported has no classes yet.
        if loaded is not None and not getattr(getattr(loaded, "__spec__", None), "_initializing", False):
            told(loaded)

    def forget(self, name: str, told: Told) -> None:
        """Wait for ``name`` no more, as far as ``told`` is concerned."""
        left = tuple(other for other in self._awaited.pop(name, ()) if other != told)
        if left:
            self._awaited[name] = left
        if not self._awaited and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What the finders after this one find, for a module that is awaited. Raises what they raise."""
        if name not in self._awaited or self not in sys.meta_path:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, self)  # type: ignore[assignment]
                return spec
        return None

    def arrived(self, module: ModuleType) -> None:
        """Tell those who wait that ``module`` is complete."""
        for told in self._awaited.get(module.__name__, ()):
            told(module)


class _Loader:
    """A module's own loader, which tells when the module is complete. The module never sees it."""

    def __init__(self, loader: Any, arrivals: Arrivals) -> None:
        self._loader = loader
        self._arrivals = arrivals

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
        self._arrivals.arrived(module)


ARRIVALS: Final = Arrivals()
"""The one of this process."""
