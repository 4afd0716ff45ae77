"""Where in the application's own code a call was made: ``inbox.py:classify``."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

_MOST_REMEMBERED: Final = 8192
_MOST_FRAMES: Final = 200
_OURS: Final = Path(__file__).resolve().parents[1].as_posix() + "/"
_PYTHON: Final = {
    Path(folder).as_posix() + "/"
    for key in ("stdlib", "platstdlib", "purelib", "platlib")
    if (folder := sysconfig.get_paths().get(key))
}
_NOT_THE_APPLICATION: Final = (_OURS, *_PYTHON)


class CallSites:
    """Finds call sites. What a code object is to us is worked out once and remembered (a bounded number of them)."""

    def __init__(self, app_packages: tuple[str, ...] = ()) -> None:
        self._app_packages = tuple(f"/{name.replace('.', '/')}" for name in app_packages)
        # By identity: a code object's own hash is worked out from its whole bytecode each time it is asked for.
        self._sites: dict[int, tuple[CodeType, str | None]] = {}

    def nearest(self, depth: int = 1) -> str | None:
        """``file:function`` of the innermost frame of the application's own code, or ``None``.

        The file is relative to the folder that Python imports it from, so that no path of a machine gets out. The
        line is left out, so that an edit above a call does not make it another route. ``depth``: frames to skip.
        """
        frame: FrameType | None = sys._getframe(depth)
        sites = self._sites
        for _ in range(_MOST_FRAMES):
            if frame is None:
                return None
            code = frame.f_code
            known = sites.get(id(code)) or self._remember(code)
            if known[1] is not None:
                return known[1]
            frame = frame.f_back
        return None

    def _remember(self, code: CodeType) -> tuple[CodeType, str | None]:
        if len(self._sites) >= _MOST_REMEMBERED:
            self._sites.clear()
        # Held, so that its identity stays its own.
        known = self._sites[id(code)] = (code, self._site(code))
        return known

    def _site(self, code: CodeType) -> str | None:
        filename = code.co_filename.replace("\\", "/")
        if not self._is_application(filename):
            return None
        function = getattr(code, "co_qualname", code.co_name).replace(".<locals>", "")
        return f"{_relative(filename)}:{function}"

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
