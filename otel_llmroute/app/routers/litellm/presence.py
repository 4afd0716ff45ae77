"""Being among LiteLLM's callbacks, and staying there when the application sets callbacks of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app.complaints import complain

if TYPE_CHECKING:
    from types import ModuleType

_CALLBACKS: Final = "callbacks"
_COPIES: Final = (
    _CALLBACKS,
    "input_callback",
    "success_callback",
    "failure_callback",
    "_async_input_callback",
    "_async_success_callback",
    "_async_failure_callback",
)
"""The lists that LiteLLM copies a member of ``callbacks`` to with each call."""


class Presence:
    """Our callback object in ``litellm.callbacks``.

    ``litellm.callbacks = [...]`` takes everybody else out. So the module is given a class of its own, which only sees
    to it that we are in the new list too: https://docs.python.org/3/reference/datamodel.html#customizing-module-attribute-access
    """

    def __init__(self, module: ModuleType, listener: object) -> None:
        self._module = module
        self._listener = listener
        self._class: type[ModuleType] = type(module)

    def add(self) -> None:
        """Be there from now on."""
        self._append()
        append = self._append

        class Watched(self._class):  # type: ignore[misc, name-defined]
            def __setattr__(self, name: str, value: Any) -> None:
                super().__setattr__(name, value)
                if name == _CALLBACKS:
                    append()

        Watched.__name__, Watched.__qualname__ = self._class.__name__, self._class.__qualname__
        self._module.__class__ = Watched

    def remove(self) -> None:
        """Be there no more."""
        self._module.__class__ = self._class
        for name in _COPIES:
            found = getattr(self._module, name, None)
            if isinstance(found, list):
                found[:] = [callback for callback in found if callback is not self._listener]

    def _append(self) -> None:
        try:
            found = getattr(self._module, _CALLBACKS, None)
            if isinstance(found, list) and not any(callback is self._listener for callback in found):
                found.append(self._listener)
        except Exception as error:
            complain("Could not stay among LiteLLM's callbacks", error)
