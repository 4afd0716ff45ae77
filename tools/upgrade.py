"""Raises the pins of the tests to the newest releases that go together; ``make upgrade`` runs it.

``python tools/upgrade.py UV [FILE...]``: ``UV`` is the path of uv; no file stands for all of ``FILES``. ``name==1.0``
becomes the newest version that the other lines of its file allow, never an older one. Left as they are: files of the
oldest versions, lines without a pin, and lines that say why they are held back: ``name==1.0  # held: ...``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = ("tests/*/requirements*.txt", "tests/routers/*/*newest.txt")
OLDEST_PYTHON = "3.10"
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^\]]*\])?==(?P<version>[^\s;#]+)", re.MULTILINE)
HELD = re.compile(r"#\s*held:")


def main(arguments: list[str]) -> int:
    """Upgrade the files; the exit code of the command."""
    uv, *given = arguments
    paths = [Path(name) for name in given] or sorted(path for pattern in FILES for path in ROOT.glob(pattern))
    failed = 0
    for path in paths:
        old = path.read_text(encoding="utf-8")
        found = newest(uv, old)
        if isinstance(found, str):
            failed += 1
            print(f"{path}: {found}", file=sys.stderr)
            continue
        new = upgraded(old, found)
        if new != old:
            path.write_text(new, encoding="utf-8")
            changed = sorted(set(new.splitlines()) - set(old.splitlines()))
            print(f"{path}: {', '.join(changed)}")
    return 1 if failed else 0


def loosened(text: str) -> str:
    """``text`` with ``>=`` for every pin that is not held."""
    return "\n".join(
        line if HELD.search(line) else PIN.sub(r"\g<name>\g<extras>>=\g<version>", line) for line in text.splitlines()
    )


def upgraded(text: str, versions: dict[str, str]) -> str:
    """``text`` with these versions, by normalised name, in place of those that it pins."""

    def line_of(line: str) -> str:
        return line if HELD.search(line) else PIN.sub(pin_of, line)

    def pin_of(pin: re.Match[str]) -> str:
        return f"{pin['name']}{pin['extras'] or ''}=={versions.get(_normal(pin['name']), pin['version'])}"

    return "".join(line_of(line) for line in text.splitlines(keepends=True))


def newest(uv: str, text: str) -> dict[str, str] | str:
    """Normalised name -> version of all that ``text`` needs, or why there is none. The oldest Python that we run on is
    tried first: some libraries no longer do.
    """
    error = ""
    for python in (OLDEST_PYTHON, f"{sys.version_info.major}.{sys.version_info.minor}"):
        command = [uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--python-version", python]
        done = subprocess.run(command, input=loosened(text), capture_output=True, text=True)
        if done.returncode == 0:
            return {_normal(pin["name"]): pin["version"] for pin in PIN.finditer(done.stdout)}
        error = " ".join(done.stderr.split())
    return error


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
