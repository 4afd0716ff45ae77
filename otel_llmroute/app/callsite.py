"""Where in the application's own code a call was made: ``inbox.py:classify``."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import CodeType
from typing import Final

_MOST_REMEMBERED: Final = 8192
_OURS: Final = Path(__file__).resolve().parents[1].as_posix() + "/"
_PYTHON: Final = {
    Path(folder).as_posix() + "/"
    for key in ("stdlib", "platstdlib", "purelib", "platlib")
    if (folder := sysconfig.get_paths().get(key))
}
_NOT_THE_APPLICATION: Final = (_OURS, *_PYTHON)


class CallSites:
    """Finds call sites. What a file and a code object are to us is worked out once and remembered (so many of them)."""

    def __init__(self, app_packages: tuple[str, ...] = ()) -> None:
        self._app_packages = tuple(f"/{name.replace('.', '/')}" for name in app_packages)
        self._others: set[str] = set()
        """Files that are not the application's."""
        # By identity: a code object's own hash is worked out from its whole bytecode each time it is asked for. Holds
        # the code objects, so that their identities stay their own.
        self._sites: dict[int, tuple[CodeType, str]] = {}

    def nearest(self, depth: int = 1) -> str | None:
        """``file:function`` of the innermost frame of the application's own code, or ``None``.

        The file is relative to the folder that Python imports it from, so that no path of a machine gets out. The
        line is left out, so that an edit above a call does not make it another route. ``depth``: frames to skip.
        """
        frame, others = sys._getframe(depth), self._others
        while True:
            try:
                while frame.f_code.co_filename in others:  # dozens of frames of a framework
                    frame = frame.f_back  # type: ignore[assignment]
            except AttributeError:  # there is no frame further out
                return None
            code = frame.f_code
            found = self._sites.get(id(code))
            if found is not None:
                return found[1]
            self._remember(code)

    def _remember(self, code: CodeType) -> None:
        if len(self._sites) + len(self._others) >= _MOST_REMEMBERED:
            self._sites.clear()
            self._others.clear()
        filename = code.co_filename.replace("\\", "/")
        if self._is_application(filename):
            function = getattr(code, "co_qualname", code.co_name).replace(".<locals>", "")
            self._sites[id(code)] = (code, f"{_relative(filename)}:{function}")
        else:
            self._others.add(code.co_filename)

    def _is_application(self, filename: str) -> bool:
        if any(f"{package}/" in filename or f"{package}.py" in filename for package in self._app_packages):
            return True
        if filename.startswith("<frozen") or "/site-packages/" in filename or "/dist-packages/" in filename:
            return False
        return not filename.startswith(_NOT_THE_APPLICATION)


def _relative(filename: str) -> str:
    roots = [entry.replace("\\", "/").rstrip("/") + "/" for entry in sys.path if entry]
    inside = [root for root in roots if filename.startswith(root)]
    return filename[len(max(inside, key=len)) :] if inside else filename.rsplit("/", 1)[-1]
